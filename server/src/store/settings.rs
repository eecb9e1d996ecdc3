//! What an operator sets while the network runs, and what the house must remember about itself.
//! Not here: what is set from outside (`config.rs`).

use chrono::{DateTime, Utc};
use sqlx::{PgExecutor, PgPool};

/// The setting that holds the modes of the house; the journal writes it.
pub const MODES: &str = "modes";

/// The setting that tells when models were last imported.
pub const MODELS: &str = "models";

/// Reads a setting.
pub async fn get(executor: impl PgExecutor<'_>, name: &str) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!("select value from setting where name = $1", name).fetch_optional(executor).await
}

/// Writes a setting.
pub async fn set(
    executor: impl PgExecutor<'_>,
    name: &str,
    value: &str,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into setting (name, value, changed_at) values ($1, $2, $3) \
         on conflict (name) do update set value = excluded.value, changed_at = excluded.changed_at",
        name,
        value,
        now
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// Writes a setting unless it is there, and returns what is there afterwards.
pub async fn get_or_set(pool: &PgPool, name: &str, value: &str, now: DateTime<Utc>) -> Result<String, sqlx::Error> {
    sqlx::query!(
        "insert into setting (name, value, changed_at) values ($1, $2, $3) on conflict (name) do nothing",
        name,
        value,
        now
    )
    .execute(pool)
    .await?;
    Ok(get(pool, name).await?.unwrap_or_default())
}
