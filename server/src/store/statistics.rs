//! Statistics: folding what ended lately into sums by the minute and the day, and reading sums and leftovers together, so that nothing is
//! counted twice or not at all at any time. Not here: writing what ended (`journal/write/chronicle.rs`).

use std::collections::BTreeMap;

use chrono::{DateTime, DurationRound as _, NaiveDate, TimeDelta, Utc};
use sqlx::PgPool;
use throng_domain::Kind;
use uuid::Uuid;

use crate::statistics::{Facets, Windows};

mod write;

/// Sums of one window: generations, and what was asked for in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum {
    /// How many ended, however they did.
    pub made: i64,
    /// Width x height x steps, or tokens.
    pub things: i64,
}

/// The sums of all windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// The last full minute.
    pub minute: Sum,
    /// The last 60 full minutes.
    pub hour: Sum,
    /// The last 24 hours of full minutes.
    pub day: Sum,
    /// The last 30 days of full minutes.
    pub month: Sum,
    /// All, up to now.
    pub total: Sum,
}

/// How often one model was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelUse {
    /// Its name.
    pub model: String,
    /// In the last 24 hours of full minutes.
    pub day: i64,
    /// In the last 30 days of full minutes.
    pub month: i64,
    /// Ever.
    pub total: i64,
}

/// How often one means was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetUse {
    /// Which means.
    pub value: String,
    /// In how many generations.
    pub times: i64,
}

/// Generations of one model in a minute or a day.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub finished: i64,
    pub censored: i64,
    pub faulted: i64,
    pub things: i64,
}

/// What a fold adds to the sums.
#[derive(Debug, Default)]
pub(super) struct Folded {
    pub minutes: BTreeMap<(DateTime<Utc>, String, String), Tally>,
    pub days: BTreeMap<(NaiveDate, String, String), Tally>,
    pub facets: BTreeMap<(NaiveDate, String, String, String), i64>,
}

/// Folds generations that ended before `before` into the sums, and deletes them, in one transaction; returns how many.
pub async fn fold(pool: &PgPool, before: DateTime<Utc>, most: i64) -> Result<usize, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    let rows = sqlx::query!(
        r#"select generation_id, kind, model, ended_at, outcome, things, details::text as "details!"
           from statistic where ended_at < $1 order by ended_at limit $2 for update"#,
        before,
        most
    )
    .fetch_all(&mut *transaction)
    .await?;
    let mut folded = Folded::default();
    let ids: Vec<Uuid> = rows.iter().map(|row| row.generation_id).collect();
    for row in rows {
        let minute = row.ended_at.duration_trunc(TimeDelta::minutes(1)).unwrap_or(row.ended_at);
        let day = row.ended_at.date_naive();
        let key = (row.kind.clone(), row.model);
        folded.minutes.entry((minute, key.0.clone(), key.1.clone())).or_default().add(&row.outcome, row.things);
        folded.days.entry((day, key.0, key.1)).or_default().add(&row.outcome, row.things);
        // What cannot be read is counted all the same, without its means.
        let facets: Facets = serde_json::from_str(&row.details).unwrap_or_default();
        for (facet, values) in facets {
            for value in values.into_iter().filter(|value| !value.is_empty()) {
                *folded.facets.entry((day, row.kind.clone(), facet.clone(), value)).or_default() += 1;
            }
        }
    }
    write::minutes(&mut transaction, &folded).await?;
    write::days(&mut transaction, &folded).await?;
    write::facets(&mut transaction, &folded).await?;
    sqlx::query!("delete from statistic where generation_id = any($1)", &ids).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(ids.len())
}

impl Tally {
    fn add(&mut self, outcome: &str, things: i64) {
        match outcome {
            "ok" => self.finished += 1,
            "censored" => self.censored += 1,
            _ => self.faulted += 1,
        }
        self.things = self.things.saturating_add(things);
    }
}

pub use self::write::{forget_minutes, sum_up_rare};

