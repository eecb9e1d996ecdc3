//! `GET /workers/{id}`: one worker, online or not.

use axum::extract::{Path, State};
use axum::response::Response;

use super::view::{Viewer, shown};
use super::{not_found, worker_id};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::wire::ok;

/// Shows it.
pub async fn get(State(app): State<App>, call: Call, Path(id): Path<String>) -> Result<Response, Error> {
    let worker = worker_id(&id)?;
    let viewer = Viewer::of(&app, &call).await?;
    let found = app.desk.worker(worker).await?.ok_or_else(|| not_found(&id))?;
    Ok(ok(&shown(&found, viewer.sight(&found))))
}
