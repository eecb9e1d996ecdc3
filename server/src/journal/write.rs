//! The statements of a batch: one per table, arrays in, in the order request → job → generation → money → what is told → deletions.
//! No statement modifies two tables or one table twice, so that other engines than PostgreSQL can run them.
//! Not here: what they write (`rows.rs`).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgConnection;
use throng_domain::desk::restore::{Finished, GenerationState, JobState};
use throng_domain::{AccountId, Timestamp};
use uuid::Uuid;

use super::rows::Rows;
use crate::store::moderator_acts;

mod chronicle;
mod fleet;
mod money;
mod people;
mod pictures;
mod ratings;
mod shared_keys;

/// Reads the number of the reign, and keeps it from changing until this transaction ends.
pub(super) async fn epoch(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!("select epoch from leader where id = 1 for share").fetch_one(connection).await
}

/// Writes all rows of a batch.
pub(super) async fn rows(connection: &mut PgConnection, rows: &Rows, at: Timestamp) -> Result<(), sqlx::Error> {
    people::users(connection, rows).await?;
    people::user_counts(connection, rows).await?;
    shared_keys::saved(connection, rows).await?;
    shared_keys::forgotten(connection, rows).await?;
    fleet::workers_gone(connection, rows).await?;
    fleet::names_given_up(connection, rows).await?;
    people::workers(connection, rows).await?;
    people::worker_counts(connection, rows).await?;
    fleet::teams(connection, rows).await?;
    fleet::team_counts(connection, rows).await?;
    fleet::messages(connection, rows).await?;
    requests(connection, rows).await?;
    progress(connection, rows).await?;
    jobs(connection, rows).await?;
    leased(connection, rows).await?;
    ended(connection, rows).await?;
    money::holds(connection, rows).await?;
    let moved: BTreeMap<AccountId, i64> = money::transfers(connection, rows).await?;
    money::balances(connection, &moved).await?;
    people::modes(connection, rows, at).await?;
    chronicle::statistics(connection, rows).await?;
    chronicle::problems(connection, rows).await?;
    chronicle::announcements(connection, rows, at).await?;
    ratings::sets(connection, rows).await?;
    ratings::pictures(connection, rows).await?;
    moderator_acts::note(connection, rows.acts.values().map(|act| &**act)).await?;
    pictures::errands(connection, rows, at).await?;
    forgotten(connection, rows).await
}

pub(super) fn time(at: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at.0).unwrap_or_default()
}

