//! `GET /workers/messages/{id}`: one message to a worker. Whoever knows the id may read it.

use axum::extract::{Path, State};
use axum::response::Response;
use throng_api::ReturnCode;

use super::messages::{message_id, shown};
use crate::app::App;
use crate::error::Error;
use crate::wire::ok;

/// Shows it.
pub async fn get(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Error> {
    let found = app.desk.message(message_id(&id)?).await?;
    let found = found.ok_or_else(|| Error::refused(ReturnCode::WorkermessageNotFound))?;
    Ok(ok(&shown(&found)))
}
