//! Grave reports: who asked for what workers withheld as abuse of children, from where, and how often. Not here: writing them
//! (`journal/write/chronicle.rs`).

use chrono::{DateTime, Utc};
use sqlx::PgPool;

/// Somebody with many reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// Who asked.
    pub user_id: i64,
    /// On whose behalf, if a service account asked.
    pub proxied_account: Option<String>,
    /// How often.
    pub times: i64,
}

/// Lists registered users and those they speak for with more than so many reports since a time.
pub async fn often_reported(pool: &PgPool, since: DateTime<Utc>, most: i64) -> Result<Vec<Reported>, sqlx::Error> {
    sqlx::query_as!(
        Reported,
        r#"select user_id, proxied_account, count(*) as "times!" from problem
           where at >= $1 and user_id <> 0 group by user_id, proxied_account having count(*) > $2 order by user_id"#,
        since,
        most
    )
    .fetch_all(pool)
    .await
}

/// An address with many reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// An address, or the network of whoever holds one.
    pub address: String,
    /// How often.
    pub times: i64,
}

/// Lists addresses with more than so many reports since a time: by them alone those are known who ask without an account.
pub async fn often_reported_origins(
    pool: &PgPool,
    since: DateTime<Utc>,
    most: i64,
) -> Result<Vec<Origin>, sqlx::Error> {
    sqlx::query_as!(
        Origin,
        r#"select address as "address!", count(*) as "times!" from problem
           where at >= $1 and address is not null group by address having count(*) > $2 order by address"#,
        since,
        most
    )
    .fetch_all(pool)
    .await
}
