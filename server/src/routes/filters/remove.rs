//! `DELETE /filters/{filter_id}`: removes a filter, at once.

use axum::extract::{Path, State};
use axum::response::Response;
use throng_api::filters::SimpleResponse;
use throng_domain::UserId;
use throng_domain::desk::moderation::Act;

use super::super::acts::act;
use super::super::rights::moderator;
use super::{details, found, not_found, take_effect};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::store::filters::{self, Row};
use crate::store::moderator_acts;
use crate::wire::ok;

/// Removes it, for moderators.
pub async fn delete(State(app): State<App>, call: Call, Path(id): Path<String>) -> Result<Response, Error> {
    let moderator = moderator(&app, &call).await?;
    let row = found(&app, &id).await?;
    if !removed(&app, moderator.id, &row).await.map_err(Error::internal)? {
        return Err(not_found(&id));
    }
    take_effect(&app).await?;
    tracing::info!(filter = id, moderator = %moderator.id, "a filter was removed");
    Ok(ok(&SimpleResponse::ok()))
}

/// Removes it and writes it down; false if it is gone already.
async fn removed(app: &App, by: UserId, row: &Row) -> Result<bool, sqlx::Error> {
    let mut transaction = app.pool.begin().await?;
    if !filters::remove(&mut transaction, row.id).await? {
        return Ok(false);
    }
    let noted = act(app, by, Act::FilterRemove, row.id, None, details(row));
    moderator_acts::note(&mut transaction, [&noted]).await?;
    transaction.commit().await?;
    Ok(true)
}
