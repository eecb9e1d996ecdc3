//! Deletes pictures that no errand deleted: uploads that were never submitted, and shared ones that were kept for long enough. Not here:
//! the pictures of forgotten requests (`outbox.rs`).

use std::time::Duration;

use chrono::TimeDelta;

use super::Done;
use crate::app::App;

/// Strays are few: an hour's worth does no harm.
pub(super) const INTERVAL: Duration = Duration::from_hours(1);

/// No request lives this long, so neither does a picture anyone may still ask for.
const AGE_MAX: TimeDelta = TimeDelta::hours(24);

/// Pictures deleted in one turn: a list of a million names must not fill the memory.
const AT_ONCE: usize = 10_000;

pub(super) async fn run(app: App) -> Done {
    let kept = TimeDelta::days(i64::from(app.config.shared_days));
    let strays = app.images.sweep(app.clock.now() - AGE_MAX, AT_ONCE).await;
    let shared = app.images.sweep_shared(app.clock.now() - kept, AT_ONCE).await;
    match (strays, shared) {
        (Ok(strays), Ok(shared)) => Done::counted((strays + shared) as u64, "pictures were deleted"),
        (Err(error), _) | (_, Err(error)) => Done::failed("sweep the store of pictures", error),
    }
}
