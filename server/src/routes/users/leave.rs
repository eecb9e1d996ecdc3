//! `DELETE /users/{id}`: marks an account as deleted, and the second time wipes it.

use axum::extract::{Path, State};
use axum::response::Response;
use throng_api::ReturnCode;
use throng_api::users::Done;
use throng_domain::desk::restore::KeyHash;

use super::super::rights::{authority, user_id};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::wire::ok;

/// Deletes or wipes.
pub async fn delete(State(app): State<App>, call: Call, Path(id): Path<String>) -> Result<Response, Error> {
    let user = user_id(&id)?;
    if call.key_if_any().is_none() {
        return Err(Error::refused(ReturnCode::InvalidAPIKey));
    }
    let by = authority(&app, &call).await?;
    // All chance: nobody will ever find a key that hashes to it.
    app.desk.leave(by, user, KeyHash(app.ids.bytes())).await?;
    Ok(ok(&Done::ok()))
}
