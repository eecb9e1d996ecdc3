//! Refusals about workers, teams and messages, as return codes.

use throng_api::ReturnCode as Rc;
use throng_domain::refusal::{MessageRefusal, TeamRefusal, WorkerEditRefusal};

use crate::error::Error;

impl From<WorkerEditRefusal> for Error {
    fn from(refusal: WorkerEditRefusal) -> Self {
        Self::refused(match refusal {
            WorkerEditRefusal::UnknownUser => Rc::InvalidAPIKey,
            WorkerEditRefusal::AnonForbidden => Rc::AnonForbiddenWorker,
            WorkerEditRefusal::NotFound => Rc::WorkerNotFound,
            WorkerEditRefusal::NotOwner => Rc::NotOwner,
            WorkerEditRefusal::NotModerator => Rc::NotModerator,
            WorkerEditRefusal::FoulInfo => Rc::ProfaneWorkerInfo,
            WorkerEditRefusal::FoulName => Rc::ProfaneWorkerName,
            WorkerEditRefusal::NameTaken => Rc::WorkerNameAlreadyExists,
            WorkerEditRefusal::TeamNotFound => Rc::TeamNotFound,
            WorkerEditRefusal::Nothing => Rc::NoWorkerModSelected,
            WorkerEditRefusal::Locked => {
                let sentence =
                    "Requests of the last hour still speak of this worker. Please try again when they are done.";
                return Self::refused_with(Rc::Locked, sentence);
            }
        })
    }
}

impl From<TeamRefusal> for Error {
    fn from(refusal: TeamRefusal) -> Self {
        Self::refused(match refusal {
            TeamRefusal::UnknownUser => Rc::InvalidAPIKey,
            TeamRefusal::AnonForbidden => Rc::AnonForbidden,
            TeamRefusal::Untrusted => Rc::UntrustedTeamCreation,
            TeamRefusal::NotFound => Rc::TeamNotFound,
            TeamRefusal::NotOwner => Rc::NotOwner,
            TeamRefusal::NotModerator => Rc::NotModerator,
            TeamRefusal::NameTaken => Rc::TeamNameAlreadyExists,
            TeamRefusal::FoulName => Rc::ProfaneTeamName,
            TeamRefusal::FoulInfo => Rc::ProfaneTeamInfo,
            TeamRefusal::TooMany { limit } => {
                return Self::refused_with(Rc::Forbidden, format!("You may found {limit} teams."));
            }
            TeamRefusal::Nothing => Rc::NoTeamModSelected,
        })
    }
}

impl From<MessageRefusal> for Error {
    fn from(refusal: MessageRefusal) -> Self {
        match refusal {
            MessageRefusal::UnknownUser => Self::refused(Rc::InvalidAPIKey),
            MessageRefusal::AnonForbidden => Self::refused(Rc::AnonForbidden),
            MessageRefusal::WorkerNotFound(worker) => {
                Self::refused_with(Rc::WorkerNotFound, format!("Worker with ID '{worker}' not found."))
            }
            MessageRefusal::WorkerMissing => Self::refused_with(
                Rc::BadRequest,
                "Only moderators may speak to all workers: please name one of yours.",
            ),
            MessageRefusal::NotOwnWorker => Self::refused(Rc::MessagesOnlyOwnWorkers),
            MessageRefusal::TooMany { limit } => Self::refused_with(
                Rc::Forbidden,
                format!("You have {limit} messages to your workers. Please delete one, or wait until one expires."),
            ),
            MessageRefusal::NotFound => Self::refused(Rc::WorkermessageNotFound),
            MessageRefusal::Forbidden => Self::refused(Rc::Forbidden),
        }
    }
}
