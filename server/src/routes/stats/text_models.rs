//! `GET /stats/text/models`: how often each text model was used; all of them unless only some are asked for.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::response::Response;
use throng_domain::Kind;

use super::{asked_state, models};
use crate::app::App;
use crate::error::Error;
use crate::wire::ok;

/// Counts them.
pub async fn get(State(app): State<App>, Query(query): Query<BTreeMap<String, String>>) -> Result<Response, Error> {
    Ok(ok(&models(&app, Kind::Text, asked_state(&query, "all")).await?))
}
