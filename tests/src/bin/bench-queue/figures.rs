//! Latencies and their percentiles.

use std::time::Duration;

/// The five calls of a cycle, in order.
pub(crate) const CALLS: [&str; 5] = ["async", "pop", "submit", "check", "status"];

/// Latencies of one kind of call.
#[derive(Debug, Default, Clone)]
pub(crate) struct Latencies(Vec<Duration>);

impl Latencies {
    /// Notes one call.
    pub(crate) fn note(&mut self, took: Duration) {
        self.0.push(took);
    }

    /// Takes over another client's calls.
    pub(crate) fn merge(&mut self, other: Latencies) {
        self.0.extend(other.0);
    }

    /// How many calls there were.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The latency in milliseconds below which the given share of calls stays; 0 without calls.
    pub(crate) fn percentile_ms(&mut self, share: f64) -> f64 {
        if self.0.is_empty() {
            return 0.0;
        }
        self.0.sort_unstable();
        let at = ((self.0.len() as f64 * share).ceil() as usize).clamp(1, self.0.len());
        self.0[at - 1].as_secs_f64() * 1000.0
    }
}

/// What a measurement of whole cycles found.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// Finished cycles per second.
    pub(crate) cycles_per_second: f64,
    /// Per call, in the order of [`CALLS`].
    pub(crate) latencies: [Latencies; 5],
    /// CPU microseconds per call of server, database and load.
    pub(crate) cpu_us: [f64; 3],
}

impl Measured {
    /// The rows of the report.
    pub(crate) fn table(mut self, clients: usize) -> String {
        let mut rows = Vec::new();
        for (at, call) in CALLS.iter().enumerate() {
            let (p50, p99) = (self.latencies[at].percentile_ms(0.5), self.latencies[at].percentile_ms(0.99));
            let lead = if at == 0 {
                format!("{clients:>7} | {:>8.0} |", self.cycles_per_second)
            } else {
                format!("{:>7} | {:>8} |", "", "")
            };
            let tail = if at == 0 {
                let [server, database, load] = self.cpu_us;
                format!(" | {server:.0}, {database:.0}, {load:.0}")
            } else {
                String::new()
            };
            rows.push(format!("{lead} {call:<6} {p50:>7.2}  {p99:>7.2}{tail}"));
        }
        rows.join("\n")
    }
}
