//! Collections of styles. Not here: the styles (`styles.rs`), whether somebody may change them (`routes/collections`).

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use throng_domain::UserId;
use throng_domain::style::StyleKind;
use uuid::Uuid;

use super::styles::{Order, PAGE_ROWS, kind};

/// A collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    /// Its id.
    pub id: Uuid,
    /// What its styles are for.
    pub kind: StyleKind,
    /// Who made it.
    pub user: UserId,
    /// How often it was used.
    pub use_count: i64,
    /// What its maker set.
    pub made: Made,
    /// Its styles by name, in the order of [`Made::styles`].
    pub names: Vec<String>,
}

/// What the maker of a collection sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its name.
    pub name: String,
    /// What its maker says about it.
    pub info: Option<String>,
    /// Whether it is listed.
    pub public: bool,
    /// Its styles, in order.
    pub styles: Vec<Uuid>,
}

/// Loads collections, in the order of their ids; those that are gone are left out.
async fn load(pool: &PgPool, ids: &[Uuid]) -> Result<Vec<Collection>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        "select id, kind, user_id, name, info, public, use_count from style_collection where id = any($1)",
        ids
    )
    .fetch_all(pool)
    .await?;
    let members = sqlx::query!(
        "select member.collection_id, style.id, style.name \
         from style_collection_member as member join style on style.id = member.style_id \
         where member.collection_id = any($1) order by member.collection_id, member.position",
        ids
    )
    .fetch_all(pool)
    .await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in rows {
        let made = Made { name: row.name, info: row.info, public: row.public, styles: Vec::new() };
        let collection = Collection {
            id: row.id,
            kind: kind(&row.kind)?,
            user: UserId(row.user_id),
            use_count: row.use_count,
            made,
            names: Vec::new(),
        };
        found.insert(row.id, collection);
    }
    for member in members {
        if let Some(collection) = found.get_mut(&member.collection_id) {
            collection.made.styles.push(member.id);
            collection.names.push(member.name);
        }
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// Loads one collection.
pub async fn get(pool: &PgPool, id: Uuid) -> Result<Option<Collection>, sqlx::Error> {
    Ok(load(pool, &[id]).await?.pop())
}

/// Finds a collection by name, of one user or of all; which of several is as with styles.
pub async fn find(
    pool: &PgPool,
    name: &str,
    owner: Option<UserId>,
    wanted: Option<StyleKind>,
) -> Result<Option<Collection>, sqlx::Error> {
    let id = sqlx::query_scalar!(
        "select id from style_collection where name = $1 and ($2::bigint is null or user_id = $2) \
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

/// Counts the collections of a user.
pub async fn count(pool: &PgPool, user: UserId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"select count(*) as "count!" from style_collection where user_id = $1"#, user.0)
        .fetch_one(pool)
        .await
}

/// Lists a page of public collections, of one kind or both.
pub async fn list(
    pool: &PgPool,
    wanted: Option<StyleKind>,
    order: Order,
    skip: i64,
) -> Result<Vec<Collection>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select id from style_collection where public and ($1::text is null or kind = $1) \
         order by case when $2 then use_count end desc, created_at, id \
         offset $3 limit $4",
        wanted.map(StyleKind::as_str),
        order == Order::Popular,
        skip,
        PAGE_ROWS
    )
    .fetch_all(pool)
    .await?;
    load(pool, &ids).await
}

/// Makes a collection; false if its maker has one of this name.
pub async fn insert(
    pool: &PgPool,
    id: Uuid,
    kind: StyleKind,
    user: UserId,
    made: &Made,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    let inserted = sqlx::query!(
        "insert into style_collection (id, kind, user_id, name, info, public, use_count, created_at, changed_at) \
         values ($1, $2, $3, $4, $5, $6, 0, $7, $7) on conflict (user_id, name) do nothing",
        id,
        kind.as_str(),
        user.0,
        made.name,
        made.info,
        made.public,
        now
    )
    .execute(&mut *transaction)
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(false);
    }
    insert_members(&mut transaction, id, &made.styles).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Changes a collection; false if its maker has another one of this name.
pub async fn update(pool: &PgPool, id: Uuid, made: &Made, now: DateTime<Utc>) -> Result<bool, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    let updated = sqlx::query!(
        "update style_collection set name = $2, info = $3, public = $4, changed_at = $5 where id = $1",
        id,
        made.name,
        made.info,
        made.public,
        now
    )
    .execute(&mut *transaction)
    .await;
    match updated {
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => return Ok(false),
        Err(error) => return Err(error),
        // It was removed in the meantime: there is nothing left to change.
        Ok(done) if done.rows_affected() == 0 => return Ok(true),
        Ok(_) => {}
    }
    sqlx::query!("delete from style_collection_member where collection_id = $1", id).execute(&mut *transaction).await?;
    insert_members(&mut transaction, id, &made.styles).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Writes the members; a style that was removed in the meantime is left out.
async fn insert_members(connection: &mut PgConnection, id: Uuid, styles: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into style_collection_member (collection_id, style_id, position) \
         select $1, style.id, place - 1 from unnest($2::uuid[]) with ordinality as t (id, place) join style on style.id = t.id",
        id,
        styles
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes a collection; its styles stay.
pub async fn delete(connection: &mut PgConnection, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from style_collection where id = $1", id).execute(connection).await?;
    Ok(())
}
