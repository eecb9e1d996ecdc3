//! Filters of prompts, for moderators. One file an endpoint. Here: what they share. Not here: how prompts are judged (`filters`).

pub mod add;
pub mod change;
pub mod list;
pub mod regex;
pub mod remove;
pub mod show;
pub mod test;

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};
use throng_api::ReturnCode as Rc;
use throng_api::filters::Filter;
use throng_domain::UserId;

use super::users::alias;
use crate::app::App;
use crate::error::Error;
use crate::filters::{LoadError, compiled, rules};
use crate::store::filters::{self, Row};

/// Filters in all: more would be compiled for seconds at each change.
const FILTERS_MAX: usize = 20_000;

/// Reads a filter's number. What is no number names no filter.
fn id(text: &str) -> Result<i64, Error> {
    text.parse().map_err(|_| not_found(text))
}

fn not_found(id: &str) -> Error {
    let id: String = id.chars().take(64).collect();
    Error::refused_with(Rc::FilterNotFound, format!("Filter with ID '{id}' not found."))
}

async fn found(app: &App, text: &str) -> Result<Row, Error> {
    filters::find(&app.pool, id(text)?).await.map_err(Error::internal)?.ok_or_else(|| not_found(text))
}

/// Reads a type from a query.
fn asked_type(query: &BTreeMap<String, String>) -> Result<Option<i16>, Error> {
    let Some(text) = query.get("filter_type").filter(|text| !text.is_empty()) else { return Ok(None) };
    let invalid = || Error::invalid("filter_type", format!("'{text}' is not a whole number"));
    text.parse().map(Some).map_err(|_| invalid())
}

/// Shows filters with the names of those who changed them.
async fn shown(app: &App, rows: Vec<Row>) -> Result<Vec<Filter>, Error> {
    let users: Vec<UserId> = rows.iter().map(filters::user).collect();
    let names: HashMap<UserId, String> = app
        .desk
        .read(move |desk| {
            let named = |user: UserId| desk.user(user).map(|view| (user, alias(&view.record)));
            users.into_iter().filter_map(named).collect()
        })
        .await?;
    let show = |row: Row| Filter {
        user: names.get(&filters::user(&row)).cloned().unwrap_or_else(|| format!("#{}", row.user_id)),
        id: row.id.to_string(),
        regex: row.regex,
        filter_type: i64::from(row.filter_type),
        description: row.description,
        replacement: row.replacement,
    };
    Ok(rows.into_iter().map(show).collect())
}

/// Shows one filter whole: adding and changing tell an absent description as null.
async fn shown_whole(app: &App, row: Row) -> Result<Value, Error> {
    let shown = shown(app, vec![row]).await?;
    let mut value = serde_json::to_value(shown.first()).map_err(Error::internal)?;
    if let Value::Object(members) = &mut value {
        members.entry("description").or_insert(json!(null));
    }
    Ok(value)
}

/// Refuses a pattern before it is stored: by itself, and together with all others.
async fn check(app: &App, row: &Row) -> Result<(), Error> {
    let refused = |error: rules::PatternError| {
        Error::refused_with(Rc::BadRequest, format!("This regular expression cannot be used: {error}"))
    };
    rules::pattern(&row.regex).map_err(refused)?;
    let rows = filters::list(&app.pool, None, None).await.map_err(Error::internal)?;
    if rows.len() >= FILTERS_MAX {
        return Err(Error::refused_with(Rc::BadRequest, format!("There are {FILTERS_MAX} filters already.")));
    }
    let line = |row: &Row| rules::Line {
        filter_type: row.filter_type,
        regex: row.regex.clone(),
        replacement: row.replacement.clone(),
    };
    let others = rows.iter().filter(|other| other.id != row.id).map(line);
    compiled(others.chain([line(row)]).collect()).await.map_err(refused)?;
    Ok(())
}

/// What is written down of a filter.
fn details(row: &Row) -> Value {
    json!({
        "filter_type": row.filter_type, "regex": row.regex, "replacement": row.replacement, "description": row.description,
    })
}

/// Puts what was changed into force.
async fn take_effect(app: &App) -> Result<(), Error> {
    app.filters.load(&app.pool).await.map_err(|error: LoadError| Error::internal(error))
}
