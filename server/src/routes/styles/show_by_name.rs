//! `GET /styles/image_by_name/{name}` and `GET /styles/text_by_name/{name}`: one style. How names are read is in `find.rs`.

use axum::extract::{Path, State};
use axum::response::Response;
use throng_domain::style::StyleKind;

use super::find::by_name;
use super::view::shown_one;
use crate::app::App;
use crate::error::Error;
use crate::wire::ok;

/// Shows an image style.
pub async fn get_image(State(app): State<App>, Path(name): Path<String>) -> Result<Response, Error> {
    Ok(ok(&shown_one(&app, by_name(&app, &name, StyleKind::Image).await?).await?))
}

/// Shows a text style.
pub async fn get_text(State(app): State<App>, Path(name): Path<String>) -> Result<Response, Error> {
    Ok(ok(&shown_one(&app, by_name(&app, &name, StyleKind::Text).await?).await?))
}
