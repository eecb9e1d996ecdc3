//! Asking for jobs: the kinds take turns, and each waits for itself when there is nothing, trouble or maintenance.

use std::time::Duration;

use crate::backoff::Backoff;
use crate::horde::{Horde, HordeError, Pop};
use crate::logbook::Note;
use crate::offer::Offer;
use crate::run::Shell;
use crate::task::Popped;
use crate::wire::{AfterPop, after_pop};

/// The first wait when there is nothing: a requester should not wait much longer than this for an idle worker.
const IDLE_FIRST: Duration = Duration::from_millis(500);
/// The longest wait when there is nothing; AI Horde's own workers ask every one to three seconds.
const IDLE_LONGEST: Duration = Duration::from_secs(3);
/// The wait when there is nothing and the server says when there is: only for what it forgets to say, and so that it sees who is there.
const IDLE_LISTENING: Duration = Duration::from_secs(20);
/// However often the server says so, a kind is asked for no sooner after it was asked for: as soon as without being told.
const WOKEN_PAUSE: Duration = Duration::from_millis(250);
/// The first wait after trouble.
const TROUBLE_FIRST: Duration = Duration::from_secs(1);
/// The longest wait in lasting trouble: a server that is back is noticed within a minute.
const TROUBLE_LONGEST: Duration = Duration::from_mins(1);
/// How often a worker in maintenance asks whether it still is.
const MAINTENANCE_WAIT: Duration = Duration::from_mins(1);
/// Messages remembered so as not to repeat them; operators seldom send more than a few.
const MESSAGES_REMEMBERED_MAX: usize = 100;

/// What a round of asking brought.
pub(super) enum Round {
    /// A job, and when it was asked for.
    Job(Box<Popped>, Duration),
    /// Nothing before this moment.
    Wait(Duration),
    /// Nothing before this moment, unless the server says that there may be work.
    Idle(Duration),
    /// The server wants no more of this worker.
    Refused(String),
}

/// Asks for jobs of every kind there is a model for.
pub(super) struct Popper {
    stalls: Vec<Stall>,
    /// Whose turn it is.
    turn: usize,
    messages: Vec<String>,
}

/// One kind, and when it may be asked for again.
struct Stall {
    offer: Offer,
    not_before: Duration,
    asked_at: Duration,
    /// It waits because there was nothing, not because of trouble.
    is_idle: bool,
    idle: Backoff,
    trouble: Backoff,
    in_maintenance: bool,
    /// The reasons told last.
    reasons: Vec<String>,
}

impl Popper {
    pub(super) fn new(offers: Vec<Offer>) -> Self {
        let stalls = offers.into_iter().map(Stall::new).collect();
        Self { stalls, turn: 0, messages: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.stalls.is_empty()
    }

    /// Asks for the kind whose turn it is, among those that may be asked for now.
    pub(super) async fn ask(&mut self, horde: &impl Horde, shell: &impl Shell) -> Round {
        let now = shell.now();
        let count = self.stalls.len();
        let due = (0..count).map(|step| (self.turn + step) % count).find(|&at| self.stalls[at].not_before <= now);
        let Some(at) = due else {
            let until = self.stalls.iter().map(|stall| stall.not_before).min().unwrap_or(now);
            return if self.stalls.iter().any(|stall| stall.is_idle) { Round::Idle(until) } else { Round::Wait(until) };
        };
        // Whatever comes, the next kind is next: one busy kind must not starve the other.
        self.turn = (at + 1) % count;
        let stall = &mut self.stalls[at];
        stall.asked_at = now;
        match horde.pop(&stall.offer).await {
            Ok(pop) => {
                self.remember(&pop.messages, shell);
                self.stalls[at].take(pop, now, horde.is_listening(), shell)
            }
            Err(error) => stall.suffer(&error, shell),
        }
    }

    /// Lets the kinds be asked for that wait because there was nothing.
    pub(super) fn wake(&mut self, now: Duration) {
        for stall in self.stalls.iter_mut().filter(|stall| stall.is_idle) {
            stall.not_before = stall.not_before.min(now.max(stall.asked_at + WOKEN_PAUSE));
        }
    }

    fn remember(&mut self, messages: &[String], shell: &impl Shell) {
        for message in messages {
            if !self.messages.contains(message) {
                shell.note(&Note::Message(message));
                if self.messages.len() >= MESSAGES_REMEMBERED_MAX {
                    self.messages.remove(0);
                }
                self.messages.push(message.clone());
            }
        }
    }
}

impl Stall {
    fn new(offer: Offer) -> Self {
        Self {
            offer,
            not_before: Duration::ZERO,
            asked_at: Duration::ZERO,
            is_idle: false,
            idle: Backoff::new(IDLE_FIRST, IDLE_LONGEST),
            trouble: Backoff::new(TROUBLE_FIRST, TROUBLE_LONGEST),
            in_maintenance: false,
            reasons: Vec::new(),
        }
    }

    fn take(&mut self, pop: Pop, asked_at: Duration, is_told: bool, shell: &impl Shell) -> Round {
        self.trouble.reset();
        self.in_maintenance = false;
        self.is_idle = pop.popped.is_none();
        if let Some(popped) = pop.popped {
            self.idle.reset();
            return Round::Job(Box::new(popped), asked_at);
        }
        // Counts change all the time on a busy network; what the owner can act on are the reasons.
        let reasons: Vec<String> =
            pop.skipped.iter().filter(|(_, count)| **count > 0).map(|(reason, _)| reason.clone()).collect();
        if reasons != self.reasons {
            shell.note(&Note::Nothing { kind: self.offer.kind, skipped: &pop.skipped });
            self.reasons = reasons;
        }
        let now = shell.now();
        // A fresh back-off each time: the same wait, but with jitter.
        let told = || Backoff::new(IDLE_LISTENING, IDLE_LISTENING).next(shell, None);
        self.not_before = now + if is_told { told() } else { self.idle.next(shell, None) };
        Round::Wait(now)
    }

    fn suffer(&mut self, error: &HordeError, shell: &impl Shell) -> Round {
        let now = shell.now();
        self.is_idle = false;
        match after_pop(error) {
            AfterPop::Stop => return Round::Refused(error.to_string()),
            AfterPop::Maintenance(message) => {
                if !self.in_maintenance {
                    shell.note(&Note::Maintenance { kind: self.offer.kind, message });
                }
                self.in_maintenance = true;
                // A fresh back-off each time: the same wait, but with jitter.
                self.not_before = now + Backoff::new(MAINTENANCE_WAIT, MAINTENANCE_WAIT).next(shell, None);
            }
            AfterPop::Retry => {
                let wait = self.trouble.next(shell, error.retry_after());
                shell.note(&Note::Trouble { doing: "asking for a job", why: &error.to_string(), wait });
                self.not_before = now + wait;
            }
        }
        Round::Wait(now)
    }
}
