//! Wakes more of those who wait for work, for jobs that nobody took. Not here: whom (`watching/sleepers.rs`).

use std::time::Duration;

use super::Done;
use crate::app::App;

/// By then, whoever was woken has asked.
pub(super) const INTERVAL: Duration = Duration::from_secs(1);

pub(super) async fn run(app: App) -> Done {
    // A desk that is not there says so in its own words.
    match app.watching.sleepers().look_after(&app.desk).await {
        Ok(count) => Done::counted(count, "requests were called out again"),
        Err(_) => Done::Nothing,
    }
}
