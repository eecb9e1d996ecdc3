//! What moderators and administrators did. Not here: which of their doings are worth a line (the routes, and the acts at the desk).

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use throng_domain::UserId;
use throng_domain::desk::moderation::ModeratorAct;
use uuid::Uuid;

/// An act as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub moderator_id: i64,
    /// What.
    pub act: String,
    /// To what.
    pub target: String,
    /// Whom that belongs to.
    pub user_id: Option<i64>,
    /// What was asked for, as JSON.
    pub details: String,
}

/// Writes acts down, in the transaction of what was done: one is never there without the other. Twice is as good as once.
pub async fn note(
    connection: &mut PgConnection,
    acts: impl IntoIterator<Item = &ModeratorAct>,
) -> Result<(), sqlx::Error> {
    let acts: Vec<&ModeratorAct> = acts.into_iter().collect();
    if acts.is_empty() {
        return Ok(());
    }
    let each = || acts.iter();
    sqlx::query!(
        "insert into moderator_act (id, at, moderator_id, act, target, user_id, details) \
         select id, at, moderator_id, act, target, user_id, details::json \
         from unnest($1::uuid[], $2::timestamptz[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::text[]) \
              as t (id, at, moderator_id, act, target, user_id, details) \
         on conflict (id) do nothing",
        &each().map(|act| act.id).collect::<Vec<Uuid>>(),
        &each().map(|act| DateTime::from_timestamp_micros(act.at.0).unwrap_or_default()).collect::<Vec<_>>(),
        &each().map(|act| act.by.0).collect::<Vec<_>>(),
        &each().map(|act| act.act.as_str().to_owned()).collect::<Vec<_>>(),
        &each().map(|act| act.target.replace('\0', "\u{fffd}")).collect::<Vec<_>>(),
        &each().map(|act| act.whom.map(|whom| whom.0)).collect::<Vec<_>>() as &[Option<i64>],
        &each().map(|act| act.details.to_string()).collect::<Vec<_>>(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Lists what was done, latest first; with a user, only what that user did or had done to what is its own.
pub async fn list(pool: &PgPool, user: Option<UserId>, most: i64) -> Result<Vec<Line>, sqlx::Error> {
    sqlx::query_as!(
        Line,
        r#"select at, moderator_id, act, target, user_id, details::text as "details!" from moderator_act
           where ($1::bigint is null or moderator_id = $1 or user_id = $1) order by at desc, id desc limit $2"#,
        user.map(|user| user.0),
        most
    )
    .fetch_all(pool)
    .await
}
