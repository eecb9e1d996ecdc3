//! `PUT /sharedkeys`: makes a shared key.

use axum::extract::State;
use axum::response::Response;
use throng_domain::SharedKeyId;

use super::view::{change, shown};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::wire::{JsonBody, ok, refuse_nul};

/// Makes a key with whatever limits are said, and shows it.
pub async fn put(State(app): State<App>, call: Call, JsonBody(body): JsonBody) -> Result<Response, Error> {
    call.key()?;
    refuse_nul(&body)?;
    let wish = change(&body)?;
    let owner = call.caller(&app)?.user();
    let made = app.desk.make_shared_key(owner, wish, call.cause.map(SharedKeyId)).await?;
    Ok(ok(&shown(&made)))
}
