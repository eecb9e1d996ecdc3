//! Deletes pictures that no errand deleted: uploads that were never submitted. Not here: the pictures of forgotten requests (`outbox.rs`).

use std::time::Duration;

use chrono::TimeDelta;

use crate::app::App;

/// Strays are few: an hour's worth does no harm.
pub(super) const INTERVAL: Duration = Duration::from_hours(1);

/// No request lives this long, so neither does a picture anyone may still ask for.
const AGE_MAX: TimeDelta = TimeDelta::hours(24);

/// Pictures deleted in one turn: a list of a million names must not fill the memory.
const AT_ONCE: usize = 10_000;

pub(super) async fn run(app: App) {
    match app.images.sweep(app.clock.now() - AGE_MAX, AT_ONCE).await {
        Ok(0) => {}
        Ok(swept) => tracing::info!(swept, "deleted stray pictures"),
        Err(error) => tracing::error!(%error, "cannot sweep the store of pictures"),
    }
}
