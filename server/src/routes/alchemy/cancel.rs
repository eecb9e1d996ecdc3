//! `DELETE /interrogate/status/{id}`: cancels the forms that are not finished; those being made are paid.

use axum::extract::{Path, State};
use axum::response::Response;

use super::super::asked::{not_found, request_id};
use super::status::shown;
use crate::app::App;
use crate::desk::DeskError;
use crate::error::Error;

/// Cancels, and shows the status after it. Whoever knows the id may cancel.
pub async fn delete(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Error> {
    match app.desk.cancel_forms(request_id(&id)?).await {
        Ok(found) => shown(&app, &found).await,
        Err(DeskError::Refused(_)) => Err(not_found(&id)),
        Err(other) => Err(other.into()),
    }
}
