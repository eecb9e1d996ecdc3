//! `GET /styles/image/{id}` and `GET /styles/text/{id}`: one style. Whoever knows its id may see it, listed or not.

use axum::extract::{Path, State};
use axum::response::Response;
use throng_domain::style::StyleKind;

use super::find::by_id;
use super::view::shown_one;
use crate::app::App;
use crate::error::Error;
use crate::wire::ok;

/// Shows an image style.
pub async fn get_image(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Error> {
    Ok(ok(&shown_one(&app, by_id(&app, &id, StyleKind::Image).await?).await?))
}

/// Shows a text style.
pub async fn get_text(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Error> {
    Ok(ok(&shown_one(&app, by_id(&app, &id, StyleKind::Text).await?).await?))
}
