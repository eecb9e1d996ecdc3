//! Wakes more of those who wait for work, for jobs that nobody took. Not here: whom (`throng_policy::wake`).

use std::time::Duration;

use throng_policy::wake::PAUSE_MILLIS;

use super::Done;
use crate::app::App;

/// By then, whoever was woken has asked.
pub(super) const INTERVAL: Duration = Duration::from_millis(PAUSE_MILLIS);

pub(super) async fn run(app: App) -> Done {
    // A desk that is not there says so in its own words.
    match app.watching.sleepers().look_after(&app.desk, app.watching.outbox()).await {
        Ok(count) => Done::counted(count, "requests were called out again"),
        Err(_) => Done::Nothing,
    }
}
