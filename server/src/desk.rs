//! The way to the desk: [`DeskHandle`] hands acts and reads to the one task that owns the hot state (`desk/task.rs`), and gives
//! back their answers when what they saw is durable. The typed acts are in `desk/acts.rs`.
//! Not here: the rules (`throng-domain`), rows (`journal.rs`).

mod acts;
mod meter;
pub mod task;

use std::sync::Arc;

use throng_domain::desk::moderation::{self, ModeratorAct};
use throng_domain::{Desk, Event, Timestamp, UserId};
use tokio::sync::{mpsc, oneshot, watch};

pub use self::acts::Acted;
pub use self::meter::{Meter, Reading};
pub use self::task::DeskTask;
use crate::clock::Ids;

/// Acts that may wait for the desk. At twenty thousand acts a second that is a wait of under a second; beyond it, an honest
/// "busy" is better than an answer nobody waits for any more.
pub const QUEUE_ACTS_MAX: usize = 16_384;

/// How soon a requester who was refused for lack of a desk should try again: a rebuild takes a second or two.
pub const RETRY_AFTER_SECONDS: u64 = 3;

/// The desk cannot take an act now; nothing has happened, or it is not known whether it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// Another server leads, or this one is still reading its tables.
    #[error("the network is starting or another server leads it; try again in a few seconds")]
    NotLeading,
    /// Too many acts wait.
    #[error("the network is busy; try again in a few seconds")]
    Busy,
    /// The database went away while the act was being written: it may or may not have happened.
    #[error("the network lost its database for a moment; look before you try again")]
    Unknown,
}

/// Why an act did not succeed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DeskError<R> {
    /// The rules said no.
    #[error("refused")]
    Refused(R),
    /// The desk could not take it.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Where the desk stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Waiting for the lead.
    Standby,
    /// Reading the tables.
    Rebuilding,
    /// Taking acts.
    Leading,
    /// The writer's connection is gone: nothing is admitted until it is back.
    Stalled,
    /// Stopped for good.
    Stopped,
}

/// Chance for the rules, from the server's source.
pub(crate) struct Chance<'a>(pub(crate) &'a Ids);

impl throng_domain::Ids for Chance<'_> {
    fn uuid(&mut self, now: Timestamp) -> uuid::Uuid {
        self.0.uuid_at(now.0.div_euclid(1000))
    }

    fn random(&mut self) -> u64 {
        self.0.number()
    }
}

/// What an act is given: the desk, the time, chance, and where to say what happened.
pub(crate) struct Turn<'a> {
    pub(crate) desk: &'a mut Desk,
    pub(crate) now: Timestamp,
    /// The number of this act: it grows with every act, and from leader to leader.
    pub(crate) sequence: u64,
    pub(crate) ids: Chance<'a>,
    pub(crate) events: &'a mut Vec<Event>,
}

impl Turn<'_> {
    /// Writes down what a moderator did, in the batch of the act itself.
    #[expect(clippy::needless_pass_by_value, reason = "an id or a text, made on the spot")]
    pub(crate) fn note(
        &mut self,
        by: UserId,
        act: moderation::Act,
        target: impl ToString,
        whom: Option<UserId>,
        details: serde_json::Value,
    ) {
        let id = throng_domain::Ids::uuid(&mut self.ids, self.now);
        let (target, details) = (target.to_string().into(), Arc::new(details));
        let act = ModeratorAct { id, at: self.now, by, act, target, whom, details };
        self.events.push(Event::Moderated(Arc::new(act)));
    }
}

/// An act on its way: run once with the desk, it returns how to answer once that is durable.
pub(crate) type Act = Box<dyn FnOnce(&mut Turn<'_>) -> Answer + Send>;

/// Sends an answer off. Dropped instead, the asker learns that the outcome is unknown.
pub(crate) type Answer = Box<dyn FnOnce() + Send>;

/// The way to the desk. Cheap to clone.
#[derive(Debug, Clone)]
pub struct DeskHandle {
    queue: mpsc::Sender<Act>,
    state: watch::Receiver<State>,
    meter: Arc<Meter>,
}

impl DeskHandle {
    pub(crate) fn new(queue: mpsc::Sender<Act>, state: watch::Receiver<State>, meter: Arc<Meter>) -> Self {
        Self { queue, state, meter }
    }

    /// Asks the desk something that needs the time.
    pub async fn read_at<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Desk, Timestamp) -> T + Send + 'static,
    ) -> Result<T, Unavailable> {
        self.turn(move |turn| look(turn.desk, turn.now)).await
    }

    /// Asks the desk something, and tells the number of the look: whatever is seen later has a higher one, under every
    /// leader there will be.
    pub async fn read_numbered<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Desk, Timestamp) -> T + Send + 'static,
    ) -> Result<(u64, T), Unavailable> {
        self.turn(move |turn| (turn.sequence, look(turn.desk, turn.now))).await
    }

    /// Asks the desk something; the answer comes when everything it shows is durable, so nobody ever sees what a crash could undo.
    pub async fn read<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Desk) -> T + Send + 'static,
    ) -> Result<T, Unavailable> {
        self.turn(move |turn| look(turn.desk)).await
    }

    /// Hands one turn at the desk to `act` and waits until what it did is durable.
    pub(crate) async fn turn<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Turn<'_>) -> T + Send + 'static,
    ) -> Result<T, Unavailable> {
        if *self.state.borrow() != State::Leading {
            return Err(Unavailable::NotLeading);
        }
        let (answer, answered) = oneshot::channel();
        let act: Act = Box::new(move |turn| {
            let outcome = act(turn);
            // An asker who went away does not mind.
            Box::new(move || drop(answer.send(outcome)))
        });
        self.queue.try_send(act).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Unavailable::Busy,
            mpsc::error::TrySendError::Closed(_) => Unavailable::NotLeading,
        })?;
        answered.await.map_err(|_| Unavailable::Unknown)
    }

    /// Returns where the desk stands.
    pub fn state(&self) -> State {
        *self.state.borrow()
    }

    /// Waits until the desk takes acts; false if it has stopped for good instead.
    pub async fn ready(&self) -> bool {
        let mut state = self.state.clone();
        match state.wait_for(|state| matches!(state, State::Leading | State::Stopped)).await {
            Ok(state) => *state == State::Leading,
            Err(_) => false,
        }
    }

    /// Waits until the desk has stopped for good.
    pub async fn stopped(&self) {
        let mut state = self.state.clone();
        // An error means that the task is gone, which is the same.
        let _ = state.wait_for(|state| *state == State::Stopped).await;
    }

    /// Returns what the desk counts about itself.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }
}
