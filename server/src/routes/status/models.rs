//! `GET /status/models`: the models that are served or asked for, of one kind. Special ones are not listed; who knows their name can
//! look one up (`status/model.rs`).

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::response::Response;
use throng_api::ReturnCode as Rc;
use throng_api::status::ActiveModel;
use throng_domain::Kind;
use throng_domain::desk::answer::ModelLoad;
use throng_domain::model::{ModelReference, is_special};

use crate::app::App;
use crate::error::Error;
use crate::wire::ok;

/// Models under test: only who knows their names hears of them.
const SPECIAL: &str = "horde_special";

/// Lists them; by default images, all.
pub async fn get(State(app): State<App>, Query(query): Query<BTreeMap<String, String>>) -> Result<Response, Error> {
    let said = |name: &str| query.get(name).map(String::as_str).filter(|text| !text.is_empty());
    let kind = match said("type") {
        None | Some("image") => Kind::Image,
        Some("text") => Kind::Text,
        Some(_) => return Err(Error::refused_with(Rc::BadRequest, "'type' needs to be one of ['image', 'text']")),
    };
    let state = said("model_state").unwrap_or("all");
    if !matches!(state, "all" | "known" | "custom") {
        return Err(Error::refused_with(Rc::BadRequest, "'model_state' needs to be one of ['all', 'known', 'custom']"));
    }
    let bound = |name: &str| said(name).and_then(|text| text.parse::<i64>().ok());
    let (least, most) = (bound("min_count"), bound("max_count"));
    let models = app.models.reference();
    let fits = |model: &ActiveModel| {
        !model.name.contains(SPECIAL)
            && least.is_none_or(|least| model.count >= least)
            && most.is_none_or(|most| model.count <= most)
            && (state == "all" || is_known(&models, kind, &model.name) == (state == "known"))
    };
    let found = app.desk.read_at(move |desk, now| desk.models(kind, now)).await?;
    let listed = found.iter().filter(|load| !is_special(&load.name));
    Ok(ok(&listed.map(|load| shown(kind, load)).filter(fits).collect::<Vec<_>>()))
}

/// Whether a model is in the reference.
pub(in crate::routes) fn is_known(models: &ModelReference, kind: Kind, name: &str) -> bool {
    match kind {
        Kind::Image => models.image(name).is_some(),
        Kind::Text => models.text(name).is_some(),
        // Alchemy has forms, not models.
        Kind::Alchemy => false,
    }
}

/// Shows how a model is doing.
pub(super) fn shown(kind: Kind, load: &ModelLoad) -> ActiveModel {
    ActiveModel {
        name: load.name.to_string(),
        count: i64::from(load.threads),
        performance: load.speed_milli as f64 / 1000.0,
        queued: load.queued_things as f64,
        jobs: f64::from(load.jobs),
        eta: load.eta_seconds.min(ActiveModel::ETA_NEVER as u64) as i64,
        kind: kind.as_str().to_owned(),
    }
}

/// Pixelsteps as the wire counts them: in millions, with two decimals.
pub(in crate::routes) fn in_millions(things: u64) -> f64 {
    (things as f64 / 10_000.0).round() / 100.0
}
