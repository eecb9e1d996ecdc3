//! Rows → desk, at start: each table read once, streamed, in the order of its key.
//! Not here: how rows came to be (`journal.rs`), what the desk makes of them (`throng_domain::desk::restore`).

mod fleet;
mod people;

use chrono::{DateTime, Utc};
use futures::TryStreamExt as _;
use serde::de::DeserializeOwned;
use sqlx::PgConnection;
use throng_domain::desk::modes::Modes;
use throng_domain::desk::restore::{
    AccountRecord, Finished, GenerationRecord, GenerationState, HoldRecord, JobRecord, JobState, Records,
    RequestProgress, RequestRecord,
};
use throng_domain::ledger::HoldState;
use throng_domain::{AccountId, GenerationId, JobId, Kudos, RequestId, Timestamp, WorkerId};

use crate::store::settings;

/// Why the tables could not be read back.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// A row says something that no version of this program wrote.
    #[error("table {table}, row {row}: {reason}; `throng-server audit` shows more")]
    Row {
        /// Where.
        table: &'static str,
        /// Which row.
        row: String,
        /// What is wrong.
        reason: String,
    },
}

impl RebuildError {
    #[expect(clippy::needless_pass_by_value, reason = "callers give numbers, ids and literals")]
    fn row(table: &'static str, row: impl ToString, reason: impl ToString) -> Self {
        Self::Row { table, row: row.to_string(), reason: reason.to_string() }
    }
}

/// Reads everything the desk must not forget.
pub async fn records(connection: &mut PgConnection) -> Result<Records, RebuildError> {
    Ok(Records {
        users: people::users(connection).await?,
        workers: people::workers(connection).await?,
        requests: requests(connection).await?,
        jobs: jobs(connection).await?,
        generations: generations(connection).await?,
        holds: holds(connection).await?,
        accounts: accounts(connection).await?,
        shared_keys: people::shared_keys(connection).await?,
        teams: fleet::teams(connection).await?,
        messages: fleet::messages(connection).await?,
        modes: modes(connection).await?,
    })
}

fn stamp(at: DateTime<Utc>) -> Timestamp {
    Timestamp(at.timestamp_micros())
}

fn job_id(request: uuid::Uuid, slot: i16) -> JobId {
    JobId { request: RequestId(request), slot: slot.unsigned_abs() }
}

/// Reads a small count back that was widened for a column.
fn count<T: TryFrom<i64>>(table: &'static str, row: impl ToString, value: impl Into<i64>) -> Result<T, RebuildError> {
    T::try_from(value.into()).map_err(|_| RebuildError::row(table, row, "a count is out of range"))
}

fn json<T: DeserializeOwned>(table: &'static str, row: impl ToString, text: &str) -> Result<T, RebuildError> {
    serde_json::from_str(text).map_err(|error| RebuildError::row(table, row, error))
}

async fn requests(connection: &mut PgConnection) -> Result<Vec<RequestRecord>, RebuildError> {
    let mut rows = sqlx::query!(
        r#"select id, created_at, priority, price, requester_trusted, covered, expires_at, faulted, cancelled, consumed, faults, rated,
                  payload::text as "payload!"
           from request order by id"#
    )
    .fetch(connection);
    let mut records = Vec::new();
    while let Some(row) = rows.try_next().await? {
        records.push(RequestRecord {
            id: RequestId(row.id),
            request: std::sync::Arc::new(json("request", row.id, &row.payload)?),
            created: stamp(row.created_at),
            priority: row.priority,
            price: Kudos::from_hundredths(row.price),
            requester_trusted: row.requester_trusted,
            covered: row.covered,
            progress: RequestProgress {
                expires: stamp(row.expires_at),
                faulted: row.faulted,
                cancelled: row.cancelled,
                consumed: Kudos::from_hundredths(row.consumed),
                faults: count("request", row.id, row.faults)?,
                rated: row.rated,
            },
        });
    }
    Ok(records)
}

