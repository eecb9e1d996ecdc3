//! One leader per database: an advisory lock and an epoch, both on the writer's own connection. The lock is the quick way to know;
//! the epoch, checked first in every batch, is the fence that holds even where locks are forgotten.
//! Not here: what the leader writes (`journal.rs`).

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};
use tokio::sync::watch;

use crate::store::setup;

/// The number of the advisory lock: "throng" in ASCII, so that nobody else takes it by accident.
const LOCK: i64 = 0x7468_726f_6e67;

/// How often a standby asks whether the lead is free: the longest extra pause of a take-over.
const STANDBY_PAUSE: Duration = Duration::from_millis(500);

/// The right to write, and the connection it is bound to: if the connection goes, so does the right.
#[derive(Debug)]
pub struct Lead {
    pub(crate) connection: PgConnection,
    epoch: i64,
}

/// Who takes the lead, as the table tells everybody.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Process and machine, for people.
    pub holder: String,
    /// Where other servers reach it; empty if it answers nobody.
    pub address: String,
}

/// Why a lead could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum LeadError {
    /// Somebody else has led since.
    #[error("another server has taken the lead")]
    Deposed,
    /// The database did not answer as it should.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
}

/// Holds the lock alone, without a reign, so that nobody leads while the tables themselves are replaced; none if somebody leads.
pub async fn lock(options: &PgConnectOptions) -> Result<Option<PgConnection>, sqlx::Error> {
    let mut connection = setup::connection(options).await?;
    let free =
        sqlx::query_scalar!(r#"select pg_try_advisory_lock($1) as "free!""#, LOCK).fetch_one(&mut connection).await?;
    Ok(free.then_some(connection))
}

/// Waits for the lock, and holds it on this connection.
pub(crate) async fn wait(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    // Not checked while compiling: it answers with nothing that a type could hold.
    sqlx::query("select pg_advisory_lock($1)").bind(LOCK).execute(connection).await.map(drop)
}

/// Gives the lock back that this connection waited for.
pub(crate) async fn give_back(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("select pg_advisory_unlock($1)").bind(LOCK).execute(connection).await.map(drop)
}

impl Lead {
    /// Takes the lead if it is free.
    pub async fn try_take(
        options: &PgConnectOptions,
        holder: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Self>, sqlx::Error> {
        let connection = setup::writer(options).await?;
        let claim = Claim { holder: holder.to_owned(), address: String::new() };
        Self::try_on(connection, &claim, now).await.map(Result::ok)
    }

    /// Waits until the lead is free, then takes it. Until then `leader` is told where the leader is reached.
    pub async fn take(
        options: &PgConnectOptions,
        claim: &Claim,
        now: impl Fn() -> DateTime<Utc>,
        leader: &watch::Sender<String>,
    ) -> Result<Self, sqlx::Error> {
        let mut connection = setup::writer(options).await?;
        let mut told = String::new();
        loop {
            connection = match Self::try_on(connection, claim, now()).await? {
                Ok(lead) => return Ok(lead),
                Err(connection) => connection,
            };
            let seen =
                sqlx::query!("select holder, address from leader where id = 1").fetch_one(&mut connection).await?;
            if seen.holder != told {
                tracing::info!(leader = seen.holder, at = seen.address, "another server leads: forwarding to it");
                told = seen.holder;
            }
            leader.send_if_modified(|known| {
                let new = *known != seen.address;
                *known = seen.address;
                new
            });
            tokio::time::sleep(STANDBY_PAUSE).await;
        }
    }

    async fn try_on(
        mut connection: PgConnection,
        claim: &Claim,
        now: DateTime<Utc>,
    ) -> Result<Result<Self, PgConnection>, sqlx::Error> {
        let free = sqlx::query_scalar!(r#"select pg_try_advisory_lock($1) as "free!""#, LOCK)
            .fetch_one(&mut connection)
            .await?;
        if !free {
            return Ok(Err(connection));
        }
        let epoch = sqlx::query_scalar!(
            "update leader set epoch = epoch + 1, holder = $1, address = $2, taken_at = $3 where id = 1 returning epoch",
            claim.holder,
            claim.address,
            now
        )
        .fetch_one(&mut connection)
        .await?;
        Ok(Ok(Self { connection, epoch }))
    }

    /// Takes the same lead again after its connection was lost, if nobody has led in between: then what is in memory is
    /// still the newest there is, and only the last batch may or may not have arrived.
    pub async fn retake(&mut self, options: &PgConnectOptions) -> Result<(), LeadError> {
        let mut connection = setup::writer(options).await?;
        let free = sqlx::query_scalar!(r#"select pg_try_advisory_lock($1) as "free!""#, LOCK)
            .fetch_one(&mut connection)
            .await?;
        if !free {
            // Either a stranger leads, or our own old connection is still being cleaned up: the epoch tells.
            self.check_epoch_on(&mut connection).await?;
            return Err(LeadError::Database(sqlx::Error::PoolTimedOut));
        }
        let epoch = sqlx::query_scalar!(
            "update leader set epoch = epoch + 1 where id = 1 and epoch = $1 returning epoch",
            self.epoch
        )
        .fetch_optional(&mut connection)
        .await?;
        self.epoch = epoch.ok_or(LeadError::Deposed)?;
        self.connection = connection;
        Ok(())
    }

    async fn check_epoch_on(&self, connection: &mut PgConnection) -> Result<(), LeadError> {
        let epoch = sqlx::query_scalar!("select epoch from leader where id = 1").fetch_one(connection).await?;
        if epoch == self.epoch { Ok(()) } else { Err(LeadError::Deposed) }
    }

    /// Returns the number of this reign.
    pub fn epoch(&self) -> i64 {
        self.epoch
    }

    /// Gives the lead back.
    pub async fn release(self) -> Result<(), sqlx::Error> {
        self.connection.close().await
    }
}
