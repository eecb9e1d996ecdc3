//! `GET /workers`: the workers that are online, of one kind, of one name, or all.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::response::Response;
use throng_api::ReturnCode;
use throng_domain::Kind;
use throng_domain::desk::answer::WorkerView;

use super::view::{Viewer, shown};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::wire::ok;

/// Lists them. `name` wins over `type`; an empty value is none.
pub async fn get(
    State(app): State<App>,
    call: Call,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, Error> {
    let said = |name: &str| query.get(name).map(String::as_str).filter(|text| !text.is_empty());
    let kind = match (said("name"), said("type")) {
        (Some(_), _) | (None, None) => None,
        (None, Some("image")) => Some(Kind::Image),
        (None, Some("text")) => Some(Kind::Text),
        (None, Some("interrogation")) => Some(Kind::Alchemy),
        (None, Some(_)) => {
            let sentence = "'type' needs to be one of ['image', 'text', 'interrogation']";
            return Err(Error::refused_with(ReturnCode::BadRequest, sentence));
        }
    };
    let name = said("name").map(str::to_lowercase);
    let viewer = Viewer::of(&app, &call).await?;
    let found = app.desk.workers(kind).await?;
    let fits = |view: &&WorkerView| name.as_ref().is_none_or(|name| view.record.name.to_lowercase() == *name);
    let shown = |view: &WorkerView| shown(view, viewer.sight(view));
    Ok(ok(&found.iter().filter(fits).map(shown).collect::<Vec<_>>()))
}
