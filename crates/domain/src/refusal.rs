//! Every "no" the rules can say: one enum for each act, its variants in order of precedence. Return codes and the wire's sentences are
//! not here but in the server's table.

mod people;
mod rating;

use std::sync::Arc;

use thiserror::Error;

use crate::id::WorkerId;
use crate::kind::Kind;
use crate::kudos::Kudos;
use crate::request::Name;

pub use self::people::{AwardRefusal, EditRefusal, LeaveRefusal, SharedKeyLimit, SharedKeyRefusal};
pub use self::rating::RatingRefusal;
mod fleet;

pub use self::fleet::{MessageRefusal, TeamRefusal, WorkerEditRefusal};

/// Why nobody was registered.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum RegisterRefusal {
    /// The name is empty or longer than is kept.
    #[error("a user name has 1 to 30 characters")]
    NameLength,
    /// Two users cannot have the same key.
    #[error("the key belongs to another user")]
    KeyTaken,
}

/// Why a request was not admitted.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum AskRefusal {
    /// The house is closed for maintenance.
    #[error("the house is in maintenance")]
    Maintenance,
    /// No such user; the key was checked against an older state.
    #[error("there is no such user")]
    UnknownUser,
    /// The time of the shared key is over.
    #[error("the shared key has expired")]
    SharedKeyExpired,
    /// Nothing is left on the shared key.
    #[error("the shared key is empty")]
    SharedKeyEmpty,
    /// The account is marked as deleted.
    #[error("the account is deleted")]
    DeletedUser,
    /// A named worker does not exist.
    #[error("there is no worker {0}")]
    WorkerNotFound(WorkerId),
    /// Only trusted users may forbid batching of several results.
    #[error("only trusted users may disable batching")]
    RequiresTrust,
    /// Too many results are awaited already.
    #[error("{awaited} results are awaited already, of {limit} at most")]
    TooManyPrompts {
        /// How many with this request.
        awaited: u32,
        /// How many may be.
        limit: u32,
    },
    /// The shared key does not cover it.
    #[error("such a request may cost {needed} kudos; the shared key has {available} left")]
    SharedKeyInsufficientKudos {
        /// What it may cost.
        needed: Kudos,
        /// What is left beside what was asked for before.
        available: Kudos,
    },
    /// Under a raid, strangers who hide their address are refused.
    #[error("requests from hidden addresses are not accepted at the moment")]
    UnsafeAddress,
    /// A demanding request needs kudos in hand.
    #[error("such a request needs {needed} kudos upfront; {available} are available")]
    KudosUpfront {
        /// What makes it demanding.
        reason: UpfrontReason,
        /// What must be in hand.
        needed: Kudos,
        /// What is.
        available: Kudos,
    },
    /// It is more than the shared key is for.
    #[error("the shared key is for less")]
    SharedKeyLimit(SharedKeyLimit),
}

/// What makes a request so demanding that kudos are needed upfront; the first that applies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UpfrontReason {
    /// Slow workers are not welcome. Holds the side of the square that would be free for others.
    NoSlowWorkers(u32),
    /// A fast sampler with more steps than it needs.
    LcmSteps,
    /// More steps than a named model needs; holds the limit.
    ModelSteps(u32),
    /// A picture larger than a square of this side.
    Size(u32),
    /// A ControlNet with more steps than this.
    ControlSteps(u32),
    /// A text longer than this many tokens.
    Length(u32),
    /// Named workers, where the house asks upfront for that.
    WorkerList,
}

