//! The body of every "no". Not here: which "no" it is (`return_code`).

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::return_code::ReturnCode;

/// An error as it travels: always a message, an `rc` when a rule said no, `errors` when the body's shape was wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// What went wrong, one text for each dotted path of the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<BTreeMap<String, String>>,
    /// A sentence for people. Old clients look for phrases in it.
    #[serde(default)]
    pub message: String,
    /// The machine-readable reason; other servers may send strings that we do not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rc: Option<String>,
}

impl ErrorBody {
    /// The text that stands over validation errors, word for word as clients expect it.
    pub const VALIDATION_FAILED: &'static str = "Input payload validation failed";

    /// An error that only has a message.
    pub fn message(message: impl Into<String>) -> Self {
        Self { errors: None, message: message.into(), rc: None }
    }

    /// A refusal with its return code.
    pub fn refused(code: ReturnCode, message: impl Into<String>) -> Self {
        Self { errors: None, message: message.into(), rc: Some(code.as_str().to_owned()) }
    }

    /// The body's shape was wrong, at these dotted paths. Carries no `rc`.
    pub fn invalid(errors: BTreeMap<String, String>) -> Self {
        Self { errors: Some(errors), message: Self::VALIDATION_FAILED.to_owned(), rc: None }
    }

    /// The return code, if it is one we know.
    pub fn return_code(&self) -> Option<ReturnCode> {
        self.rc.as_deref().and_then(|rc| ReturnCode::from_str(rc).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn validation_errors_carry_no_rc() {
        let errors = BTreeMap::from([("params.width".to_owned(), "0 is not a multiple of 64".to_owned())]);
        let json = serde_json::to_string(&ErrorBody::invalid(errors)).unwrap();
        assert_eq!(
            json,
            r#"{"errors":{"params.width":"0 is not a multiple of 64"},"message":"Input payload validation failed"}"#
        );
    }

    #[test]
    fn refusals_carry_message_and_rc_only() {
        let json = serde_json::to_string(&ErrorBody::refused(ReturnCode::InvalidAPIKey, "No.")).unwrap();
        assert_eq!(json, r#"{"message":"No.","rc":"InvalidAPIKey"}"#);
    }

    #[test]
    fn a_foreign_rc_is_read_but_unknown() {
        let body: ErrorBody = serde_json::from_str(r#"{"message":"m","rc":"SomethingNew","more":1}"#).unwrap();
        assert_eq!(body.return_code(), None);
        assert_eq!(body.rc.as_deref(), Some("SomethingNew"));
    }
}
