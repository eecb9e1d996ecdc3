//! What is asked and answered about workers, teams and messages.

use std::sync::Arc;

use crate::desk::restore::{MessageRecord, TeamRecord, UserRecord, WorkerRecord};
use crate::id::{TeamId, UserId, WorkerId};
use crate::request::Name;
use crate::time::Span;

/// A text that somebody chose for others to read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Said {
    /// The text, already sanitised.
    pub text: Arc<str>,
    /// It holds foul words. Knowing them is not the desk's.
    pub foul: bool,
}

/// What shall change about a worker; nothing said, nothing changed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct WorkerEdit {
    /// Into maintenance, or out of it.
    pub maintenance: Option<bool>,
    /// Why, in the owner's words.
    pub maintenance_message: Option<Arc<str>>,
    /// Paused, or not.
    pub paused: Option<bool>,
    /// What the owner says about it.
    pub info: Option<Said>,
    /// Its name.
    pub name: Option<Said>,
    /// Its team.
    pub team: Option<TeamChoice>,
}

/// Which team a worker shall work for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TeamChoice {
    /// None.
    Leave,
    /// This one.
    Join(TeamId),
    /// One that cannot be, by its name.
    Unknown,
}

/// What was changed about a worker.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct WorkerEdited {
    /// In maintenance now.
    pub maintenance: Option<bool>,
    /// Paused now.
    pub paused: Option<bool>,
    /// Said about it now.
    pub info: Option<Arc<str>>,
    /// Called so now.
    pub name: Option<Name>,
    /// The name of its team now; empty for none.
    pub team: Option<Name>,
}

/// A worker that is no more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WorkerDeleted {
    /// Its id.
    pub id: WorkerId,
    /// Its name.
    pub name: Name,
}

/// A team to be founded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewTeam {
    /// Its name.
    pub name: Said,
    /// What is said about it.
    pub info: Option<Said>,
}

/// What shall change about a team.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TeamEdit {
    /// Its name.
    pub name: Option<Said>,
    /// What is said about it.
    pub info: Option<Said>,
}

/// What was changed about a team.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TeamEdited {
    /// Which.
    pub id: TeamId,
    /// Called so now.
    pub name: Option<Name>,
    /// Said about it now.
    pub info: Option<Arc<str>>,
}

/// A team with its workers.
#[derive(Clone, PartialEq, Debug)]
pub struct TeamView {
    /// The team.
    pub record: Arc<TeamRecord>,
    /// Who founded it.
    pub owner: Arc<UserRecord>,
    /// Its workers in the order they first came, each with whether it is online.
    pub workers: Vec<(Arc<WorkerRecord>, bool)>,
}

/// A message to be sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewMessage {
    /// For which worker; none is for all.
    pub worker: Option<WorkerId>,
    /// What it says.
    pub text: Arc<str>,
    /// In whose name; only moderators choose.
    pub origin: Option<Arc<str>>,
    /// How long it is repeated.
    pub life: Option<Span>,
}

/// Which messages are wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MessageFilter {
    /// Those of this author, and those for all.
    pub author: Option<UserId>,
    /// Those for this worker.
    pub worker: Option<WorkerId>,
    /// Those that still hold, that no longer do, or both.
    pub validity: Validity,
    /// How many of them are passed over.
    pub skip: usize,
}

/// Whether a message still holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Validity {
    /// It does.
    #[default]
    Active,
    /// It no longer does.
    Expired,
    /// Either.
    All,
}

impl MessageFilter {
    /// Tells whether a message is wanted, leaving aside how long it holds.
    pub(in crate::desk) fn wants(&self, message: &MessageRecord) -> bool {
        let of_author = self.author.is_none_or(|author| message.author == author || message.worker.is_none());
        of_author && self.worker.is_none_or(|worker| message.worker == Some(worker))
    }
}
