//! Whatever goes wrong, in plain words: the server's own sentence, and what a person may do about it.

use std::collections::BTreeMap;

/// Something that stopped a request, said so that a person can act on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What happened.
    pub sentence: String,
    /// What to do about it, where something can be done.
    pub advice: Option<&'static str>,
    /// Whether the same call may succeed a little later.
    pub passing: bool,
    /// What was asked about does not exist (404).
    pub unknown: bool,
}

impl Trouble {
    /// Says it in the page's own words.
    pub fn plain(sentence: &str, advice: Option<&'static str>) -> Self {
        Self { sentence: sentence.to_owned(), advice, passing: false, unknown: false }
    }

    /// No answer came at all.
    pub fn unreachable() -> Self {
        Self {
            sentence: "The server did not answer.".to_owned(),
            advice: Some("Is your connection still there? Try again in a moment."),
            passing: true,
            unknown: false,
        }
    }

    /// An answer came that is not what the server promises.
    pub fn unreadable() -> Self {
        Self {
            sentence: "The server's answer could not be read.".to_owned(),
            advice: Some("If it happens again, the page and the server may be of different versions: reload."),
            passing: true,
            unknown: false,
        }
    }

    /// The request is unknown to the server: it was never there, or its time is over.
    pub fn forgotten() -> Self {
        Self::plain(
            "The server no longer knows this request.",
            Some("Requests are kept for twenty minutes. Create it again."),
        )
    }

    /// Every worker that tried it failed.
    pub fn faulted() -> Self {
        Self::plain(
            "The workers that tried this gave up on it.",
            Some("Try again; if it keeps failing, choose a smaller size, fewer steps or another model."),
        )
    }

    /// Reads a refusal: its status, and the error body where there was one.
    pub fn refused(status: u16, message: &str, rc: Option<&str>, errors: &BTreeMap<String, String>) -> Self {
        let mut sentence =
            if message.is_empty() { format!("The server refused with status {status}.") } else { message.to_owned() };
        if !errors.is_empty() {
            let list: Vec<String> = errors.iter().map(|(path, text)| format!("{}: {text}", field(path))).collect();
            sentence = format!("The server did not accept the settings: {}.", list.join("; "));
        }
        // A limit on calls carries no code; a limit on open requests does, and waiting alone does not lift it.
        let passing = status >= 500 || (status == 429 && rc.is_none());
        if status == 429 && rc.is_none() {
            sentence = format!("The server asks for patience ({message}).");
        }
        Self { sentence, advice: rc.and_then(advice), passing, unknown: status == 404 }
    }
}

/// The last part of a dotted path, in words.
fn field(path: &str) -> String {
    path.rsplit('.').next().unwrap_or(path).replace('_', " ")
}

/// What a person may do about a return code; those not listed explain themselves.
fn advice(rc: &str) -> Option<&'static str> {
    Some(match rc {
        "InvalidAPIKey" => "Open Account and check the key, or empty it to stay anonymous.",
        "UserNotFound" => "Check the key for missing letters, or be anonymous again.",
        "KudosUpfront" => "Make it smaller, with fewer steps, or use an account with more kudos.",
        "TooManyPrompts" => "Wait until your other requests are done, or cancel one.",
        "CorruptPrompt" => "Say it in other words.",
        "MaintenanceMode" => "The network takes no new requests for the moment. Try again later.",
        "TimeoutIP" => "Too many refused requests came from this address. Try again in a while.",
        "InvalidPromptSize" => "Make the prompt shorter.",
        "TokenOverflow" => "Ask for a shorter story.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_errors() -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    #[test]
    fn a_refusal_keeps_the_servers_sentence_and_adds_what_to_do() {
        let trouble = Trouble::refused(401, "No user matching sent API Key.", Some("InvalidAPIKey"), &no_errors());
        assert_eq!(trouble.sentence, "No user matching sent API Key.");
        assert!(trouble.advice.unwrap().contains("Account"));
        assert!(!trouble.passing);
    }

    #[test]
    fn settings_that_were_not_accepted_are_named() {
        let errors =
            BTreeMap::from([("params.cfg_scale".to_owned(), "101 is greater than the maximum of 100".to_owned())]);
        let trouble = Trouble::refused(400, "Input payload validation failed", None, &errors);
        assert_eq!(
            trouble.sentence,
            "The server did not accept the settings: cfg scale: 101 is greater than the maximum of 100."
        );
    }

    #[test]
    fn a_call_limit_passes_by_itself_but_a_limit_on_open_requests_does_not() {
        assert!(Trouble::refused(429, "2 per 1 second", None, &no_errors()).passing);
        assert!(!Trouble::refused(429, "Too many", Some("TooManyPrompts"), &no_errors()).passing);
    }

    #[test]
    fn an_outage_passes_and_still_has_a_sentence() {
        let trouble = Trouble::refused(502, "", None, &no_errors());
        assert!(trouble.passing);
        assert_eq!(trouble.sentence, "The server refused with status 502.");
    }
}
