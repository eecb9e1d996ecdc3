//! `GET /filters`: all filters, those of a type, those that hold a text.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::response::Response;

use super::super::rights::moderator;
use super::{asked_type, shown};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::store::filters;
use crate::wire::ok;

/// Lists them, to moderators.
pub async fn get(
    State(app): State<App>,
    call: Call,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, Error> {
    let filter_type = asked_type(&query)?;
    moderator(&app, &call).await?;
    let contains = query.get("contains").map(String::as_str).filter(|text| !text.is_empty());
    let rows = filters::list(&app.pool, filter_type, contains).await.map_err(Error::internal)?;
    Ok(ok(&shown(&app, rows).await?))
}