/// Why a worker was sent away.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum PopRefusal {
    /// No such user; the key was checked against an older state.
    #[error("there is no such user")]
    UnknownUser,
    /// The owner's account is marked as deleted.
    #[error("the account is deleted")]
    DeletedUser,
    /// The owner is flagged.
    #[error("the owner is flagged")]
    WorkerFlagged,
    /// Nobody in particular cannot own a worker.
    #[error("the anonymous account cannot own workers")]
    AnonForbidden,
    /// The name belongs to a worker of another kind.
    #[error("the name belongs to a worker for {0:?}")]
    PolymorphicName(Kind),
    /// The address is in a timeout.
    #[error("the address is in a timeout for {seconds} seconds more")]
    TimedOut {
        /// For how long.
        seconds: u64,
    },
    /// The address could not be checked.
    #[error("the address could not be checked")]
    UnknownAddress,
    /// The address hides who is behind it.
    #[error("the address hides who is behind it")]
    UnsafeAddress,
    /// The name of a new worker is foul.
    #[error("the name is foul")]
    FoulName,
    /// The program's name for itself is foul.
    #[error("the bridge agent is foul")]
    FoulAgent,
    /// Names of free notebooks are not accepted.
    #[error("workers named after notebooks are not accepted")]
    NameForbidden,
    /// The owner may bring no further workers while the house is by invitation only.
    #[error("the house is by invitation only")]
    InviteOnly,
    /// An untrusted owner brought too many.
    #[error("an untrusted user may bring {limit} workers")]
    TooManyWorkers {
        /// How many are allowed.
        limit: u32,
    },
    /// A trusted owner brought too many.
    #[error("a user may bring {limit} workers without an invitation")]
    TooManyWorkersTrusted {
        /// How many are allowed.
        limit: u32,
    },
    /// Too many workers of one owner at one address.
    #[error("a user may bring {limit} workers from one address")]
    TooManySameAddress {
        /// How many are allowed.
        limit: u32,
    },
    /// The name belongs to somebody else.
    #[error("the worker {name} belongs to another user")]
    WrongCredentials {
        /// The worker's name.
        name: Name,
    },
    /// A model is marked as another user's.
    #[error("only {owner} may serve this model")]
    ForeignModel {
        /// Whose it is, by the mark.
        owner: Name,
    },
    /// None of the models is known.
    #[error("none of the offered models is known")]
    UnknownModels,
    /// The worker is in maintenance, and its owner wants nothing.
    #[error("the worker is in maintenance: {message}")]
    Maintenance {
        /// Why, as its owner or the house wrote.
        message: Arc<str>,
    },
}

/// Why a result was not accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum SubmitRefusal {
    /// No such generation, or its request is forgotten, or it is of another kind.
    #[error("there is no such generation")]
    InvalidJobId,
    /// The generation was leased to another user's worker.
    #[error("the generation was leased to another user's worker")]
    WrongCredentials,
    /// Another result is already in.
    #[error("a result was submitted already")]
    DuplicateGen,
    /// The lease ran out, or a fault was reported.
    #[error("the lease is over")]
    AbortedGen,
}

/// Why a request was not found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum RequestRefusal {
    /// No such request of this kind.
    #[error("there is no such request")]
    NotFound,
}

/// Why kudos were not given.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum TransferRefusal {
    /// The anonymous account gives nothing.
    #[error("the anonymous account cannot give kudos")]
    FromAnon,
    /// No such target.
    #[error("there is no such user to give to")]
    InvalidTarget,
    /// The time of the shared key that shall get them is over.
    #[error("the shared key has expired")]
    SharedKeyExpired,
    /// The anonymous account gets nothing.
    #[error("kudos cannot be given to the anonymous account")]
    ToAnon,
    /// Giving to oneself changes nothing.
    #[error("kudos cannot be given to oneself")]
    ToSelf,
    /// The target gave to the source a moment ago.
    #[error("kudos cannot be given back at once")]
    TooFast,
    /// The source is suspicious.
    #[error("the giver is not in good standing")]
    SourceSuspicious,
    /// The source is flagged.
    #[error("the giver is flagged")]
    SourceFlagged,
    /// Schools give nothing.
    #[error("an education account cannot give kudos")]
    EducationCannotSend,
    /// The target is suspicious.
    #[error("the receiver is not in good standing")]
    TargetSuspicious,
    /// The target is flagged.
    #[error("the receiver is flagged")]
    TargetFlagged,
    /// One of the two has left.
    #[error("the account is deleted")]
    DeletedUser,
    /// Less than nothing.
    #[error("an amount cannot be negative")]
    Negative,
    /// Nothing.
    #[error("an amount cannot be zero")]
    Zero,
    /// More than there is.
    #[error("{available} kudos are available")]
    NotEnough {
        /// What could be given.
        available: Kudos,
    },
}
