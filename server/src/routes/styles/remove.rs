//! `DELETE /styles/image/{id}` and `DELETE /styles/text/{id}`: its maker, or a moderator, removes a style.

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::json;
use throng_api::styles::Done;
use throng_domain::UserId;
use throng_domain::desk::moderation::Act;
use throng_domain::style::StyleKind;

use super::super::acts::act;
use super::{find, may_make, owner_or_moderator};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::store::moderator_acts;
use crate::store::styles::{Style, write};
use crate::wire::ok;

/// Removes an image style.
pub async fn delete_image(State(app): State<App>, call: Call, Path(id): Path<String>) -> Result<Response, Error> {
    remove(&app, &call, &id, StyleKind::Image).await
}

/// Removes a text style.
pub async fn delete_text(State(app): State<App>, call: Call, Path(id): Path<String>) -> Result<Response, Error> {
    remove(&app, &call, &id, StyleKind::Text).await
}

async fn remove(app: &App, call: &Call, id: &str, kind: StyleKind) -> Result<Response, Error> {
    let (user, _) = may_make(app, call).await?;
    let style = find::by_id(app, id, kind).await?;
    owner_or_moderator(app, user, style.user).await?;
    removed(app, user, &style).await.map_err(Error::internal)?;
    Ok(ok(&Done::default()))
}

/// Removes it, and writes down whose it was if it was not the remover's.
async fn removed(app: &App, by: UserId, style: &Style) -> Result<(), sqlx::Error> {
    let mut transaction = app.pool.begin().await?;
    write::delete(&mut transaction, style.id).await?;
    if style.user != by {
        let details = json!({"kind": style.kind.as_str(), "name": style.made.name});
        let noted = act(app, by, Act::StyleDelete, style.id, Some(style.user), details);
        moderator_acts::note(&mut transaction, [&noted]).await?;
    }
    transaction.commit().await
}
