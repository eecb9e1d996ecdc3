//! Time and chance as the loop needs them. The shell brings the real ones, the tests bring ones they can move.

use std::time::Duration;

/// Tells the time since some fixed moment, and waits.
pub trait Clock {
    /// The time since a moment that never changes while the program runs.
    fn now(&self) -> Duration;

    /// Waits for a while.
    async fn sleep(&self, time: Duration);
}

/// A source of chance, for jitter.
pub trait Chance {
    /// A number from 0 up to, but never, 1.
    fn fraction(&self) -> f64;
}

impl<F: Fn() -> f64> Chance for F {
    fn fraction(&self) -> f64 {
        self()
    }
}
