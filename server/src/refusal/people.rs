//! The table of refusals about people: gifts, awards, edits, leaving, shared keys.

use http::StatusCode;
use throng_api::ReturnCode as Rc;
use throng_domain::desk::answer::FoulText;
use throng_domain::refusal::{
    AwardRefusal, EditRefusal, LeaveRefusal, SharedKeyLimit, SharedKeyRefusal, TransferRefusal,
};

use crate::error::Error;

/// A transfer that is refused is a bad request, whatever its code is elsewhere.
fn bad(code: Rc) -> Error {
    Error::RefusedAs(StatusCode::BAD_REQUEST, code, code.message().into())
}

impl From<TransferRefusal> for Error {
    fn from(refusal: TransferRefusal) -> Self {
        match refusal {
            TransferRefusal::FromAnon => bad(Rc::KudosTransferFromAnon),
            TransferRefusal::InvalidTarget => bad(Rc::InvalidTargetUsername),
            TransferRefusal::SharedKeyExpired => bad(Rc::SharedKeyExpired),
            TransferRefusal::ToAnon => bad(Rc::KudosTransferToAnon),
            TransferRefusal::ToSelf => bad(Rc::KudosTransferToSelf),
            TransferRefusal::TooFast => bad(Rc::TooFastKudosTransfers),
            TransferRefusal::SourceSuspicious => bad(Rc::FaultWhenKudosSending),
            TransferRefusal::SourceFlagged => bad(Rc::SourceAccountFlagged),
            TransferRefusal::EducationCannotSend => bad(Rc::EducationCannotSendKudos),
            TransferRefusal::TargetSuspicious => bad(Rc::FaultWhenKudosReceiving),
            TransferRefusal::TargetFlagged => bad(Rc::TargetAccountFlagged),
            TransferRefusal::DeletedUser => bad(Rc::DeletedUser),
            TransferRefusal::Negative => bad(Rc::NegativeKudosTransfer),
            TransferRefusal::Zero => bad(Rc::InvalidKudosTransferAmount),
            TransferRefusal::NotEnough { available } => Self::refused_with(
                Rc::KudosTransferNotEnough,
                format!("You have not enough kudos: {available} can be sent."),
            ),
        }
    }
}

impl From<AwardRefusal> for Error {
    fn from(refusal: AwardRefusal) -> Self {
        match refusal {
            AwardRefusal::NotAllowed => Self::refused(Rc::NotAllowedAwards),
            AwardRefusal::DeletedUser => Self::refused(Rc::DeletedUser),
            AwardRefusal::InvalidTarget => Self::refused(Rc::InvalidAwardUsername),
            AwardRefusal::ToAnon => Self::refused(Rc::KudosAwardToAnon),
            AwardRefusal::TargetFlagged => Self::refused(Rc::TargetAccountFlagged),
            AwardRefusal::Negative => Self::refused(Rc::NegativeKudosTransfer),
            AwardRefusal::Zero => Self::refused(Rc::InvalidKudosTransferAmount),
        }
    }
}

impl From<EditRefusal> for Error {
    fn from(refusal: EditRefusal) -> Self {
        match refusal {
            EditRefusal::NotFound => Self::refused_with(Rc::UserNotFound, "User with that ID not found."),
            EditRefusal::UnknownCaller => Self::refused(Rc::InvalidAPIKey),
            EditRefusal::Anonymous => Self::refused(Rc::AnonForbiddenUserMod),
            EditRefusal::NotAdmin => Self::refused(Rc::NotAdmin),
            EditRefusal::NotModerator => Self::refused(Rc::NotModerator),
            EditRefusal::NameLength => Self::refused(Rc::TooLongUserName),
            EditRefusal::Foul(FoulText::Name) => Self::refused(Rc::ProfaneUserName),
            EditRefusal::Foul(FoulText::Contact) => Self::refused(Rc::ProfaneUserContact),
            EditRefusal::Foul(FoulText::Comment) => Self::refused(Rc::ProfaneAdminComment),
            EditRefusal::NotService => Self::refused(Rc::NonServiceForbidden),
            EditRefusal::NotDeleted => Self::refused(Rc::UserNotDeleted),
            EditRefusal::Nothing => Self::refused(Rc::NoUserModSelected),
        }
    }
}

impl From<LeaveRefusal> for Error {
    fn from(refusal: LeaveRefusal) -> Self {
        match refusal {
            LeaveRefusal::NotFound => Self::refused_with(Rc::UserNotFound, "User with that ID not found."),
            LeaveRefusal::UnknownCaller => Self::refused(Rc::InvalidAPIKey),
            LeaveRefusal::Anonymous => Self::refused(Rc::AnonForbiddenUser),
            LeaveRefusal::Moderator => Self::refused(Rc::CannotDeleteMod),
            LeaveRefusal::NotUserOrModerator => Self::refused(Rc::NotUserOrMod),
            LeaveRefusal::Active => Self::refused(Rc::CannotWipeActiveUser),
        }
    }
}

impl From<SharedKeyRefusal> for Error {
    fn from(refusal: SharedKeyRefusal) -> Self {
        match refusal {
            SharedKeyRefusal::UnknownUser => Self::refused(Rc::InvalidAPIKey),
            SharedKeyRefusal::Anonymous => Self::refused(Rc::AnonForbidden),
            SharedKeyRefusal::TooMany { limit } => Self::refused_with(
                Rc::Forbidden,
                format!("You may have {limit} shared keys. Please delete one that is not used any more."),
            ),
            SharedKeyRefusal::NotFound => {
                Self::refused_with(Rc::InvalidAPIKey, "No shared key with this ID was found. Has it been deleted?")
            }
            SharedKeyRefusal::NotOwner => {
                Self::refused_with(Rc::Forbidden, "This shared key belongs to somebody else.")
            }
            SharedKeyRefusal::Nothing => Self::refused(Rc::NoSharedKeyModSelected),
        }
    }
}

/// Says what a shared key is not for.
pub(super) fn beyond(limit: SharedKeyLimit) -> String {
    match limit {
        SharedKeyLimit::Pixels(most) => format!("This shared key is for pictures of at most {most} pixels."),
        SharedKeyLimit::Steps(most) => format!("This shared key is for pictures of at most {most} steps."),
        SharedKeyLimit::Tokens(most) => format!("This shared key is for texts of at most {most} tokens."),
    }
}
