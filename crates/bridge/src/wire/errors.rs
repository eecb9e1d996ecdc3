//! What a server's "no" means to a worker. Old servers send no return code, so some are known by their words.

use std::time::Duration;

use throng_api::{ErrorBody, ReturnCode};

use crate::horde::HordeError;

/// An error page is not worth more than this many characters of a log.
const MESSAGE_LETTERS_MAX: usize = 300;

/// Makes an error of an answer that is not a success.
pub fn error_of(status: u16, retry_after: Option<Duration>, body: &[u8]) -> HordeError {
    let parsed: Option<ErrorBody> = serde_json::from_slice(body).ok();
    let code = parsed.as_ref().and_then(ErrorBody::return_code);
    let mut message = match parsed {
        Some(ErrorBody { errors: Some(errors), message, .. }) => {
            let each: Vec<String> = errors.iter().map(|(path, text)| format!("{path}: {text}")).collect();
            format!("{message} ({})", each.join("; "))
        }
        Some(body) => body.message,
        None => String::from_utf8_lossy(body).trim().to_owned(),
    };
    if let Some((end, _)) = message.char_indices().nth(MESSAGE_LETTERS_MAX) {
        message.truncate(end);
    }
    if message.is_empty() {
        "no reason given".clone_into(&mut message);
    }
    match status {
        429 | 503 => HordeError::Busy { status, message, retry_after },
        500.. => HordeError::Server { status, message },
        _ => HordeError::Refused { status, code, message },
    }
}

/// What to do after a pop that failed.
#[derive(Debug, PartialEq, Eq)]
pub enum AfterPop<'a> {
    /// Ask again, later each time.
    Retry,
    /// The worker is in maintenance, in these words.
    Maintenance(&'a str),
    /// Asking again is of no use.
    Stop,
}

/// What a failed pop means.
pub fn after_pop(error: &HordeError) -> AfterPop<'_> {
    let HordeError::Refused { status, code, message } = error else { return AfterPop::Retry };
    match code {
        Some(ReturnCode::WorkerMaintenance) => AfterPop::Maintenance(message),
        // These heal by themselves: an address leaves its timeout, a checker finds its breath.
        Some(ReturnCode::TimeoutIP | ReturnCode::TooManyNewIPs) => AfterPop::Retry,
        // A known reason that is none of the above is about the key, the name, the owner or the offer.
        Some(_) => AfterPop::Stop,
        None if message.contains("maintenance mode") => AfterPop::Maintenance(message),
        None if message.contains("Wrong credentials") || message.contains("we cannot accept workers serving") => {
            AfterPop::Stop
        }
        // 400: the offer itself is wrong; 401: the key is. Anything else may be a proxy in between.
        None if matches!(status, 400 | 401) => AfterPop::Stop,
        None => AfterPop::Retry,
    }
}

/// What a failed submit means.
#[derive(Debug, PartialEq, Eq)]
pub enum AfterSubmit {
    /// It had been taken before.
    Already,
    /// Nobody waits for it any more.
    Stale,
    /// It was not taken.
    Refused,
}

/// What a failed submit means.
pub fn after_submit(error: &HordeError) -> AfterSubmit {
    let HordeError::Refused { status, code, message } = error else { return AfterSubmit::Refused };
    match code {
        Some(ReturnCode::DuplicateGen) => AfterSubmit::Already,
        Some(ReturnCode::AbortedGen | ReturnCode::InvalidJobID) => AfterSubmit::Stale,
        _ if message.contains("already submitted") => AfterSubmit::Already,
        _ if *status == 404 || message.contains("Please check your worker speed") => AfterSubmit::Stale,
        _ => AfterSubmit::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, body: &str) -> HordeError {
        error_of(status, None, body.as_bytes())
    }

    #[test]
    fn wrong_credentials_stop_with_or_without_a_return_code() {
        for body in [
            r#"{"message":"Wrong credentials for this worker.","rc":"WrongCredentials"}"#,
            r#"{"message":"Wrong credentials to submit as this worker."}"#,
        ] {
            assert_eq!(after_pop(&refused(403, body)), AfterPop::Stop);
        }
        assert_eq!(after_pop(&refused(401, "<html>")), AfterPop::Stop);
        assert_eq!(after_pop(&refused(400, r#"{"message":"we cannot accept workers serving x"}"#)), AfterPop::Stop);
    }

    #[test]
    fn maintenance_is_known_by_code_and_by_words() {
        let coded = refused(403, r#"{"message":"Resting.","rc":"WorkerMaintenance"}"#);
        assert_eq!(after_pop(&coded), AfterPop::Maintenance("Resting."));
        let worded = refused(403, r#"{"message":"This worker is in maintenance mode."}"#);
        assert!(matches!(after_pop(&worded), AfterPop::Maintenance(_)));
    }

    #[test]
    fn trouble_in_between_is_tried_again() {
        assert_eq!(after_pop(&refused(502, "bad gateway")), AfterPop::Retry);
        assert_eq!(after_pop(&refused(404, "<html>")), AfterPop::Retry);
        assert_eq!(after_pop(&refused(403, r#"{"message":"wait","rc":"TimeoutIP"}"#)), AfterPop::Retry);
        assert_eq!(after_pop(&HordeError::Network("down".into())), AfterPop::Retry);
    }

    #[test]
    fn a_submit_that_was_already_taken_is_done_and_an_unknown_one_is_stale() {
        let duplicate = refused(400, r#"{"message":"x was already submitted.","rc":"DuplicateGen"}"#);
        assert_eq!(after_submit(&duplicate), AfterSubmit::Already);
        assert_eq!(after_submit(&refused(400, r#"{"message":"already submitted"}"#)), AfterSubmit::Already);
        assert_eq!(after_submit(&refused(404, "{}")), AfterSubmit::Stale);
        assert_eq!(after_submit(&refused(400, r#"{"message":"late","rc":"AbortedGen"}"#)), AfterSubmit::Stale);
        assert_eq!(after_submit(&refused(400, r#"{"message":"bad","rc":"BadRequest"}"#)), AfterSubmit::Refused);
    }

    #[test]
    fn what_is_wrong_with_a_body_is_told() {
        let error = refused(400, r#"{"message":"Input payload validation failed","errors":{"name":"too short"}}"#);
        assert_eq!(error.to_string(), "Input payload validation failed (name: too short) (400)");
    }

    #[test]
    fn a_429_keeps_the_wish_for_patience() {
        let error = error_of(429, Some(Duration::from_secs(7)), br#"{"message":"2 per 1 second"}"#);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        assert!(error.is_passing());
    }
}
