//! Shared keys. Not here: who made them (`people.rs`), what is paid with them (`money.rs`).

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use throng_domain::Kudos;

use super::super::rows::Rows;
use super::{text, time};

pub(super) async fn saved(connection: &mut PgConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    let keys = || rows.shared_keys.values().flatten();
    if keys().next().is_none() {
        return Ok(());
    }
    // Pictures of more pixels than a column holds do not exist.
    let pixels = |most: u64| i64::try_from(most).unwrap_or(i64::MAX);
    sqlx::query!(
        "insert into shared_key (id, owner_id, created_at, name, expires_at, allowance, utilized, max_image_pixels, max_image_steps, max_text_tokens) \
         select id, owner_id, created_at, name, expires_at, allowance, utilized, max_image_pixels, max_image_steps, max_text_tokens \
         from unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::text[], $5::timestamptz[], $6::bigint[], $7::bigint[], $8::bigint[], \
                     $9::bigint[], $10::bigint[]) \
              as t (id, owner_id, created_at, name, expires_at, allowance, utilized, max_image_pixels, max_image_steps, max_text_tokens) \
         on conflict (id) do update \
         set name = excluded.name, expires_at = excluded.expires_at, allowance = excluded.allowance, utilized = excluded.utilized, \
             max_image_pixels = excluded.max_image_pixels, max_image_steps = excluded.max_image_steps, \
             max_text_tokens = excluded.max_text_tokens",
        &keys().map(|k| k.id.0).collect::<Vec<_>>(),
        &keys().map(|k| k.owner.0).collect::<Vec<_>>(),
        &keys().map(|k| time(k.created)).collect::<Vec<_>>(),
        &keys().map(|k| k.name.as_deref().map(text)).collect::<Vec<_>>() as &[Option<String>],
        &keys().map(|k| k.expires.map(time)).collect::<Vec<_>>() as &[Option<DateTime<Utc>>],
        &keys().map(|k| k.allowance.map(Kudos::hundredths)).collect::<Vec<_>>() as &[Option<i64>],
        &keys().map(|k| k.utilized.hundredths()).collect::<Vec<_>>(),
        &keys().map(|k| k.max_image_pixels.map(pixels)).collect::<Vec<_>>() as &[Option<i64>],
        &keys().map(|k| k.max_image_steps.map(i64::from)).collect::<Vec<_>>() as &[Option<i64>],
        &keys().map(|k| k.max_text_tokens.map(i64::from)).collect::<Vec<_>>() as &[Option<i64>],
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn forgotten(connection: &mut PgConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    let gone: Vec<_> = rows.shared_keys.iter().filter(|(_, key)| key.is_none()).map(|(id, _)| id.0).collect();
    if !gone.is_empty() {
        sqlx::query!("delete from shared_key where id = any($1)", &gone).execute(connection).await?;
    }
    Ok(())
}
