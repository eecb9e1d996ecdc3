//! What the benchmarks share: a server on a throwaway database, the five calls of an image cycle, latencies, and what `/proc` tells.

pub mod calls;
pub mod latencies;
pub mod proc;
pub mod server;

use std::io::Write as _;

/// Writes a line of the report at once, so that a long run shows its progress.
pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // A closed terminal is no reason to stop measuring.
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}