/// Columns of text hold no NUL; parsing at the door refuses it, and one that slipped through must not stop the journal.
pub(super) fn text(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

pub(super) fn json<T: Serialize>(value: &T) -> Result<String, sqlx::Error> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

fn slot(slot: u16) -> i16 {
    // A request has at most 20 jobs, or as many forms as a user may await: 5000.
    slot.try_into().unwrap_or(i16::MAX)
}

async fn requests(connection: &mut PgConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    if rows.requests.is_empty() {
        return Ok(());
    }
    let requests = || rows.requests.values();
    let payloads = requests().map(|r| json(&*r.request)).collect::<Result<Vec<_>, _>>()?;
    sqlx::query!(
        "insert into request (id, user_id, kind, created_at, priority, price, requester_trusted, covered, expires_at, faulted, cancelled, \
                              consumed, faults, rated, payload) \
         select id, user_id, kind, created_at, priority, price, requester_trusted, covered, expires_at, faulted, cancelled, consumed, faults, \
                rated, payload::json \
         from unnest($1::uuid[], $2::bigint[], $3::text[], $4::timestamptz[], $5::bigint[], $6::bigint[], $7::boolean[], $8::boolean[], \
                     $9::timestamptz[], $10::boolean[], $11::boolean[], $12::bigint[], $13::integer[], $14::boolean[], $15::text[]) \
              as t (id, user_id, kind, created_at, priority, price, requester_trusted, covered, expires_at, faulted, cancelled, consumed, \
                    faults, rated, payload) \
         on conflict (id) do nothing",
        &requests().map(|r| r.id.0).collect::<Vec<_>>(),
        &requests().map(|r| r.request.user.0).collect::<Vec<_>>(),
        &requests().map(|r| r.request.kind().as_str().to_owned()).collect::<Vec<_>>(),
        &requests().map(|r| time(r.created)).collect::<Vec<_>>(),
        &requests().map(|r| r.priority).collect::<Vec<_>>(),
        &requests().map(|r| r.price.hundredths()).collect::<Vec<_>>(),
        &requests().map(|r| r.requester_trusted).collect::<Vec<_>>(),
        &requests().map(|r| r.covered).collect::<Vec<_>>(),
        &requests().map(|r| time(r.progress.expires)).collect::<Vec<_>>(),
        &requests().map(|r| r.progress.faulted).collect::<Vec<_>>(),
        &requests().map(|r| r.progress.cancelled).collect::<Vec<_>>(),
        &requests().map(|r| r.progress.consumed.hundredths()).collect::<Vec<_>>(),
        &requests().map(|r| i32::from(r.progress.faults)).collect::<Vec<_>>(),
        &requests().map(|r| r.progress.rated).collect::<Vec<_>>(),
        &payloads,
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn progress(connection: &mut PgConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    if rows.progress.is_empty() {
        return Ok(());
    }
    let progress = || rows.progress.values();
    sqlx::query!(
        "update request set expires_at = t.expires_at, faulted = t.faulted, cancelled = t.cancelled, consumed = t.consumed, faults = t.faults, \
                rated = t.rated \
         from unnest($1::uuid[], $2::timestamptz[], $3::boolean[], $4::boolean[], $5::bigint[], $6::integer[], $7::boolean[]) \
              as t (id, expires_at, faulted, cancelled, consumed, faults, rated) \
         where request.id = t.id",
        &rows.progress.keys().map(|id| id.0).collect::<Vec<_>>(),
        &progress().map(|p| time(p.expires)).collect::<Vec<_>>(),
        &progress().map(|p| p.faulted).collect::<Vec<_>>(),
        &progress().map(|p| p.cancelled).collect::<Vec<_>>(),
        &progress().map(|p| p.consumed.hundredths()).collect::<Vec<_>>(),
        &progress().map(|p| i32::from(p.faults)).collect::<Vec<_>>(),
        &progress().map(|p| p.rated).collect::<Vec<_>>(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Tells how a job's state is stored: its name and its generation.
fn job_state(state: JobState) -> (&'static str, Option<Uuid>) {
    match state {
        JobState::Waiting => ("waiting", None),
        JobState::Leased(generation) => ("leased", Some(generation.0)),
        JobState::Done(generation) => ("done", Some(generation.0)),
        JobState::Cancelled => ("cancelled", None),
        JobState::Faulted => ("faulted", None),
    }
}

async fn jobs(connection: &mut PgConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    if rows.jobs.is_empty() {
        return Ok(());
    }
    let jobs = || rows.jobs.values();
    let (states, generations): (Vec<_>, Vec<_>) = jobs().map(|job| job_state(job.state)).unzip();
    sqlx::query!(
        "insert into job (request_id, slot, attempts, state, generation_id) \
         select request_id, slot, attempts, state, generation_id \
         from unnest($1::uuid[], $2::smallint[], $3::integer[], $4::text[], $5::uuid[]) as t (request_id, slot, attempts, state, generation_id) \
         on conflict (request_id, slot) do update \
         set attempts = excluded.attempts, state = excluded.state, generation_id = excluded.generation_id",
        &jobs().map(|job| job.id.request.0).collect::<Vec<_>>(),
        &jobs().map(|job| slot(job.id.slot)).collect::<Vec<_>>(),
        &jobs().map(|job| i32::from(job.attempts)).collect::<Vec<_>>(),
        &states.into_iter().map(str::to_owned).collect::<Vec<_>>(),
        &generations as &[Option<Uuid>],
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// How a generation's state is stored.
#[derive(Default)]
struct Ends {
    states: Vec<String>,
    ended: Vec<Option<DateTime<Utc>>>,
    rewards: Vec<Option<i64>>,
    products: Vec<Option<String>>,
}

impl Ends {
    fn of<'a>(states: impl Iterator<Item = &'a GenerationState>) -> Result<Self, sqlx::Error> {
        let mut ends = Self::default();
        for state in states {
            let (name, at, finished): (_, _, Option<&Finished>) = match state {
                GenerationState::Leased => ("leased", None, None),
                GenerationState::Done(finished) => ("done", Some(finished.at), Some(finished)),
                GenerationState::Faulted { at } => ("faulted", Some(*at), None),
                GenerationState::Expired { at } => ("expired", Some(*at), None),
            };
            ends.states.push(name.to_owned());
            ends.ended.push(at.map(time));
            ends.rewards.push(finished.map(|finished| finished.reward.hundredths()));
            ends.products.push(finished.map(|finished| json(&finished.product)).transpose()?);
        }
        Ok(ends)
    }
}

async fn leased(connection: &mut PgConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    if rows.leased.is_empty() {
        return Ok(());
    }
    let generations = || rows.leased.values();
    let ends = Ends::of(generations().map(|g| &g.state))?;
    sqlx::query!(
        "insert into generation (id, request_id, slot, attempt, worker_id, model, seed, leased_at, lease_ends_at, state, ended_at, reward, product) \
         select id, request_id, slot, attempt, worker_id, model, seed, leased_at, lease_ends_at, state, ended_at, reward, product::json \
         from unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::integer[], $5::uuid[], $6::text[], $7::bigint[], $8::timestamptz[], \
                     $9::timestamptz[], $10::text[], $11::timestamptz[], $12::bigint[], $13::text[]) \
              as t (id, request_id, slot, attempt, worker_id, model, seed, leased_at, lease_ends_at, state, ended_at, reward, product) \
         on conflict (id) do nothing",
        &generations().map(|g| g.id.0).collect::<Vec<_>>(),
        &generations().map(|g| g.job.request.0).collect::<Vec<_>>(),
        &generations().map(|g| slot(g.job.slot)).collect::<Vec<_>>(),
        &generations().map(|g| i32::from(g.attempt)).collect::<Vec<_>>(),
        &generations().map(|g| g.worker.0).collect::<Vec<_>>(),
        &generations().map(|g| text(&g.model)).collect::<Vec<_>>(),
        &generations().map(|g| g.seed.cast_signed()).collect::<Vec<_>>(),
        &generations().map(|g| time(g.leased)).collect::<Vec<_>>(),
        &generations().map(|g| time(g.lease_ends)).collect::<Vec<_>>(),
        &ends.states,
        &ends.ended as &[Option<DateTime<Utc>>],
        &ends.rewards as &[Option<i64>],
        &ends.products as &[Option<String>],
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn ended(connection: &mut PgConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    if rows.ended.is_empty() {
        return Ok(());
    }
    let ends = Ends::of(rows.ended.values().map(|state| &**state))?;
    sqlx::query!(
        "update generation set state = t.state, ended_at = t.ended_at, reward = t.reward, product = t.product::json \
         from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::bigint[], $5::text[]) as t (id, state, ended_at, reward, product) \
         where generation.id = t.id",
        &rows.ended.keys().map(|id| id.0).collect::<Vec<_>>(),
        &ends.states,
        &ends.ended as &[Option<DateTime<Utc>>],
        &ends.rewards as &[Option<i64>],
        &ends.products as &[Option<String>],
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes forgotten requests with all that hangs on them. Transfers and ratings stay for ever.
async fn forgotten(connection: &mut PgConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    if rows.forgotten.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = rows.forgotten.keys().map(|id| id.0).collect();
    sqlx::query!("delete from generation where request_id = any($1)", &ids).execute(&mut *connection).await?;
    sqlx::query!("delete from hold where request_id = any($1)", &ids).execute(&mut *connection).await?;
    sqlx::query!("delete from job where request_id = any($1)", &ids).execute(&mut *connection).await?;
    sqlx::query!("delete from request where id = any($1)", &ids).execute(connection).await?;
    Ok(())
}
