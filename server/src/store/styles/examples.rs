//! The examples of image styles. One of them is the primary one, as long as there are any.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::{Connection as _, PgConnection, PgPool};
use uuid::Uuid;

/// An example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Its id.
    pub id: Uuid,
    /// Where the picture is.
    pub url: String,
    /// Whether it is the one to show first.
    pub primary: bool,
}

/// Reads the examples of styles, oldest first.
pub(super) async fn of(pool: &PgPool, styles: &[Uuid]) -> Result<HashMap<Uuid, Vec<Example>>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, style_id, url, is_primary from style_example where style_id = any($1) order by created_at, id",
        styles
    )
    .fetch_all(pool)
    .await?;
    let mut found: HashMap<Uuid, Vec<Example>> = HashMap::new();
    for row in rows {
        let example = Example { id: row.id, url: row.url, primary: row.is_primary };
        found.entry(row.style_id).or_default().push(example);
    }
    Ok(found)
}

/// Adds an example; false if the style has this picture already. The first one is the primary one in any case.
pub async fn insert(
    connection: &mut PgConnection,
    style: Uuid,
    example: &Example,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let inserted = sqlx::query!(
        "insert into style_example (id, style_id, url, is_primary, created_at) values ($1, $2, $3, false, $4) \
         on conflict (style_id, url) do nothing",
        example.id,
        style,
        example.url,
        now
    )
    .execute(&mut *transaction)
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(false);
    }
    if example.primary {
        put_first(&mut transaction, style, example.id).await?;
    }
    keep_one_first(&mut transaction, style).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Changes an example; false if the style has this picture already. The primary one stays so until another one becomes it.
pub async fn update(connection: &mut PgConnection, style: Uuid, example: &Example) -> Result<bool, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let updated = sqlx::query!("update style_example set url = $2 where id = $1", example.id, example.url)
        .execute(&mut *transaction)
        .await;
    match updated {
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => return Ok(false),
        Err(error) => return Err(error),
        Ok(_) => {}
    }
    if example.primary {
        put_first(&mut transaction, style, example.id).await?;
    }
    transaction.commit().await?;
    Ok(true)
}

/// Removes an example.
pub async fn delete(connection: &mut PgConnection, style: Uuid, id: Uuid) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    sqlx::query!("delete from style_example where id = $1 and style_id = $2", id, style)
        .execute(&mut *transaction)
        .await?;
    keep_one_first(&mut transaction, style).await?;
    transaction.commit().await?;
    Ok(())
}

/// Makes one example the primary one.
async fn put_first(connection: &mut PgConnection, style: Uuid, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("update style_example set is_primary = (id = $2) where style_id = $1", style, id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Makes the oldest example the primary one if none is.
async fn keep_one_first(connection: &mut PgConnection, style: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update style_example set is_primary = true \
         where id = (select id from style_example where style_id = $1 order by created_at, id limit 1) \
           and not exists (select from style_example where style_id = $1 and is_primary)",
        style
    )
    .execute(connection)
    .await?;
    Ok(())
}
