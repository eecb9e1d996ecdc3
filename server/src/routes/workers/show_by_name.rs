//! `GET /workers/name/{name}`: the worker of that very name. That there is none is how workers learn that a name is free.

use axum::extract::{Path, State};
use axum::response::Response;
use throng_api::ReturnCode;

use super::view::{Viewer, shown};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::wire::ok;

/// Shows it.
pub async fn get(State(app): State<App>, call: Call, Path(name): Path<String>) -> Result<Response, Error> {
    let viewer = Viewer::of(&app, &call).await?;
    let found = app.desk.worker_by_name(name.clone()).await?;
    let not_found = || {
        let name: String = name.chars().take(100).collect();
        Error::refused_with(ReturnCode::WorkerNotFound, format!("Worker with name '{name}' not found."))
    };
    let found = found.ok_or_else(not_found)?;
    Ok(ok(&shown(&found, viewer.sight(&found))))
}
