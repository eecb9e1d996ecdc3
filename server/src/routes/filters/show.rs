//! `GET /filters/{filter_id}`: one filter. Nothing of it is kept for callers without rights.

use axum::extract::{Path, State};
use axum::response::Response;

use super::super::rights::moderator;
use super::{found, shown};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::wire::ok;

/// Shows it, to moderators.
pub async fn get(State(app): State<App>, call: Call, Path(id): Path<String>) -> Result<Response, Error> {
    moderator(&app, &call).await?;
    let row = found(&app, &id).await?;
    Ok(ok(&shown(&app, vec![row]).await?.first()))
}
