//! The loop: who asks for a job, when, and when it ends. Serving one job is in `run/serve.rs`, telling the server about
//! it in `run/deliver.rs`.

mod deliver;
mod popper;
mod serve;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, join_all, select};
use futures::lock::Mutex;
use throng_domain::kind::Kind;

use crate::backoff::Backoff;
use crate::clock::{Chance, Clock};
use crate::control::Control;
use crate::engine::Engine;
use crate::horde::Horde;
use crate::logbook::{Logbook, Note};
use crate::offer::{Offer, Terms};
use crate::run::popper::{Popper, Round};
use crate::task::Popped;

/// After this many faults of its own in a row a worker stops: the network would put it into maintenance at twenty.
const FAULTS_IN_A_ROW_MAX: u32 = 10;
/// The rest after a first fault; it doubles with every further one.
const FAULT_REST_FIRST: Duration = Duration::from_secs(2);
/// The longest rest after faults: ten of them must not take all day.
const FAULT_REST_LONGEST: Duration = Duration::from_mins(2);

/// What a shell brings besides network and engine.
pub trait Shell: Clock + Chance + Logbook {}

impl<T: Clock + Chance + Logbook> Shell for T {}

/// Why the loop ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// It was drained: everything popped was finished.
    #[error("drained: every job was finished")]
    Drained,
    /// It was aborted: what ran was given up, and the server told so if it could be reached.
    #[error("stopped at once: what ran was given up")]
    Aborted,
    /// It did as many jobs as it was told to do.
    #[error("did as many jobs as it was told to")]
    JobsDone,
    /// The engine can serve nothing.
    #[error("there is no model to offer")]
    NothingToOffer,
    /// The server refuses this worker for a reason that waiting does not cure.
    #[error("the server refuses this worker: {0}")]
    Refused(String),
    /// The worker faults and faults.
    #[error("{0} jobs in a row failed on this worker; the last: {1}")]
    Broken(u32, String),
}

/// A worker's loop over a network, an engine and a shell.
pub struct Bridge<H, E, S> {
    horde: H,
    engine: E,
    shell: S,
    terms: Terms,
    control: Control,
    offers: Vec<Offer>,
    jobs_max: Option<u64>,
    jobs_taken: Cell<u64>,
    popper: Mutex<Popper>,
    faults_in_a_row: Cell<u32>,
    fault_rest: RefCell<Backoff>,
    rest_until: Cell<Duration>,
    ended: RefCell<Option<Ended>>,
}

impl<H: Horde, E: Engine, S: Shell> Bridge<H, E, S> {
    /// Makes a bridge that has not begun.
    pub fn new(horde: H, engine: E, shell: S, terms: Terms, control: Control) -> Self {
        let abilities = engine.abilities();
        let offers: Vec<Offer> = Kind::ALL.into_iter().filter_map(|kind| Offer::of(kind, &abilities, &terms)).collect();
        Self {
            horde,
            engine,
            shell,
            terms,
            control,
            jobs_max: None,
            jobs_taken: Cell::new(0),
            popper: Mutex::new(Popper::new(offers.clone())),
            offers,
            faults_in_a_row: Cell::new(0),
            fault_rest: RefCell::new(Backoff::new(FAULT_REST_FIRST, FAULT_REST_LONGEST)),
            rest_until: Cell::new(Duration::ZERO),
            ended: RefCell::new(None),
        }
    }

    /// Limits the loop to a number of jobs.
    #[must_use]
    pub fn with_jobs_max(mut self, jobs_max: Option<u64>) -> Self {
        self.jobs_max = jobs_max;
        self
    }

    /// Runs until drained, aborted, refused or done.
    pub async fn run(&self) -> Ended {
        if self.popper.lock().await.is_empty() {
            return Ended::NothingToOffer;
        }
        join_all((0..self.terms.threads.max(1)).map(|lane| self.lane(lane))).await;
        match self.ended.borrow().clone() {
            Some(ended) => ended,
            None if self.control.is_aborting() => Ended::Aborted,
            None if self.control.is_draining() => Ended::Drained,
            None => Ended::JobsDone,
        }
    }

    async fn lane(&self, lane: u32) {
        while let Some((popped, asked_at)) = self.next_job().await {
            self.serve(lane, popped, asked_at).await;
        }
    }

    /// Waits for a job; none when the loop is to end. One lane at a time asks, the others queue behind it.
    async fn next_job(&self) -> Option<(Popped, Duration)> {
        let mut popper = self.popper.lock().await;
        loop {
            self.pause().await;
            if self.is_over() {
                return None;
            }
            let now = self.shell.now();
            let resting = self.rest_until.get();
            let round = if now < resting { Round::Wait(resting) } else { popper.ask(&self.horde, &self.shell).await };
            match round {
                Round::Job(popped, asked_at) => {
                    self.jobs_taken.set(self.jobs_taken.get() + 1);
                    return Some((*popped, asked_at));
                }
                Round::Wait(until) => self.wait_until(until).await,
                Round::Idle(until) => {
                    if self.woken_before(until).await {
                        popper.wake(self.shell.now());
                    }
                }
                Round::Refused(why) => self.end(Ended::Refused(why)),
            }
        }
    }

    async fn pause(&self) {
        if self.control.is_paused() && !self.control.is_draining() {
            self.shell.note(&Note::Paused);
            self.control.unpaused().await;
            self.shell.note(&Note::Resumed);
        }
    }

    fn is_over(&self) -> bool {
        self.control.is_draining()
            || self.ended.borrow().is_some()
            || self.jobs_max.is_some_and(|most| self.jobs_taken.get() >= most)
    }

    /// Waits, unless the owner's hand interrupts.
    async fn wait_until(&self, until: Duration) {
        let time = until.saturating_sub(self.shell.now());
        select(pin!(self.shell.sleep(time)), pin!(self.control.interrupted())).await;
    }

    /// Waits, unless the owner's hand interrupts or the server says that there may be work; tells whether it did.
    async fn woken_before(&self, until: Duration) -> bool {
        let time = until.saturating_sub(self.shell.now());
        let woken = pin!(self.horde.woken(&self.offers));
        let sleep = pin!(self.shell.sleep(time));
        let interrupted = pin!(self.control.interrupted());
        matches!(select(woken, select(sleep, interrupted)).await, Either::Left(_))
    }

    fn end(&self, why: Ended) {
        self.ended.borrow_mut().get_or_insert(why);
    }

    /// Forgets earlier faults: this worker can work.
    fn count_success(&self) {
        self.faults_in_a_row.set(0);
        self.fault_rest.borrow_mut().reset();
    }

    /// Rests after a fault of our own, longer each time, so that a broken worker does not eat the queue; ends at last.
    fn count_fault(&self, why: &str) {
        let faults = self.faults_in_a_row.get() + 1;
        self.faults_in_a_row.set(faults);
        if faults >= FAULTS_IN_A_ROW_MAX {
            return self.end(Ended::Broken(faults, why.to_owned()));
        }
        let wait = self.fault_rest.borrow_mut().next(&self.shell, None);
        self.rest_until.set(self.shell.now() + wait);
        self.shell.note(&Note::Resting { faults, wait });
    }
}
