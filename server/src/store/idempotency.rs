//! Answers to calls that carried an `Idempotency-Key`, kept for a day. Not here: which calls may carry one (`routes`).

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use throng_domain::UserId;

/// An answer that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// SHA-256 of method, path and body of the call.
    pub fingerprint: Vec<u8>,
    /// The status of the answer.
    pub status: i16,
    /// The body of the answer.
    pub body: String,
}

/// Finds the answer to an earlier call with this key.
pub async fn find(pool: &PgPool, user: UserId, key: &str) -> Result<Option<Answered>, sqlx::Error> {
    sqlx::query_as!(
        Answered,
        "select fingerprint, status, body from idempotency where user_id = $1 and key = $2",
        user.0,
        key
    )
    .fetch_optional(pool)
    .await
}

/// Remembers an answer; the first one stays.
pub async fn remember(
    pool: &PgPool,
    user: UserId,
    key: &str,
    answered: &Answered,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into idempotency (user_id, key, fingerprint, status, body, created_at) values ($1, $2, $3, $4, $5, $6) \
         on conflict (user_id, key) do nothing",
        user.0,
        key,
        answered.fingerprint,
        answered.status,
        answered.body,
        now
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Forgets answers given before `before`; returns how many.
pub async fn forget(pool: &PgPool, before: DateTime<Utc>) -> Result<u64, sqlx::Error> {
    Ok(sqlx::query!("delete from idempotency where created_at < $1", before).execute(pool).await?.rows_affected())
}
