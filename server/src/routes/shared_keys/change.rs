//! `PATCH /sharedkeys/{id}`: changes a shared key of the caller.

use axum::extract::{Path, State};
use axum::response::Response;

use super::view::{change, key_id, shown};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::wire::{JsonBody, ok, refuse_nul};

/// Changes what is said, and shows the key.
pub async fn patch(
    State(app): State<App>,
    call: Call,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Response, Error> {
    call.key()?;
    refuse_nul(&body)?;
    let wish = change(&body)?;
    let caller = call.caller(&app)?.user();
    let changed = app.desk.change_shared_key(caller, key_id(&id)?, wish).await?;
    Ok(ok(&shown(&changed)))
}