async fn jobs(connection: &mut PgConnection) -> Result<Vec<JobRecord>, RebuildError> {
    let mut rows =
        sqlx::query!("select request_id, slot, attempts, state, generation_id from job order by request_id, slot")
            .fetch(connection);
    let mut records = Vec::new();
    while let Some(row) = rows.try_next().await? {
        let generation = row.generation_id.map(GenerationId);
        let state = match (row.state.as_str(), generation) {
            ("waiting", None) => JobState::Waiting,
            ("leased", Some(generation)) => JobState::Leased(generation),
            ("done", Some(generation)) => JobState::Done(generation),
            ("cancelled", None) => JobState::Cancelled,
            ("faulted", None) => JobState::Faulted,
            (other, _) => return Err(RebuildError::row("job", row.request_id, format!("no such state: {other}"))),
        };
        records.push(JobRecord {
            id: job_id(row.request_id, row.slot),
            attempts: count("job", row.request_id, row.attempts)?,
            state,
        });
    }
    Ok(records)
}

async fn generations(connection: &mut PgConnection) -> Result<Vec<GenerationRecord>, RebuildError> {
    let mut rows = sqlx::query!(
        "select id, request_id, slot, attempt, worker_id, model, seed, leased_at, lease_ends_at, state, ended_at, reward, \
                product::text as product \
         from generation order by id"
    )
    .fetch(connection);
    let mut records = Vec::new();
    while let Some(row) = rows.try_next().await? {
        let state = match (row.state.as_str(), row.ended_at.map(stamp), row.reward, row.product) {
            ("leased", None, None, None) => GenerationState::Leased,
            ("done", Some(at), Some(reward), Some(product)) => GenerationState::Done(Finished {
                at,
                product: json("generation", row.id, &product)?,
                reward: Kudos::from_hundredths(reward),
            }),
            ("faulted", Some(at), None, None) => GenerationState::Faulted { at },
            ("expired", Some(at), None, None) => GenerationState::Expired { at },
            (other, ..) => return Err(RebuildError::row("generation", row.id, format!("no such state: {other}"))),
        };
        records.push(GenerationRecord {
            id: GenerationId(row.id),
            job: job_id(row.request_id, row.slot),
            attempt: count("generation", row.id, row.attempt)?,
            worker: WorkerId(row.worker_id),
            model: row.model.into(),
            seed: row.seed.cast_unsigned(),
            leased: stamp(row.leased_at),
            lease_ends: stamp(row.lease_ends_at),
            state,
        });
    }
    Ok(records)
}

/// Reads the holds that still hold; those that ended are history.
async fn holds(connection: &mut PgConnection) -> Result<Vec<HoldRecord>, RebuildError> {
    let mut rows = sqlx::query!(
        "select request_id, slot, account_id, amount, posted, placed_at from hold where state = 'pending' order by request_id, slot"
    )
    .fetch(connection);
    let mut records = Vec::new();
    while let Some(row) = rows.try_next().await? {
        records.push(HoldRecord {
            job: job_id(row.request_id, row.slot),
            account: AccountId(row.account_id),
            amount: Kudos::from_hundredths(row.amount),
            state: HoldState::Pending,
            posted: Kudos::from_hundredths(row.posted),
            placed: stamp(row.placed_at),
            ended: None,
        });
    }
    Ok(records)
}

async fn accounts(connection: &mut PgConnection) -> Result<Vec<AccountRecord>, RebuildError> {
    let rows = sqlx::query!("select id, balance from account order by id").fetch_all(connection).await?;
    Ok(rows
        .into_iter()
        .map(|row| AccountRecord { id: AccountId(row.id), balance: Kudos::from_hundredths(row.balance) })
        .collect())
}

async fn modes(connection: &mut PgConnection) -> Result<Modes, RebuildError> {
    let value = sqlx::query_scalar!("select value from setting where name = $1", settings::MODES);
    match value.fetch_optional(connection).await? {
        Some(value) => json("setting", settings::MODES, &value),
        None => Ok(Modes::default()),
    }
}
