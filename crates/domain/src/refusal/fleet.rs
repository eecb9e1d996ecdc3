//! Why a worker, a team or a message stays as it is.

use thiserror::Error;

use crate::id::WorkerId;

/// Why a worker was not changed or deleted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum WorkerEditRefusal {
    /// No such user; the key was checked against an older state.
    #[error("there is no such user")]
    UnknownUser,
    /// Nobody in particular owns no workers.
    #[error("the anonymous account owns no workers")]
    AnonForbidden,
    /// No such worker.
    #[error("there is no such worker")]
    NotFound,
    /// Only the owner and moderators may.
    #[error("only the owner and moderators may do this")]
    NotOwner,
    /// Only moderators may, or for some things the owner.
    #[error("only moderators may do this")]
    NotModerator,
    /// What would be said about it is foul.
    #[error("the info is foul")]
    FoulInfo,
    /// Its name would be foul.
    #[error("the name is foul")]
    FoulName,
    /// Another worker has the name.
    #[error("the name is taken")]
    NameTaken,
    /// No such team.
    #[error("there is no such team")]
    TeamNotFound,
    /// Nothing was to be changed.
    #[error("nothing was to be changed")]
    Nothing,
    /// Requests or generations still speak of it.
    #[error("requests or generations still speak of the worker")]
    Locked,
}

/// Why a team was not founded, changed or dissolved.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum TeamRefusal {
    /// No such user; the key was checked against an older state.
    #[error("there is no such user")]
    UnknownUser,
    /// Nobody in particular founds no teams.
    #[error("the anonymous account founds no teams")]
    AnonForbidden,
    /// Only trusted users found teams.
    #[error("only trusted users found teams")]
    Untrusted,
    /// No such team.
    #[error("there is no such team")]
    NotFound,
    /// Only the founder and moderators may.
    #[error("only the founder and moderators may do this")]
    NotOwner,
    /// Only the founder and moderators may; the wire says it in other words.
    #[error("only the founder and moderators may do this")]
    NotModerator,
    /// Another team has the name.
    #[error("the name is taken")]
    NameTaken,
    /// The name is foul.
    #[error("the name is foul")]
    FoulName,
    /// What would be said about it is foul.
    #[error("the info is foul")]
    FoulInfo,
    /// The founder has too many.
    #[error("a user may found {limit} teams")]
    TooMany {
        /// How many are allowed.
        limit: usize,
    },
    /// Nothing was to be changed.
    #[error("nothing was to be changed")]
    Nothing,
}

/// Why a message was not sent, shown or taken back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum MessageRefusal {
    /// No such user; the key was checked against an older state.
    #[error("there is no such user")]
    UnknownUser,
    /// Nobody in particular says nothing.
    #[error("the anonymous account sends no messages")]
    AnonForbidden,
    /// No such worker.
    #[error("there is no worker {0}")]
    WorkerNotFound(WorkerId),
    /// Only moderators speak to all.
    #[error("only moderators speak to all workers")]
    WorkerMissing,
    /// The worker is somebody else's.
    #[error("the worker is somebody else's")]
    NotOwnWorker,
    /// The author has said too much already.
    #[error("{limit} messages at once are enough")]
    TooMany {
        /// How many are allowed.
        limit: usize,
    },
    /// No such message.
    #[error("there is no such message")]
    NotFound,
    /// It is somebody else's.
    #[error("the message is somebody else's")]
    Forbidden,
}
