//! `GET /styles/image` and `GET /styles/text`: the public ones, a page at a time, by tag and model if wished.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::response::Response;
use throng_domain::style::StyleKind;

use super::find::{order, skip};
use super::view::shown;
use crate::app::App;
use crate::error::Error;
use crate::store::styles::{self, Search};
use crate::wire::ok;

type Asked = Query<BTreeMap<String, String>>;

/// Lists image styles.
pub async fn get_image(State(app): State<App>, Query(query): Asked) -> Result<Response, Error> {
    list(&app, &query, StyleKind::Image).await
}

/// Lists text styles.
pub async fn get_text(State(app): State<App>, Query(query): Asked) -> Result<Response, Error> {
    list(&app, &query, StyleKind::Text).await
}

async fn list(app: &App, query: &BTreeMap<String, String>, kind: StyleKind) -> Result<Response, Error> {
    let said = |name: &str| query.get(name).map(String::as_str).filter(|text| !text.is_empty());
    // The database cannot hold NUL in text, so nothing can have such a tag or model.
    if [said("tag"), said("model")].into_iter().flatten().any(|text| text.contains('\0')) {
        return Ok(ok(&[(); 0]));
    }
    let search = Search {
        kind,
        order: order(query.get("sort"))?,
        skip: skip(query.get("page"))?,
        tag: said("tag"),
        model: said("model"),
    };
    let found = styles::list(&app.pool, search).await.map_err(Error::internal)?;
    Ok(ok(&shown(app, found).await?))
}
