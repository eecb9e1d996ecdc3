//! `DELETE /workers/messages/{id}`: its author or a moderator takes a message back.

use axum::extract::{Path, State};
use axum::response::Response;
use throng_api::operations::Done;

use super::messages::message_id;
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::wire::ok;

/// Takes it back.
pub async fn delete(State(app): State<App>, call: Call, Path(id): Path<String>) -> Result<Response, Error> {
    let caller = call.caller(&app)?.user();
    app.desk.delete_message(caller, message_id(&id)?).await?;
    Ok(ok(&Done::default()))
}
