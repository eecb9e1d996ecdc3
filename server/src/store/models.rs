//! What an operator imported of the community's model reference. Not here: reading its files (`models.rs`).

use chrono::{DateTime, Utc};
use sqlx::{PgExecutor, PgPool};

use super::settings;

/// A model as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// `image` or `text`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// What is known of it, as JSON of `throng_domain::model`.
    pub facts: String,
}

/// Lists them.
pub async fn all(executor: impl PgExecutor<'_>) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(Row, "select kind, name, facts from known_model order by kind, name").fetch_all(executor).await
}

/// Puts these in the place of all others of the kind, and marks that there was an import.
pub async fn replace(pool: &PgPool, kind: &str, rows: &[Row], now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    let facts: Vec<&str> = rows.iter().map(|row| row.facts.as_str()).collect();
    let mut transaction = pool.begin().await?;
    sqlx::query!("delete from known_model where kind = $1", kind).execute(&mut *transaction).await?;
    sqlx::query!(
        "insert into known_model (kind, name, facts) select $1, name, facts from unnest($2::text[], $3::text[]) as model (name, facts)",
        kind,
        &names as &[&str],
        &facts as &[&str]
    )
    .execute(&mut *transaction)
    .await?;
    settings::set(&mut *transaction, settings::MODELS, &now.to_rfc3339(), now).await?;
    transaction.commit().await
}
