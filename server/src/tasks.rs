//! The background household: what happens because time passes. Each task has its interval and its limit, each waits for its turn to
//! end before the next begins; where this server does not lead, only those run that read.
//! Not here: what time does to leases and requests (`throng_domain::desk`).

mod clock;
mod done;
mod filters;
mod forget_answers;
mod models;
mod outbox;
mod problems;
mod statistics;
mod sweep_images;
mod timeouts;
mod wakes;
mod webhooks;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::postgres::PgConnectOptions;
use throng_domain::desk::Settings;
use tokio::time::MissedTickBehavior;
use tokio_util::task::TaskTracker;

pub use self::done::Done;
use crate::app::{App, StartError};
use crate::clock::{Clock, Ids};
use crate::config::Config;
use crate::desk::State;
use crate::leader;
use crate::store::setup;

/// How long the desk may take to be read before [`once`] gives up.
const READY_WAIT_MAX: Duration = Duration::from_mins(2);

/// Why the tasks were not run.
#[derive(Debug, thiserror::Error)]
pub enum OnceError {
    /// A server is running, and runs them.
    #[error("a server is running on this database: it does all this by itself")]
    Leading,
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The house could not be opened.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The tables could not be read in time.
    #[error("the tables could not be read in time: the log says why")]
    NotReady,
}

/// Runs every task once, where no server runs; tells what each did.
pub async fn once(
    config: Config,
    options: PgConnectOptions,
    clock: Arc<dyn Clock>,
    ids: Arc<Ids>,
    settings: Settings,
) -> Result<Vec<(&'static str, Done)>, OnceError> {
    setup::migrate(&options).await.map_err(StartError::from)?;
    leader::lock(&options).await?.ok_or(OnceError::Leading)?.close().await?;
    let (app, house) = App::open(config, options, clock, ids, settings).await?;
    let ready = tokio::time::timeout(READY_WAIT_MAX, app.desk.ready()).await;
    let done = match ready {
        Ok(true) => Ok(vec![
            ("clock", clock::run(app.clone()).await),
            ("filters", filters::run(app.clone()).await),
            ("forget answers", forget_answers::run(app.clone()).await),
            ("models", models::run(app.clone()).await),
            ("outbox", outbox::run(app.clone()).await),
            ("problems", problems::run(app.clone()).await),
            ("statistics", statistics::run(app.clone()).await),
            ("webhooks", webhooks::run(app.clone()).await),
            ("sweep images", sweep_images::run(app.clone()).await),
            ("timeouts", timeouts::run(app.clone()).await),
        ]),
        _ => Err(OnceError::NotReady),
    };
    house.stop().await;
    done
}

/// Starts all tasks; they end when the app stops.
pub fn start(app: &App, tracker: &TaskTracker) {
    tracker.spawn(every(app.clone(), clock::INTERVAL, clock::run));
    // Whoever takes over must not judge by filters of the day it was started: these are read by standbys too.
    tracker.spawn(always(app.clone(), filters::INTERVAL, filters::run));
    tracker.spawn(every(app.clone(), forget_answers::INTERVAL, forget_answers::run));
    // Whoever takes over reads them anyway.
    tracker.spawn(every(app.clone(), models::INTERVAL, models::run));
    tracker.spawn(every(app.clone(), outbox::INTERVAL, outbox::run));
    tracker.spawn(every(app.clone(), problems::INTERVAL, problems::run));
    tracker.spawn(every(app.clone(), statistics::INTERVAL, statistics::run));
    tracker.spawn(every(app.clone(), wakes::INTERVAL, wakes::run));
    tracker.spawn(every(app.clone(), webhooks::INTERVAL, webhooks::run));
    tracker.spawn(every(app.clone(), sweep_images::INTERVAL, sweep_images::run));
    tracker.spawn(always(app.clone(), timeouts::INTERVAL, timeouts::run));
}

/// Runs a task at each interval while this server leads.
async fn every<F>(app: App, interval: Duration, task: impl Fn(App) -> F)
where
    F: Future<Output = Done>,
{
    let leading = |app: App| {
        let turn = (app.desk.state() == State::Leading).then(|| task(app));
        async {
            match turn {
                Some(turn) => turn.await,
                None => Done::Nothing,
            }
        }
    };
    always(app, interval, leading).await;
}

/// Runs a task at each interval.
async fn always<F>(app: App, interval: Duration, task: impl Fn(App) -> F)
where
    F: Future<Output = Done>,
{
    let mut interval = tokio::time::interval(interval);
    // After a pause of the machine one turn is enough.
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = interval.tick() => {}
            () = app.stopping.cancelled() => return,
        }
        match task(app.clone()).await {
            Done::Nothing => {}
            Done::Did(what) => tracing::debug!(what, "done"),
            Done::Failed(why) => tracing::error!(why, "a task of the household failed"),
        }
    }
}

pub use self::outbox::run as relay;
pub use self::statistics::run as fold_statistics;
pub use self::webhooks::run as announce;
