//! `DELETE /sharedkeys/{id}`: deletes a shared key of the caller.

use axum::extract::{Path, State};
use axum::response::Response;
use throng_api::users::Done;

use super::view::key_id;
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::wire::ok;

/// Deletes the key.
pub async fn delete(State(app): State<App>, call: Call, Path(id): Path<String>) -> Result<Response, Error> {
    let caller = call.caller(&app)?.user();
    app.desk.delete_shared_key(caller, key_id(&id)?).await?;
    Ok(ok(&Done::ok()))
}
