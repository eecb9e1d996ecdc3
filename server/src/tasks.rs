//! The background household: what happens because time passes. Each task has its interval and its limit, each waits for its turn to
//! end before the next begins, none runs where this server does not lead.
//! Not here: what time does to leases and requests (`throng_domain::desk`).

mod clock;
mod filters;
mod forget_answers;
mod outbox;
mod problems;
mod statistics;
mod sweep_images;
mod timeouts;
mod webhooks;

use std::future::Future;
use std::time::Duration;

use tokio::time::MissedTickBehavior;
use tokio_util::task::TaskTracker;

use crate::app::App;
use crate::desk::State;

/// Starts all tasks; they end when the app stops.
pub fn start(app: &App, tracker: &TaskTracker) {
    tracker.spawn(every(app.clone(), clock::INTERVAL, clock::run));
    tracker.spawn(every(app.clone(), filters::INTERVAL, filters::run));
    tracker.spawn(every(app.clone(), forget_answers::INTERVAL, forget_answers::run));
    tracker.spawn(every(app.clone(), outbox::INTERVAL, outbox::run));
    tracker.spawn(every(app.clone(), problems::INTERVAL, problems::run));
    tracker.spawn(every(app.clone(), statistics::INTERVAL, statistics::run));
    tracker.spawn(every(app.clone(), webhooks::INTERVAL, webhooks::run));
    tracker.spawn(every(app.clone(), sweep_images::INTERVAL, sweep_images::run));
    tracker.spawn(every(app.clone(), timeouts::INTERVAL, timeouts::run));
}

async fn every<F>(app: App, interval: Duration, task: impl Fn(App) -> F)
where
    F: Future<Output = ()>,
{
    let mut interval = tokio::time::interval(interval);
    // After a pause of the machine one turn is enough.
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = interval.tick() => {}
            () = app.stopping.cancelled() => return,
        }
        if app.desk.state() == State::Leading {
            task(app.clone()).await;
        }
    }
}

pub use self::outbox::run as relay;
pub use self::statistics::run as fold_statistics;
pub use self::webhooks::run as announce;
