//! `GET /filters/regex`: all filters of each type in one pattern, as it is in force.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::response::Response;
use throng_api::filters::Joined;

use super::super::rights::moderator;
use super::asked_type;
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::filters::rules::TYPES;
use crate::wire::ok;

/// Shows the patterns, to moderators.
pub async fn get(
    State(app): State<App>,
    call: Call,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, Error> {
    let only = asked_type(&query)?;
    moderator(&app, &call).await?;
    let rules = app.filters.rules();
    let asked = TYPES.into_iter().filter(|filter_type| only.is_none_or(|only| only == *filter_type));
    let joined =
        |filter_type| Joined { filter_type: i64::from(filter_type), regex: rules.joined(filter_type).to_owned() };
    Ok(ok(&asked.map(joined).collect::<Vec<_>>()))
}
