//! `DELETE /styles/image/{id}` and `DELETE /styles/text/{id}`: its maker, or a moderator, removes a style.

use axum::extract::{Path, State};
use axum::response::Response;
use throng_api::styles::Done;
use throng_domain::style::StyleKind;

use super::{find, may_make, owner_or_moderator};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::store::styles::write;
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
    write::delete(&app.pool, style.id).await.map_err(Error::internal)?;
    Ok(ok(&Done::default()))
}
