//! Forgets answers kept for an `Idempotency-Key`. Not here: keeping them (`store/idempotency.rs`).

use std::time::Duration;

use chrono::TimeDelta;

use crate::app::App;
use crate::store::idempotency;

/// Once an hour: a day is meant roughly.
pub(super) const INTERVAL: Duration = Duration::from_hours(1);

/// A caller who tries again after a day has forgotten the first try too.
const AGE_MAX: TimeDelta = TimeDelta::hours(24);

pub(super) async fn run(app: App) {
    if let Err(error) = idempotency::forget(&app.pool, app.clock.now() - AGE_MAX).await {
        tracing::error!(%error, "cannot forget old answers");
    }
}
