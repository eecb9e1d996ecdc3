//! Tells the operator, in the log, who is reported often. Not here: the reports (`store/problems.rs`).

use std::time::Duration;

use chrono::TimeDelta;

use super::Done;
use crate::app::App;
use crate::store::problems;

/// Once for each window of an hour.
pub(super) const INTERVAL: Duration = Duration::from_hours(1);

/// Reports in an hour, and in a day, that are no coincidence any more.
const WINDOWS: [(TimeDelta, i64); 2] = [(TimeDelta::hours(1), 50), (TimeDelta::hours(24), 200)];

pub(super) async fn run(app: App) -> Done {
    let mut count = 0;
    for (window, most) in WINDOWS {
        match tell(&app, window, most).await {
            Ok(told) => count += told,
            Err(error) => return Done::failed("read the grave reports", error),
        }
    }
    Done::counted(count, "users or addresses are reported often: the log says which")
}

/// Tells of one window; returns of how many.
async fn tell(app: &App, window: TimeDelta, most: i64) -> Result<u64, sqlx::Error> {
    let (since, hours) = (app.clock.now() - window, window.num_hours());
    let users = problems::often_reported(&app.pool, since, most).await?;
    for one in &users {
        tracing::warn!(user = one.user_id, proxied = one.proxied_account, one.times, hours, "reported often");
    }
    let origins = problems::often_reported_origins(&app.pool, since, most).await?;
    for one in &origins {
        tracing::warn!(address = one.address, one.times, hours, "reported often");
    }
    Ok((users.len() + origins.len()) as u64)
}
