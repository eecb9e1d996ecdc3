//! The table behind the timeouts of addresses. Not here: looking whether one holds (`addresses/timeouts.rs`).

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

use crate::addresses::network::Network;
use crate::addresses::timeouts::Timeout;

/// Reads all. A row that no version of this program wrote is passed over.
pub async fn all(pool: &PgPool) -> Result<Vec<Timeout>, sqlx::Error> {
    let rows =
        sqlx::query!("select network, ends_at, offences, offended_at from address_timeout").fetch_all(pool).await?;
    let timeout = |network: &str, ends, offences: i32, offended| {
        let network: Network = network.parse().ok()?;
        Some(Timeout { network, ends, offences: offences.unsigned_abs(), offended })
    };
    Ok(rows.into_iter().filter_map(|row| timeout(&row.network, row.ends_at, row.offences, row.offended_at)).collect())
}

/// Writes one.
pub async fn save(connection: &mut PgConnection, timeout: &Timeout) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into address_timeout (network, ends_at, offences, offended_at) values ($1, $2, $3, $4) \
         on conflict (network) do update \
         set ends_at = excluded.ends_at, offences = excluded.offences, offended_at = excluded.offended_at",
        timeout.network.to_string(),
        timeout.ends,
        i32::try_from(timeout.offences).unwrap_or(i32::MAX),
        timeout.offended,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes one.
pub async fn delete(connection: &mut PgConnection, network: Network) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from address_timeout where network = $1", network.to_string()).execute(connection).await?;
    Ok(())
}

/// Deletes those of which nothing holds any more: they ended, and no offence is younger than this.
pub async fn forget(pool: &PgPool, now: DateTime<Utc>, offended_before: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from address_timeout where ends_at <= $1 and (offended_at is null or offended_at <= $2)",
        now,
        offended_before
    )
    .execute(pool)
    .await?;
    Ok(())
}
