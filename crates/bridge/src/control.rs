//! The owner's hand on the loop: pause, resume, drain, abort. Can be held by a signal handler or a button.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use event_listener::Event;

/// Zero, the default, means working.
const DRAINING: u8 = 1;
const ABORTING: u8 = 2;

/// A handle to steer a running [`crate::Bridge`]; clones steer the same one.
#[derive(Debug, Clone, Default)]
pub struct Control(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    paused: AtomicBool,
    stage: AtomicU8,
    changed: Event,
}

impl Control {
    /// A hand that lets the loop run.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets running jobs finish and asks for no more until [`Control::resume`].
    pub fn pause(&self) {
        self.0.paused.store(true, Ordering::SeqCst);
        self.0.changed.notify(usize::MAX);
    }

    /// Ends a pause.
    pub fn resume(&self) {
        self.0.paused.store(false, Ordering::SeqCst);
        self.0.changed.notify(usize::MAX);
    }

    /// Pauses when running, resumes when paused; tells whether it is paused now.
    pub fn toggle_pause(&self) -> bool {
        let paused = !self.0.paused.fetch_xor(true, Ordering::SeqCst);
        self.0.changed.notify(usize::MAX);
        paused
    }

    /// Lets running jobs finish, then ends the loop.
    pub fn drain(&self) {
        self.0.stage.fetch_max(DRAINING, Ordering::SeqCst);
        self.0.changed.notify(usize::MAX);
    }

    /// Stops running jobs, reports them as faulted, then ends the loop.
    pub fn abort(&self) {
        self.0.stage.fetch_max(ABORTING, Ordering::SeqCst);
        self.0.changed.notify(usize::MAX);
    }

    /// Whether the loop rests.
    pub fn is_paused(&self) -> bool {
        self.0.paused.load(Ordering::SeqCst)
    }

    /// Whether the loop is to end.
    pub fn is_draining(&self) -> bool {
        self.0.stage.load(Ordering::SeqCst) >= DRAINING
    }

    /// Whether running jobs are to be given up.
    pub fn is_aborting(&self) -> bool {
        self.0.stage.load(Ordering::SeqCst) >= ABORTING
    }

    /// Waits until the loop is to end.
    pub async fn draining(&self) {
        self.until(Self::is_draining).await;
    }

    /// Waits until running jobs are to be given up.
    pub async fn aborting(&self) {
        self.until(Self::is_aborting).await;
    }

    /// Waits while the loop is paused; a drain ends the wait.
    pub(crate) async fn unpaused(&self) {
        self.until(|control| !control.is_paused() || control.is_draining()).await;
    }

    /// Waits until the loop has a reason not to ask for a job.
    pub(crate) async fn interrupted(&self) {
        self.until(|control| control.is_paused() || control.is_draining()).await;
    }

    async fn until(&self, reached: impl Fn(&Self) -> bool) {
        while !reached(self) {
            let change = self.0.changed.listen();
            // Looked at again: it may have changed between the test and the listening.
            if reached(self) {
                return;
            }
            change.await;
        }
    }
}
