//! The statements of a fold, and what keeps the sums small. Not here: what they add (`store/statistics.rs`).

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, PgPool};

use super::Folded;

pub(super) async fn minutes(connection: &mut PgConnection, folded: &Folded) -> Result<(), sqlx::Error> {
    let (keys, tallies) = (|| folded.minutes.keys(), || folded.minutes.values());
    sqlx::query!(
        "insert into statistic_minute as sums (minute, kind, model, finished, censored, faulted, things) \
         select * from unnest($1::timestamptz[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[]) \
         on conflict (minute, kind, model) do update \
         set finished = sums.finished + excluded.finished, censored = sums.censored + excluded.censored, \
             faulted = sums.faulted + excluded.faulted, things = sums.things + excluded.things",
        &keys().map(|key| key.0).collect::<Vec<_>>(),
        &keys().map(|key| key.1.clone()).collect::<Vec<_>>(),
        &keys().map(|key| key.2.clone()).collect::<Vec<_>>(),
        &tallies().map(|tally| tally.finished).collect::<Vec<_>>(),
        &tallies().map(|tally| tally.censored).collect::<Vec<_>>(),
        &tallies().map(|tally| tally.faulted).collect::<Vec<_>>(),
        &tallies().map(|tally| tally.things).collect::<Vec<_>>(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn days(connection: &mut PgConnection, folded: &Folded) -> Result<(), sqlx::Error> {
    let (keys, tallies) = (|| folded.days.keys(), || folded.days.values());
    sqlx::query!(
        "insert into statistic_day as sums (day, kind, model, finished, censored, faulted, things) \
         select * from unnest($1::date[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[]) \
         on conflict (day, kind, model) do update \
         set finished = sums.finished + excluded.finished, censored = sums.censored + excluded.censored, \
             faulted = sums.faulted + excluded.faulted, things = sums.things + excluded.things",
        &keys().map(|key| key.0).collect::<Vec<_>>(),
        &keys().map(|key| key.1.clone()).collect::<Vec<_>>(),
        &keys().map(|key| key.2.clone()).collect::<Vec<_>>(),
        &tallies().map(|tally| tally.finished).collect::<Vec<_>>(),
        &tallies().map(|tally| tally.censored).collect::<Vec<_>>(),
        &tallies().map(|tally| tally.faulted).collect::<Vec<_>>(),
        &tallies().map(|tally| tally.things).collect::<Vec<_>>(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn facets(connection: &mut PgConnection, folded: &Folded) -> Result<(), sqlx::Error> {
    let keys = || folded.facets.keys();
    sqlx::query!(
        "insert into statistic_facet as sums (day, kind, facet, value, times) \
         select * from unnest($1::date[], $2::text[], $3::text[], $4::text[], $5::bigint[]) \
         on conflict (day, kind, facet, value) do update set times = sums.times + excluded.times",
        &keys().map(|key| key.0).collect::<Vec<_>>(),
        &keys().map(|key| key.1.clone()).collect::<Vec<_>>(),
        &keys().map(|key| key.2.clone()).collect::<Vec<_>>(),
        &keys().map(|key| key.3.clone()).collect::<Vec<_>>(),
        &folded.facets.values().copied().collect::<Vec<_>>(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets sums by the minute that no window reaches any more; those by the day stay.
pub async fn forget_minutes(pool: &PgPool, before: DateTime<Utc>) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query!("delete from statistic_minute where minute < $1", before).execute(pool).await?;
    Ok(deleted.rows_affected())
}

/// Sums up the rare values of one past day and facet under the empty value, if there is one with more than `most`; false if none is left.
pub async fn sum_up_rare(pool: &PgPool, before: NaiveDate, most: i64) -> Result<bool, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    let full = sqlx::query!(
        "select kind, day, facet from statistic_facet where day < $1 and value <> '' group by kind, day, facet having count(*) > $2 limit 1",
        before,
        most
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(full) = full else { return Ok(false) };
    let rare = sqlx::query!(
        "select value, times from statistic_facet where kind = $1 and day = $2 and facet = $3 and value <> '' \
         order by times desc, value offset $4 for update",
        full.kind,
        full.day,
        full.facet,
        most
    )
    .fetch_all(&mut *transaction)
    .await?;
    let times: i64 = rare.iter().map(|row| row.times).sum();
    let values: Vec<String> = rare.into_iter().map(|row| row.value).collect();
    sqlx::query!(
        "delete from statistic_facet where kind = $1 and day = $2 and facet = $3 and value = any($4)",
        full.kind,
        full.day,
        full.facet,
        &values
    )
    .execute(&mut *transaction)
    .await?;
    sqlx::query!(
        "insert into statistic_facet as sums (day, kind, facet, value, times) values ($1, $2, $3, '', $4) \
         on conflict (day, kind, facet, value) do update set times = sums.times + excluded.times",
        full.day,
        full.kind,
        full.facet,
        times
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(true)
}
