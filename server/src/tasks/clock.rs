//! Ticks the desk: leases that ran out, requests too old, uptime. Not here: what a tick does (`throng_domain::desk`).

use std::time::Duration;

use super::Done;
use crate::app::App;

/// A lease counts in seconds: nothing is gained by looking more often.
pub(super) const INTERVAL: Duration = Duration::from_secs(1);

pub(super) async fn run(app: App) -> Done {
    let (mut rescued, mut forgotten) = (0_u64, 0_u64);
    loop {
        // A desk that is not there says so in its own words.
        let Ok(ticked) = app.desk.tick().await else { return Done::Nothing };
        rescued += u64::from(ticked.rescued);
        forgotten += u64::from(ticked.forgotten);
        if !ticked.more {
            let idle = rescued + forgotten == 0;
            let did = || Done::Did(format!("{rescued} leases ran out, {forgotten} requests were forgotten"));
            return if idle { Done::Nothing } else { did() };
        }
        tracing::info!(ticked.rescued, ticked.forgotten, "much ran out at once: going on");
    }
}
