//! Reads the timeouts of addresses anew, for another server may have set some, and forgets those that are over.
//! Not here: setting and ending them (`addresses.rs`).

use std::time::Duration;

use chrono::TimeDelta;

use super::Done;
use crate::addresses::timeouts::REMEMBERED;
use crate::app::App;
use crate::store::timeouts;

/// A new leader knows what an old one set within a few seconds.
pub(super) const INTERVAL: Duration = Duration::from_secs(5);

/// An offence is held against an address for a day.
const OFFENCE_AGE_MAX: TimeDelta = REMEMBERED;

pub(super) async fn run(app: App) -> Done {
    let now = app.clock.now();
    let mark = app.addresses.timeouts.changes();
    let known = async {
        timeouts::forget(&app.pool, now, now - OFFENCE_AGE_MAX).await?;
        timeouts::all(&app.pool).await
    };
    match known.await {
        Ok(known) => {
            app.addresses.timeouts.fill(known, mark);
            Done::Nothing
        }
        Err(error) => Done::failed("read the timeouts of addresses", error),
    }
}
