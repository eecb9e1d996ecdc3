//! Ticks the desk: leases that ran out, requests too old, uptime. Not here: what a tick does (`throng_domain::desk`).

use std::time::Duration;

use crate::app::App;

/// A lease counts in seconds: nothing is gained by looking more often.
pub(super) const INTERVAL: Duration = Duration::from_secs(1);

pub(super) async fn run(app: App) {
    loop {
        // A desk that is not there says so in its own words.
        let Ok(ticked) = app.desk.tick().await else { return };
        if !ticked.more {
            return;
        }
        tracing::info!(ticked.rescued, ticked.forgotten, "much ran out at once: going on");
    }
}
