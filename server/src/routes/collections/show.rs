//! `GET /collections/{id}`: one collection. Whoever knows its id may see it, listed or not.

use axum::extract::{Path, State};
use axum::response::Response;

use super::members::by_id;
use super::view::shown;
use crate::app::App;
use crate::error::Error;
use crate::wire::ok;

/// Shows the collection.
pub async fn get(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Error> {
    Ok(ok(&shown(by_id(&app, &id).await?)))
}
