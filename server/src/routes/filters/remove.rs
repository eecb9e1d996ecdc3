//! `DELETE /filters/{filter_id}`: removes a filter, at once.

use axum::extract::{Path, State};
use axum::response::Response;
use throng_api::filters::SimpleResponse;

use super::super::rights::moderator;
use super::{id as number, not_found, take_effect};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::store::filters;
use crate::wire::ok;

/// Removes it, for moderators.
pub async fn delete(State(app): State<App>, call: Call, Path(id): Path<String>) -> Result<Response, Error> {
    let moderator = moderator(&app, &call).await?;
    if !filters::remove(&app.pool, number(&id)?).await.map_err(Error::internal)? {
        return Err(not_found(&id));
    }
    take_effect(&app).await?;
    tracing::info!(filter = id, moderator = %moderator.id, "a filter was removed");
    Ok(ok(&SimpleResponse::ok()))
}
