//! Noes that need nobody to be asked: what is wrong with a call's form, in the very bytes that the server would answer.
//! The server takes its words from here, so that edge and server cannot come apart. Not here: when they are said
//! (`policy.rs`).

use serde::de::IgnoredAny;
use throng_api::{ErrorBody, ReturnCode};

use crate::bodies::READ_BYTES_MAX;

/// The content type of every answer in JSON, refusals included.
pub const JSON: &str = "application/json; charset=utf-8";

/// Said of what is no JSON, or does not say that it is. The sentence is the one old clients know.
pub const UNREADABLE: &str = "The browser (or proxy) sent a request that this server could not understand.";

/// Said of a body that is larger than its path takes.
pub const TOO_LARGE: &str = "Failed to buffer the request body: length limit exceeded";

/// Characters of an id that are repeated to whoever sent it.
const ID_CHARS_MAX: usize = 64;

/// A no, as it travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The status.
    pub status: u16,
    /// The body, in JSON.
    pub body: String,
}

impl Refusal {
    fn of(status: u16, body: &ErrorBody) -> Self {
        // Three texts are always JSON.
        Self { status, body: serde_json::to_string(body).unwrap_or_default() }
    }

    /// There is no request of this id.
    pub fn no_request(id: &str) -> Self {
        let code = ReturnCode::RequestNotFound;
        Self::of(code.status(), &ErrorBody::refused(code, no_request(id)))
    }

    /// The body is no JSON, or does not say that it is.
    pub fn unreadable() -> Self {
        Self::of(400, &ErrorBody::message(UNREADABLE))
    }

    /// The body is larger than its path takes.
    pub fn too_large() -> Self {
        Self::of(413, &ErrorBody::message(TOO_LARGE))
    }

    /// Looks whether a body could be JSON at all; long ones are not looked at. What passes here may still be no JSON to
    /// the server, which says so itself; what is refused here never is.
    pub fn of_body(body: &[u8]) -> Option<Self> {
        let broken = body.len() <= READ_BYTES_MAX && serde_json::from_slice::<IgnoredAny>(body).is_err();
        broken.then(Self::unreadable)
    }
}

/// Says that there is no request of this id.
pub fn no_request(id: &str) -> String {
    let id: String = id.chars().take(ID_CHARS_MAX).collect();
    format!("Request with ID '{id}' not found.")
}

/// Whether a content type is that of JSON.
pub fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().as_bytes();
    let ends = essence.len().checked_sub(5).map(|at| &essence[at..]);
    essence.eq_ignore_ascii_case(b"application/json")
        || essence.len() > 5 && ends.is_some_and(|ends| ends.eq_ignore_ascii_case(b"+json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_the_wires() {
        let refusal = Refusal::no_request("x");
        assert_eq!(refusal.status, 404);
        assert_eq!(refusal.body, r#"{"message":"Request with ID 'x' not found.","rc":"RequestNotFound"}"#);
        assert_eq!(Refusal::unreadable().status, 400);
        assert_eq!(Refusal::too_large().body, format!(r#"{{"message":"{TOO_LARGE}"}}"#));
        assert!(no_request(&"x".repeat(100)).contains(&format!("'{}'", "x".repeat(64))));
    }

    #[test]
    fn only_what_can_be_no_json_is_refused() {
        for broken in ["", "{", "{]", "nope", "{} {}"] {
            assert_eq!(Refusal::of_body(broken.as_bytes()), Some(Refusal::unreadable()), "{broken}");
        }
        for whole in ["{}", " [1, 2.5e3, null]\n", r#""text""#, &"[".repeat(200_000)] {
            assert_eq!(Refusal::of_body(whole.as_bytes()), None);
        }
    }

    #[test]
    fn json_is_recognised_by_its_declared_type() {
        for (declared, is) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/problem+json", true),
            ("+json", false),
            ("text/plain", false),
            ("", false),
        ] {
            assert_eq!(is_json(declared), is, "{declared}");
        }
    }
}
