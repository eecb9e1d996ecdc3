//! Verdicts: what a benchmark found, and whether it is as it must be. Not here: where the bounds lie.

use super::say;
use super::server::BenchServer;
use std::process::ExitCode;

/// A finding and whether it is as it must be.
#[derive(Debug)]
pub struct Verdict {
    /// Whether it is.
    pub passed: bool,
    /// What was found, and what the bound is.
    pub line: String,
}

impl Verdict {
    /// Stops the server and checks its books.
    pub fn books(server: &mut BenchServer) -> Verdict {
        match server.audit() {
            Ok(()) => Verdict { passed: true, line: "the books balance (throng-server audit)".to_owned() },
            Err(error) => Verdict { passed: false, line: format!("books: {error:#}") },
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let word = if self.passed { "ok    " } else { "FAILED" };
        write!(formatter, "{word} {}", self.line)
    }
}

/// Tells all verdicts; the program fails if one of them does.
pub fn conclude(verdicts: &[Verdict]) -> ExitCode {
    for verdict in verdicts {
        say(&verdict.to_string());
    }
    if verdicts.iter().all(|verdict| verdict.passed) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
