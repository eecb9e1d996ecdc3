//! `DELETE /generate/status/{id}`: cancels what of an image request has not been handed out yet.

use axum::extract::{Path, State};
use axum::response::Response;
use throng_domain::Kind;

use super::super::asked::{not_found, request_id};
use super::status::shown;
use crate::app::App;
use crate::auth::Call;
use crate::desk::DeskError;
use crate::error::Error;

/// Cancels, and shows the status after it. Whoever knows the id may cancel.
pub async fn delete(State(app): State<App>, call: Call, Path(id): Path<String>) -> Result<Response, Error> {
    match app.desk.cancel(request_id(&id)?, Kind::Image).await {
        Ok(found) => shown(&app, &call, &found).await,
        Err(DeskError::Refused(_)) => Err(not_found(&id)),
        Err(other) => Err(other.into()),
    }
}
