//! Styles, made, changed, removed and counted. Not here: whether somebody may (`routes/styles`).

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use throng_domain::UserId;
use throng_domain::style::StyleKind;
use uuid::Uuid;

use super::{Made, broken};

/// Makes a style; false if its maker has one of this name.
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
        "insert into style (id, kind, user_id, name, info, prompt, params, public, nsfw, shared_key_id, use_count, created_at, changed_at) \
         values ($1, $2, $3, $4, $5, $6, $7::text::json, $8, $9, $10, 0, $11, $11) \
         on conflict (user_id, name) do nothing",
        id,
        kind.as_str(),
        user.0,
        made.name,
        made.info,
        made.prompt,
        serde_json::to_string(&made.params).map_err(broken)?,
        made.public,
        made.nsfw,
        made.shared_key,
        now
    )
    .execute(&mut *transaction)
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(false);
    }
    insert_lists(&mut transaction, id, made).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Changes a style; false if its maker has another one of this name.
pub async fn update(pool: &PgPool, id: Uuid, made: &Made, now: DateTime<Utc>) -> Result<bool, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    let updated = sqlx::query!(
        "update style set name = $2, info = $3, prompt = $4, params = $5::text::json, public = $6, nsfw = $7, shared_key_id = $8, \
                changed_at = $9 \
         where id = $1",
        id,
        made.name,
        made.info,
        made.prompt,
        serde_json::to_string(&made.params).map_err(broken)?,
        made.public,
        made.nsfw,
        made.shared_key,
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
    sqlx::query!("delete from style_model where style_id = $1", id).execute(&mut *transaction).await?;
    sqlx::query!("delete from style_tag where style_id = $1", id).execute(&mut *transaction).await?;
    insert_lists(&mut transaction, id, made).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Writes the models and the tags of a style.
async fn insert_lists(connection: &mut PgConnection, id: Uuid, made: &Made) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into style_model (style_id, position, model) \
         select $1, place - 1, model from unnest($2::text[]) with ordinality as t (model, place)",
        id,
        &made.models
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into style_tag (style_id, position, tag) \
         select $1, place - 1, tag from unnest($2::text[]) with ordinality as t (tag, place)",
        id,
        &made.tags
    )
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// Removes a style, its examples, and its places in collections.
pub async fn delete(connection: &mut PgConnection, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from style where id = $1", id).execute(connection).await?;
    Ok(())
}

/// Counts a use of a style, and of the collection it was drawn from.
pub async fn count_use(pool: &PgPool, style: Uuid, collection: Option<Uuid>) -> Result<(), sqlx::Error> {
    sqlx::query!("update style set use_count = use_count + 1 where id = $1", style).execute(pool).await?;
    if let Some(collection) = collection {
        sqlx::query!("update style_collection set use_count = use_count + 1 where id = $1", collection)
            .execute(pool)
            .await?;
    }
    Ok(())
}
