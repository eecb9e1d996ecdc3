//! Forgets answers kept for an `Idempotency-Key`. Not here: keeping them (`store/idempotency.rs`).

use std::time::Duration;

use chrono::TimeDelta;

use super::Done;
use crate::app::App;
use crate::store::idempotency;

/// Once an hour: a day is meant roughly.
pub(super) const INTERVAL: Duration = Duration::from_hours(1);

/// A caller who tries again after a day has forgotten the first try too.
const AGE_MAX: TimeDelta = TimeDelta::hours(24);

pub(super) async fn run(app: App) -> Done {
    match idempotency::forget(&app.pool, app.clock.now() - AGE_MAX).await {
        Ok(count) => Done::counted(count, "answers were forgotten"),
        Err(error) => Done::failed("forget old answers", error),
    }
}
