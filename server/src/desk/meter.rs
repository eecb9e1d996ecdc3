//! What the desk counts about its own work, for metrics and for the bench. Not here: numbers about the network (the desk itself).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Counters that only grow.
#[derive(Debug, Default)]
pub struct Meter {
    acts: AtomicU64,
    batches: AtomicU64,
    events: AtomicU64,
    apply_micros: AtomicU64,
    write_micros: AtomicU64,
    retakes: AtomicU64,
}

/// One reading of the counters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reading {
    /// Acts and reads that had their turn.
    pub acts: u64,
    /// Transactions committed by the writer.
    pub batches: u64,
    /// Events written.
    pub events: u64,
    /// Time spent applying acts.
    pub apply_micros: u64,
    /// Time spent waiting for commits.
    pub write_micros: u64,
    /// Times the writer's connection was lost and found again.
    pub retakes: u64,
}

impl Meter {
    /// Reads all counters.
    pub fn read(&self) -> Reading {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Reading {
            acts: get(&self.acts),
            batches: get(&self.batches),
            events: get(&self.events),
            apply_micros: get(&self.apply_micros),
            write_micros: get(&self.write_micros),
            retakes: get(&self.retakes),
        }
    }

    pub(crate) fn applied(&self, acts: usize, took: Duration) {
        self.acts.fetch_add(acts as u64, Ordering::Relaxed);
        self.apply_micros.fetch_add(took.as_micros() as u64, Ordering::Relaxed);
    }

    pub(crate) fn wrote(&self, events: usize, took: Duration) {
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.events.fetch_add(events as u64, Ordering::Relaxed);
        self.write_micros.fetch_add(took.as_micros() as u64, Ordering::Relaxed);
    }

    pub(crate) fn retook(&self) {
        self.retakes.fetch_add(1, Ordering::Relaxed);
    }
}
