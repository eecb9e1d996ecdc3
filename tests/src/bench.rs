//! What the benchmarks share: a server on a throwaway database, the five calls of an image cycle, one look again and
//! again, latencies, what `/proc` and `/metrics` tell, and verdicts.

pub mod calls;
pub mod hammer;
pub mod latencies;
pub mod numbers;
pub mod proc;
pub mod server;
pub mod verdict;

use std::io::Write as _;

/// Writes a line of the report at once, so that a long run shows its progress.
pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // A closed terminal is no reason to stop measuring.
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}
