//! `DELETE /collections/{id}`: its maker, or a moderator, removes a collection. Its styles stay.

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::json;
use throng_api::styles::Done;
use throng_domain::UserId;
use throng_domain::desk::moderation::Act;

use super::super::acts::act;
use super::super::styles::{may_make, owner_or_moderator};
use super::members::by_id;
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::store::collections::{self, Collection};
use crate::store::moderator_acts;
use crate::wire::ok;

/// Removes the collection.
pub async fn delete(State(app): State<App>, call: Call, Path(id): Path<String>) -> Result<Response, Error> {
    let (user, _) = may_make(&app, &call).await?;
    let collection = by_id(&app, &id).await?;
    owner_or_moderator(&app, user, collection.user).await?;
    removed(&app, user, &collection).await.map_err(Error::internal)?;
    Ok(ok(&Done::default()))
}

/// Removes it, and writes down whose it was if it was not the remover's.
async fn removed(app: &App, by: UserId, collection: &Collection) -> Result<(), sqlx::Error> {
    let mut transaction = app.pool.begin().await?;
    collections::delete(&mut transaction, collection.id).await?;
    if collection.user != by {
        let details = json!({"kind": collection.kind.as_str(), "name": collection.made.name});
        let noted = act(app, by, Act::CollectionDelete, collection.id, Some(collection.user), details);
        moderator_acts::note(&mut transaction, [&noted]).await?;
    }
    transaction.commit().await
}
