//! The outbox: errands to be run after their batch was committed. Not here: running them (`tasks/outbox.rs`), writing them (`journal`).

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use uuid::Uuid;

/// One errand.
#[derive(Debug)]
pub struct Errand {
    /// Its id.
    pub id: Uuid,
    /// What kind it is.
    pub topic: String,
    /// What it needs to know, as JSON.
    pub payload: String,
    /// How often it failed.
    pub tries: i32,
}

/// Lists errands that are due, the longest overdue first.
pub async fn due(pool: &PgPool, now: DateTime<Utc>, most: i64) -> Result<Vec<Errand>, sqlx::Error> {
    sqlx::query_as!(
        Errand,
        r#"select id, topic, payload::text as "payload!", tries from outbox where due_at <= $1 order by due_at limit $2"#,
        now,
        most
    )
    .fetch_all(pool)
    .await
}

/// Strikes an errand off.
pub async fn done(pool: &PgPool, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from outbox where id = $1", id).execute(pool).await?;
    Ok(())
}

/// Puts an errand off after a failure.
pub async fn later(pool: &PgPool, id: Uuid, due_at: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!("update outbox set due_at = $2, tries = tries + 1 where id = $1", id, due_at).execute(pool).await?;
    Ok(())
}
