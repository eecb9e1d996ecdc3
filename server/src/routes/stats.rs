//! What was made. One file an endpoint. Here: what they share.

pub mod image_models;
pub mod image_totals;
pub mod loras;
pub mod text_models;
pub mod text_totals;

use std::collections::BTreeMap;

use throng_api::ReturnCode as Rc;
use throng_api::stats::ModelCounts;
use throng_domain::Kind;

use super::status::models::is_known;
use crate::app::App;
use crate::error::Error;
use crate::statistics::Windows;
use crate::store::statistics::{self, ModelUse, Totals};

async fn totals(app: &App, kind: Kind) -> Result<Totals, Error> {
    statistics::totals(&app.pool, kind, &Windows::at(app.clock.now())).await.map_err(Error::internal)
}

/// Counts by model: all, only known ones, or only others.
async fn models(app: &App, kind: Kind, state: &str) -> Result<ModelCounts, Error> {
    if !matches!(state, "all" | "known" | "custom") {
        return Err(Error::refused_with(Rc::BadRequest, "'model_state' needs to be one of ['all', 'known', 'custom']"));
    }
    let found = statistics::models(&app.pool, kind, &Windows::at(app.clock.now())).await.map_err(Error::internal)?;
    let models = app.models.reference();
    let asked: Vec<_> = found
        .iter()
        .filter(|one| state == "all" || is_known(&models, kind, &one.model) == (state == "known"))
        .collect();
    let count = |times: fn(&ModelUse) -> i64| -> BTreeMap<String, i64> {
        asked.iter().filter(|one| times(one) > 0).map(|one| (one.model.clone(), times(one))).collect()
    };
    Ok(ModelCounts { day: count(|one| one.day), month: count(|one| one.month), total: count(|one| one.total) })
}

/// Reads which models are asked for.
fn asked_state<'q>(query: &'q BTreeMap<String, String>, default: &'q str) -> &'q str {
    query.get("model_state").map(String::as_str).filter(|text| !text.is_empty()).unwrap_or(default)
}
