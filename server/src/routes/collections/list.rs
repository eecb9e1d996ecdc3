//! `GET /collections`: the public ones, a page at a time.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::response::Response;
use throng_api::ReturnCode as Rc;
use throng_domain::style::StyleKind;

use super::super::styles::find::{order, skip};
use super::view::shown;
use crate::app::App;
use crate::error::Error;
use crate::store::collections;
use crate::wire::ok;

/// Lists collections of one kind, or of both.
pub async fn get(State(app): State<App>, Query(query): Query<BTreeMap<String, String>>) -> Result<Response, Error> {
    let kind = match query.get("type").map_or("all", String::as_str) {
        "all" => None,
        name => Some(StyleKind::parse(name).ok_or_else(|| {
            Error::refused_with(Rc::BadRequest, "'type' needs to be one of ['all', 'image', 'text']")
        })?),
    };
    let (order, skip) = (order(query.get("sort"))?, skip(query.get("page"))?);
    let found = collections::list(&app.pool, kind, order, skip).await.map_err(Error::internal)?;
    Ok(ok(&found.into_iter().map(shown).collect::<Vec<_>>()))
}
