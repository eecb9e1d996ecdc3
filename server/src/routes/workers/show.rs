//! `GET /workers/{id}`: one worker, online or not.

use axum::extract::{Path, State};
use axum::response::Response;
use throng_api::ReturnCode;
use throng_domain::WorkerId;
use uuid::Uuid;

use super::view::shown;
use crate::app::App;
use crate::error::Error;
use crate::wire::ok;

/// Shows it.
pub async fn get(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Error> {
    let not_found = || {
        let id: String = id.chars().take(64).collect();
        Error::refused_with(ReturnCode::WorkerNotFound, format!("Worker with ID '{id}' not found."))
    };
    let worker = Uuid::try_parse(&id).map(WorkerId).map_err(|_| not_found())?;
    let found = app.desk.worker(worker).await?;
    Ok(ok(&shown(&found.ok_or_else(not_found)?)))
}
