//! Refusals about people: awards, changes to users, leaving, shared keys.

use thiserror::Error;

use crate::desk::answer::FoulText;

/// Why nothing was awarded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum AwardRefusal {
    /// Only the first user may award.
    #[error("only the first user may award kudos")]
    NotAllowed,
    /// The account is marked as deleted.
    #[error("the account is deleted")]
    DeletedUser,
    /// No such target.
    #[error("there is no such user to award")]
    InvalidTarget,
    /// The anonymous account gets nothing.
    #[error("the anonymous account cannot be awarded")]
    ToAnon,
    /// The target is flagged.
    #[error("the receiver is flagged")]
    TargetFlagged,
    /// Less than nothing.
    #[error("an amount cannot be negative")]
    Negative,
    /// Nothing.
    #[error("an amount cannot be zero")]
    Zero,
}

/// Why a user was not changed. Then nothing of it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum EditRefusal {
    /// No such user.
    #[error("there is no such user")]
    NotFound,
    /// No such caller; the key was checked against an older state.
    #[error("there is no such caller")]
    UnknownCaller,
    /// Nobody in particular changes nobody, and holds no role.
    #[error("the anonymous account cannot be edited")]
    Anonymous,
    /// For administrators alone.
    #[error("only administrators may do this")]
    NotAdmin,
    /// For moderators, and partly for the user.
    #[error("only moderators may do this")]
    NotModerator,
    /// The name is empty or longer than is kept.
    #[error("a user name has 1 to 30 characters")]
    NameLength,
    /// A text that others read is foul.
    #[error("the text is foul")]
    Foul(FoulText),
    /// Only services have passkeys.
    #[error("only service accounts have passkeys")]
    NotService,
    /// Who has not left cannot come back.
    #[error("the account is not deleted")]
    NotDeleted,
    /// No change was asked for.
    #[error("there is nothing to change")]
    Nothing,
}

/// Why an account was not deleted or wiped.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum LeaveRefusal {
    /// No such user.
    #[error("there is no such user")]
    NotFound,
    /// No such caller; the key was checked against an older state.
    #[error("there is no such caller")]
    UnknownCaller,
    /// Nobody in particular deletes nobody, and cannot be deleted.
    #[error("the anonymous account deletes nobody")]
    Anonymous,
    /// Who keeps order stays.
    #[error("moderators cannot be deleted")]
    Moderator,
    /// For the user itself and for moderators.
    #[error("only the user or a moderator may do this")]
    NotUserOrModerator,
    /// It was here not long ago.
    #[error("a user who was active lately cannot be wiped")]
    Active,
}

/// Why nothing was done about a shared key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum SharedKeyRefusal {
    /// No such user; the key was checked against an older state.
    #[error("there is no such user")]
    UnknownUser,
    /// Nobody in particular shares nothing.
    #[error("the anonymous account cannot share keys")]
    Anonymous,
    /// There are too many already.
    #[error("a user may have {limit} shared keys")]
    TooMany {
        /// How many there may be.
        limit: usize,
    },
    /// No such shared key.
    #[error("there is no such shared key")]
    NotFound,
    /// It is somebody else's.
    #[error("the shared key is somebody else's")]
    NotOwner,
    /// No change was asked for.
    #[error("there is nothing to change")]
    Nothing,
}

/// What a shared key is not for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SharedKeyLimit {
    /// Pictures of more pixels than this.
    Pixels(u64),
    /// Pictures of more steps than this.
    Steps(u32),
    /// Texts of more tokens than this.
    Tokens(u32),
}
