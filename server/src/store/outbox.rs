//! The outbox: errands to be run after their batch was committed. Not here: running them (`tasks/outbox.rs`), writing them (`journal`).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use throng_domain::GenerationId;
use uuid::Uuid;

/// What kinds of errands there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Pictures are to be deleted.
    ForgetImages,
    /// Pictures that were shared are to be kept where the operator keeps such, others of their request are to be deleted.
    ShareImages,
    /// A result is to be announced.
    Webhook,
}

impl Topic {
    /// The name under which it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ForgetImages => "forget_images",
            Self::ShareImages => "share_images",
            Self::Webhook => "webhook",
        }
    }
}

/// What a [`Topic::ShareImages`] needs to know.
#[derive(Debug, Serialize, Deserialize)]
pub struct SharedPictures {
    /// These are kept.
    pub keep: Vec<GenerationId>,
    /// These are not.
    pub forget: Vec<GenerationId>,
}

/// One errand.
#[derive(Debug)]
pub struct Errand {
    /// Its id.
    pub id: Uuid,
    /// What it needs to know, as JSON.
    pub payload: String,
    /// How often it failed.
    pub tries: i32,
}

/// Lists errands of a kind that are due, the longest overdue first.
pub async fn due(pool: &PgPool, topic: Topic, now: DateTime<Utc>, most: i64) -> Result<Vec<Errand>, sqlx::Error> {
    sqlx::query_as!(
        Errand,
        r#"select id, payload::text as "payload!", tries from outbox where topic = $1 and due_at <= $2 order by due_at limit $3"#,
        topic.as_str(),
        now,
        most
    )
    .fetch_all(pool)
    .await
}

/// Takes errands that are due, the longest overdue first, so that nobody else takes them before `until`.
pub async fn claim(
    pool: &PgPool,
    topic: Topic,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
    most: i64,
) -> Result<Vec<Errand>, sqlx::Error> {
    sqlx::query_as!(
        Errand,
        r#"update outbox set due_at = $3
           where id in (select id from outbox where topic = $1 and due_at <= $2 order by due_at limit $4 for update skip locked)
           returning id, payload::text as "payload!", tries"#,
        topic.as_str(),
        now,
        until,
        most
    )
    .fetch_all(pool)
    .await
}

/// Strikes errands off, all with one commit: on a busy network there are as many as requests.
pub async fn done(pool: &PgPool, ids: &[Uuid]) -> Result<(), sqlx::Error> {
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query!("delete from outbox where id = any($1)", ids).execute(pool).await?;
    Ok(())
}

/// Puts an errand off after a failure.
pub async fn later(pool: &PgPool, id: Uuid, due_at: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!("update outbox set due_at = $2, tries = tries + 1 where id = $1", id, due_at).execute(pool).await?;
    Ok(())
}
