//! The table of filters. Not here: what they do (`filters`).

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use throng_domain::UserId;

use crate::filters::Line;

/// Tries to take the next number, when others take it at the same time.
const TRIES_MAX: usize = 5;

/// A filter as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number.
    pub id: i64,
    /// Its type.
    pub filter_type: i16,
    /// The pattern.
    pub regex: String,
    /// What it is for.
    pub description: Option<String>,
    /// What stands for a match.
    pub replacement: String,
    /// The moderator who last changed it.
    pub user_id: i64,
}

/// Reads what matters to prompts, in the order in which replacements are made.
pub async fn lines(pool: &PgPool) -> Result<Vec<Line>, sqlx::Error> {
    sqlx::query_as!(Line, "select filter_type, regex, replacement from filter order by id").fetch_all(pool).await
}

/// Lists filters, of one type or whose pattern holds a text.
pub async fn list(pool: &PgPool, filter_type: Option<i16>, contains: Option<&str>) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "select id, filter_type, regex, description, replacement, user_id from filter \
         where ($1::smallint is null or filter_type = $1) and ($2::text is null or position(lower($2) in lower(regex)) > 0) order by id",
        filter_type,
        contains
    )
    .fetch_all(pool)
    .await
}

/// Finds a filter.
pub async fn find(pool: &PgPool, id: i64) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "select id, filter_type, regex, description, replacement, user_id from filter where id = $1",
        id
    )
    .fetch_optional(pool)
    .await
}

/// Finds the filter of this type with this pattern.
pub async fn find_same(
    connection: &mut PgConnection,
    filter_type: i16,
    regex: &str,
) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "select id, filter_type, regex, description, replacement, user_id from filter where filter_type = $1 and regex = $2",
        filter_type,
        regex
    )
    .fetch_optional(connection)
    .await
}

/// Adds a filter with the next free number, unless the same is there.
pub async fn add(connection: &mut PgConnection, row: &Row, now: DateTime<Utc>) -> Result<Option<Row>, sqlx::Error> {
    for _ in 0..TRIES_MAX {
        let next = sqlx::query_scalar!(r#"select coalesce(max(id), 0) + 1 as "next!" from filter"#);
        let id = next.fetch_one(&mut *connection).await?;
        sqlx::query!(
            "insert into filter (id, filter_type, regex, description, replacement, user_id, changed_at) \
             values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
            id,
            row.filter_type,
            row.regex,
            row.description,
            row.replacement,
            row.user_id,
            now
        )
        .execute(&mut *connection)
        .await?;
        if let Some(found) = find_same(&mut *connection, row.filter_type, &row.regex).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Writes a changed filter; false if another has become the same, or it is gone.
pub async fn change(connection: &mut PgConnection, row: &Row, now: DateTime<Utc>) -> Result<bool, sqlx::Error> {
    let changed = sqlx::query!(
        "update filter set filter_type = $2, regex = $3, description = $4, replacement = $5, user_id = $6, changed_at = $7 \
         where id = $1 and not exists (select from filter as other where other.filter_type = $2 and other.regex = $3 and other.id <> $1)",
        row.id,
        row.filter_type,
        row.regex,
        row.description,
        row.replacement,
        row.user_id,
        now
    )
    .execute(&mut *connection)
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// Removes a filter; false if there was none.
pub async fn remove(connection: &mut PgConnection, id: i64) -> Result<bool, sqlx::Error> {
    Ok(sqlx::query!("delete from filter where id = $1", id).execute(&mut *connection).await?.rows_affected() == 1)
}

/// The user whom a filter names.
pub fn user(row: &Row) -> UserId {
    UserId(row.user_id)
}
