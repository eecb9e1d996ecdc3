//! `GET /stats/img/models`: how often each image model was used; only known ones unless others are asked for.

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
    Ok(ok(&models(&app, Kind::Image, asked_state(&query, "known")).await?))
}
