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
        match problems::often_reported(&app.pool, app.clock.now() - window, most).await {
            Ok(reported) => reported.iter().for_each(|one| {
                let hours = window.num_hours();
                tracing::warn!(user = one.user_id, proxied = one.proxied_account, one.times, hours, "reported often");
                count += 1;
            }),
            Err(error) => return Done::failed("read the grave reports", error),
        }
    }
    Done::counted(count, "users are reported often: the log says who")
}
