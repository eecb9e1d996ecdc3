//! Styles, read. Not here: making and changing them (`styles/write.rs`), their examples (`styles/examples.rs`), collections of them
//! (`collections.rs`).

pub mod examples;
pub mod write;

use std::collections::HashMap;

use serde_json::{Map, Value};
use sqlx::PgPool;
use throng_domain::UserId;
use throng_domain::style::StyleKind;
use uuid::Uuid;

use self::examples::Example;

/// Styles, or collections, on a page of a list.
pub const PAGE_ROWS: i64 = 25;

/// What the maker of a style sets.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// Its name.
    pub name: String,
    /// What its maker says about it.
    pub info: Option<String>,
    /// Its prompt.
    pub prompt: String,
    /// The parameters that it sets.
    pub params: Map<String, Value>,
    /// Whether it is listed.
    pub public: bool,
    /// Whether it makes what is for adults.
    pub nsfw: bool,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Its models.
    pub models: Vec<String>,
    /// The shared key that goes with it.
    pub shared_key: Option<Uuid>,
}

/// A style.
#[derive(Debug, Clone, PartialEq)]
pub struct Style {
    /// Its id.
    pub id: Uuid,
    /// What it is for.
    pub kind: StyleKind,
    /// Who made it.
    pub user: UserId,
    /// How often it was used.
    pub use_count: i64,
    /// What its maker set.
    pub made: Made,
    /// Its examples, oldest first.
    pub examples: Vec<Example>,
}

/// By what a list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Most used first.
    Popular,
    /// Oldest first.
    Age,
}

/// Which public styles are listed.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    /// What they are for.
    pub kind: StyleKind,
    /// In which order.
    pub order: Order,
    /// How many rows are passed over.
    pub skip: i64,
    /// Only those with this tag.
    pub tag: Option<&'a str>,
    /// Only those with this model.
    pub model: Option<&'a str>,
}

/// Tells that a row holds what no version of this program wrote.
pub(super) fn broken(what: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> sqlx::Error {
    sqlx::Error::Decode(what.into())
}

/// Reads a kind back.
pub(super) fn kind(name: &str) -> Result<StyleKind, sqlx::Error> {
    StyleKind::parse(name).ok_or_else(|| broken(format!("no such kind of style: {name}")))
}

/// Loads styles, in the order of their ids; those that are gone are left out.
pub async fn load(pool: &PgPool, ids: &[Uuid]) -> Result<Vec<Style>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        r#"select id, kind, user_id, name, info, prompt, params::text as "params!", public, nsfw, shared_key_id, use_count,
                  array(select model from style_model where style_id = style.id order by position) as "models!",
                  array(select tag from style_tag where style_id = style.id order by position) as "tags!"
           from style where id = any($1)"#,
        ids
    )
    .fetch_all(pool)
    .await?;
    let mut examples = examples::of(pool, ids).await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in rows {
        let made = Made {
            name: row.name,
            info: row.info,
            prompt: row.prompt,
            params: serde_json::from_str(&row.params).map_err(broken)?,
            public: row.public,
            nsfw: row.nsfw,
            tags: row.tags,
            models: row.models,
            shared_key: row.shared_key_id,
        };
        let style = Style {
            id: row.id,
            kind: kind(&row.kind)?,
            user: UserId(row.user_id),
            use_count: row.use_count,
            made,
            examples: examples.remove(&row.id).unwrap_or_default(),
        };
        found.insert(row.id, style);
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// Loads one style.
pub async fn get(pool: &PgPool, id: Uuid) -> Result<Option<Style>, sqlx::Error> {
    Ok(load(pool, &[id]).await?.pop())
}

/// Finds a style by name, of one user or of all. Names are unique for each user only: a style of the wanted kind comes before others, a
/// public one before others, an old one before those that may be named after it.
pub async fn find(
    pool: &PgPool,
    name: &str,
    owner: Option<UserId>,
    wanted: Option<StyleKind>,
) -> Result<Option<Style>, sqlx::Error> {
    let id = sqlx::query_scalar!(
        "select id from style where name = $1 and ($2::bigint is null or user_id = $2) \
         order by kind = $3 desc nulls last, public desc, created_at, id limit 1",
        name,
        owner.map(|user| user.0),
        wanted.map(StyleKind::as_str)
    )
    .fetch_optional(pool)
    .await?;
    match id {
        Some(id) => get(pool, id).await,
        None => Ok(None),
    }
}

/// Tells whether a user has a style of this name.
pub async fn is_taken(pool: &PgPool, user: UserId, name: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from style where user_id = $1 and name = $2) as "taken!""#,
        user.0,
        name
    )
    .fetch_one(pool)
    .await
}

/// Tells whether a shared key goes with any style.
pub async fn is_key_assigned(pool: &PgPool, key: Uuid) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select exists (select from style where shared_key_id = $1) as "assigned!""#, key)
        .fetch_one(pool)
        .await
}

/// Counts the styles of a user.
pub async fn count(pool: &PgPool, user: UserId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"select count(*) as "count!" from style where user_id = $1"#, user.0).fetch_one(pool).await
}

/// Lists a page of public styles.
pub async fn list(pool: &PgPool, search: Search<'_>) -> Result<Vec<Style>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select id from style \
         where kind = $1 and public \
           and ($2::text is null or exists (select from style_tag where style_id = style.id and tag = $2)) \
           and ($3::text is null or exists (select from style_model where style_id = style.id and model = $3)) \
         order by case when $4 then use_count end desc, created_at, id \
         offset $5 limit $6",
        search.kind.as_str(),
        search.tag,
        search.model,
        search.order == Order::Popular,
        search.skip,
        PAGE_ROWS
    )
    .fetch_all(pool)
    .await?;
    load(pool, &ids).await
}

/// A style of a user, shortly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Short {
    /// Who made it.
    pub user: UserId,
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub kind: StyleKind,
}

/// Lists the styles of users, oldest first: the public ones, or all.
pub async fn of_users(pool: &PgPool, users: &[i64], private_too: bool) -> Result<Vec<Short>, sqlx::Error> {
    let rows = sqlx::query!(
        "select user_id, id, name, kind from style where user_id = any($1) and (public or $2) order by created_at, id",
        users,
        private_too
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| Ok(Short { user: UserId(row.user_id), id: row.id, name: row.name, kind: kind(&row.kind)? }))
        .collect()
}
