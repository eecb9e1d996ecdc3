//! Folds what ended into sums, and keeps the sums small. Not here: the sums (`store/statistics.rs`).

use std::time::Duration;

use chrono::TimeDelta;

use super::Done;
use crate::app::App;
use crate::statistics::Windows;
use crate::store::statistics;

/// Once a minute: the sums are read with what is not folded yet, so nobody waits for it.
pub(super) const INTERVAL: Duration = Duration::from_mins(1);

/// How old a generation must be to be folded. A batch is resent for a minute at most; a fold in between would count it twice.
const AGE_MIN: TimeDelta = TimeDelta::minutes(10);

/// Generations folded in one transaction.
const AT_ONCE: i64 = 5_000;

/// A day longer than the longest window.
const MINUTES_KEPT: TimeDelta = TimeDelta::days(31);

/// Values that are kept of one facet of one past day.
const VALUES_MAX: i64 = 500;

/// Folds all that is old enough.
pub async fn run(app: App) -> Done {
    match fold(&app).await {
        Ok(count) => Done::counted(count, "generations were folded into the sums"),
        Err(error) => Done::failed("fold the statistics", error),
    }
}

async fn fold(app: &App) -> Result<u64, sqlx::Error> {
    let mut count = 0;
    let now = app.clock.now();
    loop {
        let folded = statistics::fold(&app.pool, now - AGE_MIN, AT_ONCE).await?;
        count += folded as u64;
        if app.stopping.is_cancelled() {
            return Ok(count);
        }
        if (folded as i64) < AT_ONCE {
            break;
        }
    }
    statistics::forget_minutes(&app.pool, now - MINUTES_KEPT).await?;
    while statistics::sum_up_rare(&app.pool, Windows::at(now).whole_until, VALUES_MAX).await? {
        if app.stopping.is_cancelled() {
            return Ok(count);
        }
    }
    Ok(count)
}
