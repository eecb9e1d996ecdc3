//! The table from the refusals of the rules to return codes: one match for each enum, no wildcard arm, so that a new refusal cannot
//! be forgotten. Sentences that workers and clients look for stand here word for word.

mod fleet;
mod people;
mod rating;

use throng_api::ReturnCode as Rc;
use throng_domain::refusal::{AskRefusal, PopRefusal, RegisterRefusal, RequestRefusal, SubmitRefusal, UpfrontReason};

use crate::addresses::timed_out;
use crate::desk::DeskError;
use crate::error::Error;

impl<R: Into<Error>> From<DeskError<R>> for Error {
    fn from(error: DeskError<R>) -> Self {
        match error {
            DeskError::Refused(refusal) => refusal.into(),
            DeskError::Unavailable(why) => Self::Unavailable(why),
        }
    }
}

impl From<AskRefusal> for Error {
    fn from(refusal: AskRefusal) -> Self {
        match refusal {
            AskRefusal::Maintenance => Self::refused(Rc::MaintenanceMode),
            AskRefusal::UnsafeAddress => Self::refused(Rc::UntrustedUnsafeIP),
            AskRefusal::UnknownUser => Self::refused(Rc::InvalidAPIKey),
            AskRefusal::SharedKeyExpired => Self::refused(Rc::SharedKeyExpired),
            AskRefusal::SharedKeyEmpty => Self::refused(Rc::SharedKeyEmpty),
            AskRefusal::SharedKeyInsufficientKudos { needed, available } => Self::refused_with(
                Rc::SharedKeyInsufficientKudos,
                format!("This request may cost {needed} kudos, and the shared key has {available} left."),
            ),
            AskRefusal::SharedKeyLimit(limit) => Self::refused_with(Rc::BadRequest, people::beyond(limit)),
            AskRefusal::DeletedUser => Self::refused(Rc::DeletedUser),
            AskRefusal::WorkerNotFound(worker) => {
                Self::refused_with(Rc::WorkerNotFound, format!("Worker with ID {worker} not found."))
            }
            AskRefusal::RequiresTrust => Self::refused(Rc::RequiresTrust),
            AskRefusal::TooManyPrompts { awaited, limit } => {
                let sentence = format!(
                    "Your concurrent requests would be {awaited}, above your limit of {limit}. Please wait until some are done."
                );
                Self::refused_with(Rc::TooManyPrompts, sentence)
            }
            AskRefusal::KudosUpfront { reason, needed, available } => {
                let why = upfront(reason);
                let sentence = format!(
                    "{why} Such requests need {needed} kudos upfront, and {available} are available. \
                     Please make the request smaller, or earn kudos by running a worker."
                );
                Self::refused_with(Rc::KudosUpfront, sentence)
            }
        }
    }
}

/// Says what makes a request demanding.
fn upfront(reason: UpfrontReason) -> String {
    match reason {
        UpfrontReason::NoSlowWorkers(side) => {
            format!(
                "Requests that refuse slow workers are demanding, whatever their size; others are free up to {side}x{side}."
            )
        }
        UpfrontReason::LcmSteps => "The LCM sampler needs no more than 10 steps.".to_owned(),
        UpfrontReason::ModelSteps(steps) => format!("Due to heavy demand, this model is free up to {steps} steps."),
        UpfrontReason::Size(side) => format!("Due to heavy demand, images are free up to {side}x{side} pixels."),
        UpfrontReason::ControlSteps(steps) => {
            format!("Due to heavy demand, control types are free up to {steps} steps.")
        }
        UpfrontReason::Length(tokens) => format!("Due to heavy demand, texts are free up to {tokens} tokens."),
        UpfrontReason::WorkerList => "Requests that name workers are demanding.".to_owned(),
    }
}

