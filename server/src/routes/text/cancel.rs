//! `DELETE /generate/text/status/{id}`: cancels what of a text request has not been handed out yet.

use axum::extract::{Path, State};
use axum::response::Response;
use throng_domain::Kind;

use super::super::asked::{not_found, request_id};
use super::status::shown;
use crate::app::App;
use crate::desk::DeskError;
use crate::error::Error;
use crate::wire::ok;

/// Cancels, and shows the status after it. Whoever knows the id may cancel.
pub async fn delete(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Error> {
    match app.desk.cancel(request_id(&id)?, Kind::Text).await {
        Ok(found) => Ok(ok(&shown(&found))),
        Err(DeskError::Refused(_)) => Err(not_found(&id)),
        Err(other) => Err(other.into()),
    }
}
