//! Latencies and their percentiles.

use anyhow::Result;
use std::time::{Duration, Instant};

/// The five calls of a cycle, in order.
pub const CALLS: [&str; 5] = ["async", "pop", "submit", "check", "status"];

/// Latencies of one kind of call, in microseconds: a long run keeps millions of them.
#[derive(Debug, Default, Clone)]
pub struct Latencies(Vec<u32>);

impl Latencies {
    /// Notes one call.
    pub fn note(&mut self, took: Duration) {
        // What takes longer than an hour is told as an hour and eleven minutes.
        self.0.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
    }

    /// Waits for a call and notes how long it took, unless it failed.
    pub async fn timed<T>(&mut self, call: impl Future<Output = Result<T>>) -> Result<T> {
        let begun = Instant::now();
        let answer = call.await?;
        self.note(begun.elapsed());
        Ok(answer)
    }

    /// Takes over others' calls.
    pub fn merge(&mut self, other: &Latencies) {
        self.0.extend_from_slice(&other.0);
    }

    /// How many calls there were.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The latency in milliseconds below which the given share of calls stays; 0 without calls.
    pub fn percentile_ms(&mut self, share: f64) -> f64 {
        if self.0.is_empty() {
            return 0.0;
        }
        self.0.sort_unstable();
        let at = ((self.0.len() as f64 * share).ceil() as usize).clamp(1, self.0.len());
        f64::from(self.0[at - 1]) / 1000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_latency_that_there_was() {
        let mut latencies = Latencies::default();
        assert!(latencies.percentile_ms(0.99) < 0.001, "nothing was noted");
        for millis in (1..=200).rev() {
            latencies.note(Duration::from_millis(millis));
        }
        for (share, expected) in [(0.0, 1.0), (0.5, 100.0), (0.99, 198.0), (1.0, 200.0)] {
            assert!((latencies.percentile_ms(share) - expected).abs() < 0.001, "{share}");
        }
    }
}