/// Reads the sums of a kind. All windows are read at one point in time.
pub async fn totals(pool: &PgPool, kind: Kind, windows: &Windows) -> Result<Totals, sqlx::Error> {
    let row = sqlx::query!(
        r#"with made as (
               select minute as at, finished + censored + faulted as made, things from statistic_minute
               where kind = $1 and minute >= $5 and minute < $6
                 and (minute < $7::date::timestamp at time zone 'UTC' or minute >= $8::date::timestamp at time zone 'UTC')
               union all
               select ended_at, 1, things from statistic where kind = $1 and ended_at < $6
               union all
               select day::timestamp at time zone 'UTC', finished + censored + faulted, things from statistic_day
               where kind = $1 and day >= $7 and day < $8
           ), ever as (
               select finished + censored + faulted as made, things from statistic_day where kind = $1
               union all
               select 1, things from statistic where kind = $1
           )
           select coalesce(sum(made) filter (where at >= $2), 0)::bigint as "minute!",
                  coalesce(sum(things) filter (where at >= $2), 0)::bigint as "minute_things!",
                  coalesce(sum(made) filter (where at >= $3), 0)::bigint as "hour!",
                  coalesce(sum(things) filter (where at >= $3), 0)::bigint as "hour_things!",
                  coalesce(sum(made) filter (where at >= $4), 0)::bigint as "day!",
                  coalesce(sum(things) filter (where at >= $4), 0)::bigint as "day_things!",
                  coalesce(sum(made) filter (where at >= $5), 0)::bigint as "month!",
                  coalesce(sum(things) filter (where at >= $5), 0)::bigint as "month_things!",
                  (select coalesce(sum(made), 0)::bigint from ever) as "total!",
                  (select coalesce(sum(things), 0)::bigint from ever) as "total_things!"
           from made"#,
        kind.as_str(),
        windows.minute,
        windows.hour,
        windows.day,
        windows.month,
        windows.end,
        windows.whole_from,
        windows.whole_until,
    )
    .fetch_one(pool)
    .await?;
    let sum = |made, things| Sum { made, things };
    Ok(Totals {
        minute: sum(row.minute, row.minute_things),
        hour: sum(row.hour, row.hour_things),
        day: sum(row.day, row.day_things),
        month: sum(row.month, row.month_things),
        total: sum(row.total, row.total_things),
    })
}

/// Reads how often each model of a kind was used.
pub async fn models(pool: &PgPool, kind: Kind, windows: &Windows) -> Result<Vec<ModelUse>, sqlx::Error> {
    sqlx::query_as!(
        ModelUse,
        r#"select model as "model!", coalesce(sum(made) filter (where at >= $2 and is_recent), 0)::bigint as "day!",
                  coalesce(sum(made) filter (where at >= $3 and is_recent), 0)::bigint as "month!",
                  coalesce(sum(made) filter (where is_ever), 0)::bigint as "total!"
           from (
               select model, minute as at, finished + censored + faulted as made, true as is_recent, false as is_ever
               from statistic_minute
               where kind = $1 and minute >= $3 and minute < $4
                 and (minute < $5::date::timestamp at time zone 'UTC' or minute >= $6::date::timestamp at time zone 'UTC')
               union all
               select model, ended_at, 1, ended_at < $4, true from statistic where kind = $1
               union all
               select model, day::timestamp at time zone 'UTC', finished + censored + faulted, day >= $5 and day < $6, true
               from statistic_day where kind = $1
           ) as made
           group by model order by model"#,
        kind.as_str(),
        windows.day,
        windows.month,
        windows.end,
        windows.whole_from,
        windows.whole_until,
    )
    .fetch_all(pool)
    .await
}

/// Lists the means of a kind that were used most since a day, as far as they were folded.
pub async fn most_used(
    pool: &PgPool,
    kind: Kind,
    facet: &str,
    since: NaiveDate,
    most: i64,
) -> Result<Vec<FacetUse>, sqlx::Error> {
    sqlx::query_as!(
        FacetUse,
        r#"select value, sum(times)::bigint as "times!" from statistic_facet
           where kind = $1 and facet = $2 and day >= $3 and value <> ''
           group by value order by sum(times) desc, value limit $4"#,
        kind.as_str(),
        facet,
        since,
        most
    )
    .fetch_all(pool)
    .await
}