impl From<PopRefusal> for Error {
    fn from(refusal: PopRefusal) -> Self {
        match refusal {
            PopRefusal::UnknownUser => Self::refused(Rc::InvalidAPIKey),
            PopRefusal::DeletedUser => Self::refused(Rc::DeletedUser),
            PopRefusal::WorkerFlagged => Self::refused(Rc::WorkerFlaggedMaintenance),
            PopRefusal::AnonForbidden => Self::refused(Rc::AnonForbiddenWorker),
            PopRefusal::PolymorphicName(kind) => {
                let sentence = format!("This name is already used by a worker for {}.", kind.as_str());
                Self::refused_with(Rc::PolymorphicNameConflict, sentence)
            }
            PopRefusal::TimedOut { seconds } => timed_out(i64::try_from(seconds).unwrap_or(i64::MAX)),
            PopRefusal::UnknownAddress => Self::refused(Rc::TooManyNewIPs),
            PopRefusal::UnsafeAddress => Self::refused(Rc::UnsafeIP),
            PopRefusal::FoulName => Self::refused(Rc::ProfaneWorkerName),
            PopRefusal::FoulAgent => Self::refused(Rc::ProfaneBridgeAgent),
            PopRefusal::NameForbidden => Self::refused_with(
                Rc::BadRequest,
                "To be able to provide service to all, we cannot accept workers serving from free notebooks.",
            ),
            PopRefusal::InviteOnly => Self::refused(Rc::WorkerInviteOnly),
            PopRefusal::TooManyWorkers { limit } => Self::refused_with(
                Rc::TooManyWorkers,
                format!("Users who are not trusted yet may run {limit} workers. Please ask a moderator."),
            ),
            PopRefusal::TooManyWorkersTrusted { limit } => Self::refused_with(
                Rc::TooManyWorkersTrusted,
                format!("You may run {limit} workers without an invitation. Please ask a moderator."),
            ),
            PopRefusal::TooManySameAddress { limit } => Self::refused_with(
                Rc::TooManySameIPs,
                format!("You may run {limit} workers at one address. Please ask a moderator."),
            ),
            PopRefusal::WrongCredentials { name } => {
                Self::refused_with(Rc::WrongCredentials, format!("Wrong credentials to submit as worker {name}."))
            }
            PopRefusal::ForeignModel { owner } => {
                Self::refused_with(Rc::BadRequest, format!("This model can be hosted only by {owner}."))
            }
            PopRefusal::UnknownModels => Self::refused_with(
                Rc::BadRequest,
                "Unfortunately we cannot accept workers serving unrecognised models at this time.",
            ),
            PopRefusal::Maintenance { message } => Self::refused_with(Rc::WorkerMaintenance, message.to_string()),
        }
    }
}

impl From<SubmitRefusal> for Error {
    fn from(refusal: SubmitRefusal) -> Self {
        match refusal {
            SubmitRefusal::InvalidJobId => Self::refused(Rc::InvalidJobID),
            SubmitRefusal::WrongCredentials => Self::refused(Rc::WrongCredentials),
            SubmitRefusal::DuplicateGen => Self::refused(Rc::DuplicateGen),
            SubmitRefusal::AbortedGen => Self::refused(Rc::AbortedGen),
        }
    }
}

/// The refusal of a submit, naming the generation as old workers expect it.
pub fn submit_refusal(refusal: SubmitRefusal, id: &str) -> Error {
    match refusal {
        SubmitRefusal::InvalidJobId => {
            Error::refused_with(Rc::InvalidJobID, format!("Processing Job with ID {id} does not exist."))
        }
        SubmitRefusal::DuplicateGen => {
            Error::refused_with(Rc::DuplicateGen, format!("Processing Generation with ID {id} already submitted."))
        }
        SubmitRefusal::AbortedGen => Error::refused_with(
            Rc::AbortedGen,
            format!(
                "Processing Generation with ID {id} took too long to process and has been aborted! Please check your worker speed"
            ),
        ),
        SubmitRefusal::WrongCredentials => refusal.into(),
    }
}

impl From<RequestRefusal> for Error {
    fn from(refusal: RequestRefusal) -> Self {
        match refusal {
            RequestRefusal::NotFound => Self::refused(Rc::RequestNotFound),
        }
    }
}

impl From<RegisterRefusal> for Error {
    fn from(refusal: RegisterRefusal) -> Self {
        match refusal {
            RegisterRefusal::NameLength => Self::refused(Rc::TooLongUserName),
            // 128 random bits met twice: either a miracle or a broken source of chance.
            RegisterRefusal::KeyTaken => Self::internal("a freshly drawn key belongs to somebody already"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_find_the_phrases_they_look_for() {
        let phrase = |error: Error| match error {
            Error::Refused(_, message) => message.into_owned(),
            other => panic!("{other}"),
        };
        let id = "4af1e085-1de9-423c-8ee1-6f2e3378ead1";
        assert_eq!(
            phrase(submit_refusal(SubmitRefusal::InvalidJobId, id)),
            format!("Processing Job with ID {id} does not exist.")
        );
        assert!(phrase(submit_refusal(SubmitRefusal::DuplicateGen, id)).contains("already submitted"));
        assert!(phrase(submit_refusal(SubmitRefusal::AbortedGen, id)).contains("Please check your worker speed"));
        assert!(phrase(PopRefusal::UnknownModels.into()).contains("we cannot accept workers serving"));
        assert!(phrase(PopRefusal::WrongCredentials { name: "rig".into() }.into()).contains("Wrong credentials"));
    }
}
