//! Deletes the pictures of forgotten requests: at least once, with growing pauses after failures.
//! Not here: who leaves these errands (`journal/write.rs`), those to webhooks (`tasks/webhooks.rs`).

use std::time::Duration;

use chrono::TimeDelta;
use throng_domain::GenerationId;

use crate::app::App;
use crate::store::outbox::{self, Errand, Topic};

/// Errands are not urgent: nobody waits for them.
pub(super) const INTERVAL: Duration = Duration::from_secs(2);

/// Errands fetched at once; when there are as many, the next are fetched without a pause.
const AT_ONCE: i64 = 100;

/// After so many failures an errand is dropped; its last pause was about two hours.
const TRIES_MAX: i32 = 12;

/// Runs all errands that are due.
pub async fn run(app: App) {
    loop {
        let errands = match outbox::due(&app.pool, Topic::ForgetImages, app.clock.now(), AT_ONCE).await {
            Ok(errands) => errands,
            Err(error) => return tracing::error!(%error, "cannot read the outbox"),
        };
        let full = errands.len() as i64 == AT_ONCE;
        for errand in errands {
            if app.stopping.is_cancelled() {
                return;
            }
            if let Err(error) = settle(&app, &errand).await {
                return tracing::error!(%error, "cannot write the outbox");
            }
        }
        if !full {
            return;
        }
    }
}

async fn settle(app: &App, errand: &Errand) -> Result<(), sqlx::Error> {
    match perform(app, errand).await {
        Ok(()) => outbox::done(&app.pool, errand.id).await,
        Err(reason) if errand.tries + 1 >= TRIES_MAX => {
            tracing::error!(id = %errand.id, reason, "an errand is dropped");
            outbox::done(&app.pool, errand.id).await
        }
        Err(reason) => {
            tracing::warn!(id = %errand.id, reason, "an errand failed: it is tried again");
            let pause = TimeDelta::seconds(2_i64.pow(u32::try_from(errand.tries + 1).unwrap_or_default()));
            outbox::later(&app.pool, errand.id, app.clock.now() + pause).await
        }
    }
}

async fn perform(app: &App, errand: &Errand) -> Result<(), String> {
    let generations: Vec<GenerationId> = serde_json::from_str(&errand.payload).map_err(|error| error.to_string())?;
    app.images.forget(&generations).await.map_err(|error| error.to_string())
}
