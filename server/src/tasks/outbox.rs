//! Deletes the pictures of forgotten requests, or puts shared ones where they are kept: at least once, with growing pauses after failures.
//! Not here: who leaves these errands (`journal/write.rs`), those to webhooks (`tasks/webhooks.rs`).

use std::time::Duration;

use chrono::TimeDelta;
use serde::de::DeserializeOwned;

use super::Done;
use crate::app::App;
use crate::store::outbox::{self, Errand, SharedPictures, Topic};

/// Errands are not urgent: nobody waits for them.
pub(super) const INTERVAL: Duration = Duration::from_secs(2);

/// Errands fetched at once; when there are as many, the next are fetched without a pause.
const AT_ONCE: i64 = 100;

/// After so many failures an errand is dropped; its last pause was about two hours.
const TRIES_MAX: i32 = 12;

/// Runs all errands that are due.
pub async fn run(app: App) -> Done {
    let mut count = 0;
    for topic in [Topic::ForgetImages, Topic::ShareImages] {
        match run_those(&app, topic).await {
            Ok(ran) => count += ran,
            Err(failed) => return failed,
        }
    }
    Done::counted(count, "errands were run")
}

async fn run_those(app: &App, topic: Topic) -> Result<u64, Done> {
    let mut count = 0;
    loop {
        let errands = outbox::due(&app.pool, topic, app.clock.now(), AT_ONCE).await;
        let errands = errands.map_err(|error| Done::failed("read the outbox", error))?;
        let full = errands.len() as i64 == AT_ONCE;
        let mut done = Vec::with_capacity(errands.len());
        for errand in &errands {
            if app.stopping.is_cancelled() {
                break;
            }
            if settled(app, topic, errand).await.map_err(|error| Done::failed("write the outbox", error))? {
                done.push(errand.id);
            }
            count += 1;
        }
        // An errand that was run and not struck off, because this process died in between, is run again: it does no harm twice.
        outbox::done(&app.pool, &done).await.map_err(|error| Done::failed("write the outbox", error))?;
        if !full || app.stopping.is_cancelled() {
            return Ok(count);
        }
    }
}

/// Runs an errand; true when it is to be struck off, false when it was put off.
async fn settled(app: &App, topic: Topic, errand: &Errand) -> Result<bool, sqlx::Error> {
    match perform(app, topic, errand).await {
        Ok(()) => Ok(true),
        Err(reason) if errand.tries + 1 >= TRIES_MAX => {
            tracing::error!(id = %errand.id, reason, "an errand is dropped");
            Ok(true)
        }
        Err(reason) => {
            tracing::warn!(id = %errand.id, reason, "an errand failed: it is tried again");
            let pause = TimeDelta::seconds(2_i64.pow(u32::try_from(errand.tries + 1).unwrap_or_default()));
            outbox::later(&app.pool, errand.id, app.clock.now() + pause).await?;
            Ok(false)
        }
    }
}

async fn perform(app: &App, topic: Topic, errand: &Errand) -> Result<(), String> {
    let (keep, forget) = match topic {
        Topic::ShareImages => {
            let pictures: SharedPictures = read(errand)?;
            (pictures.keep, pictures.forget)
        }
        Topic::ForgetImages | Topic::Webhook => (Vec::new(), read(errand)?),
    };
    let kept = async {
        app.images.forget(&forget).await?;
        if app.config.shared_days == 0 {
            return app.images.forget(&keep).await;
        }
        app.images.keep_shared(&keep).await
    };
    kept.await.map_err(|error| error.to_string())
}

fn read<T: DeserializeOwned>(errand: &Errand) -> Result<T, String> {
    serde_json::from_str(&errand.payload).map_err(|error| error.to_string())
}
