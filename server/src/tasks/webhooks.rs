//! Announces results at webhooks: at least once, with growing pauses after failures, some at a time, so that a receiver that sleeps holds
//! up nobody. Not here: one attempt (`webhooks.rs`).

use std::time::Duration;

use chrono::TimeDelta;
use futures::StreamExt as _;
use throng_domain::desk::chronicle::Announcement;

use super::Done;
use crate::app::App;
use crate::store::outbox::{self, Errand, Topic};
use crate::webhooks;

/// Requesters wait for these.
pub(super) const INTERVAL: Duration = Duration::from_secs(1);

/// Errands fetched at once.
const AT_ONCE: i64 = 256;

/// How long taken errands are left alone: longer than all of them take, were every receiver asleep.
const CLAIM: TimeDelta = TimeDelta::seconds(90);

/// Receivers called at the same time.
const CALLS_MAX: usize = 32;

/// After so many failures an announcement is dropped: ten minutes have passed then, and its picture will not be there much longer.
const TRIES_MAX: i32 = 8;

/// The pause after the first failure; each one is twice as long as the one before.
const PAUSE_SECONDS: i64 = 5;

/// Announces all that is due.
pub async fn run(app: App) -> Done {
    let mut count = 0;
    loop {
        let errands =
            match outbox::claim(&app.pool, Topic::Webhook, app.clock.now(), app.clock.now() + CLAIM, AT_ONCE).await {
                Ok(errands) => errands,
                Err(error) => return Done::failed("read the outbox", error),
            };
        let full = errands.len() as i64 == AT_ONCE;
        count += errands.len() as u64;
        let (app, stopping) = (&app, app.stopping.clone());
        let all = futures::stream::iter(errands).for_each_concurrent(CALLS_MAX, |errand| async move {
            if let Err(error) = settle(app, &errand).await {
                tracing::error!(%error, "cannot write the outbox");
            }
        });
        tokio::select! {
            () = all => {}
            // What was not struck off is tried again by whoever leads next.
            () = stopping.cancelled() => return Done::Nothing,
        }
        if !full {
            return Done::counted(count, "announcements were tried");
        }
    }
}

async fn settle(app: &App, errand: &Errand) -> Result<(), sqlx::Error> {
    let outcome = match serde_json::from_str::<Announcement>(&errand.payload) {
        Ok(result) => webhooks::deliver(app, &result).await,
        Err(error) => {
            tracing::error!(id = %errand.id, %error, "an announcement cannot be read: it is dropped");
            return outbox::done(&app.pool, &[errand.id]).await;
        }
    };
    match outcome {
        Ok(()) => outbox::done(&app.pool, &[errand.id]).await,
        Err(reason) if errand.tries + 1 >= TRIES_MAX => {
            tracing::info!(id = %errand.id, reason, "an announcement is dropped");
            outbox::done(&app.pool, &[errand.id]).await
        }
        Err(reason) => {
            tracing::debug!(id = %errand.id, reason, "an announcement failed: it is tried again");
            let pause = TimeDelta::seconds(PAUSE_SECONDS << errand.tries.clamp(0, TRIES_MAX));
            outbox::later(&app.pool, errand.id, app.clock.now() + pause).await
        }
    }
}
