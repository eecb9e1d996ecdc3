//! `GET /users`: the ranking, a page at a time. The one list that shows absent members as null.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::response::Response;
use serde_json::Value;
use throng_api::users::UserDetails;

use super::super::styles::of_users;
use super::view::{Sight, shown};
use crate::app::App;
use crate::error::Error;
use crate::wire::ok;

/// Users on a page.
const PAGE_USERS: usize = 25;
/// Beyond this page there is nothing: looking that far costs more than it tells.
const PAGE_MAX: usize = 10_000;

/// Lists users, richest first, or with `sort=age` oldest first.
pub async fn get(State(app): State<App>, Query(query): Query<BTreeMap<String, String>>) -> Result<Response, Error> {
    let page = query.get("page").and_then(|page| page.parse::<i64>().ok()).unwrap_or(1).max(1) as usize;
    if page > PAGE_MAX {
        return Ok(ok(&[(); 0]));
    }
    let by_age = query.get("sort").is_some_and(|sort| sort == "age");
    let mut found = app
        .desk
        .read_at(move |desk, now| {
            let users = desk.users(by_age, (page - 1) * PAGE_USERS, PAGE_USERS);
            users.iter().map(|view| shown(view, Sight::Public, now)).collect::<Vec<_>>()
        })
        .await?;
    of_users::fill(&app, &mut found, false).await?;
    let rows = found.iter().map(with_nulls).collect::<Result<Vec<_>, _>>().map_err(Error::internal)?;
    Ok(ok(&rows))
}

fn with_nulls(user: &UserDetails) -> Result<Value, serde_json::Error> {
    let mut row = serde_json::to_value(user)?;
    if let Value::Object(members) = &mut row {
        for name in UserDetails::MEMBERS {
            members.entry(name).or_insert(Value::Null);
        }
    }
    Ok(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_hold_every_member_of_the_contract() {
        let row = with_nulls(&UserDetails::default()).unwrap();
        assert_eq!(row.as_object().unwrap().len(), UserDetails::MEMBERS.len());
        assert!(row["proxy_passkey"].is_null());
        assert_eq!(row["kudos"], 0.0);
    }
}
