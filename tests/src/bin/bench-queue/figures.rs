//! What a measurement of whole cycles found, as rows of the report.

use throng_tests::bench::latencies::{CALLS, Latencies};

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
