//! `DELETE /collections/{id}`: its maker, or a moderator, removes a collection. Its styles stay.

use axum::extract::{Path, State};
use axum::response::Response;
use throng_api::styles::Done;

use super::super::styles::{may_make, owner_or_moderator};
use super::members::by_id;
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::store::collections;
use crate::wire::ok;

/// Removes the collection.
pub async fn delete(State(app): State<App>, call: Call, Path(id): Path<String>) -> Result<Response, Error> {
    let (user, _) = may_make(&app, &call).await?;
    let collection = by_id(&app, &id).await?;
    owner_or_moderator(&app, user, collection.user).await?;
    collections::delete(&app.pool, collection.id).await.map_err(Error::internal)?;
    Ok(ok(&Done::default()))
}
