//! Rate limits: fixed windows, counted in memory of this process. Which path has which limits is in `rate_limit/table.rs`; how the
//! limits meet calls is in `rate_limit/door.rs`. Not here: concurrency (a rule of the desk, with a return code of its own).

pub mod door;
pub mod table;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

/// Counters kept at most. An attacker who fills them with new addresses only makes old windows forgotten early.
const COUNTERS_MAX: usize = 200_000;

/// A limit: so many calls in each window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Calls in a window.
    pub calls: u32,
    /// The window.
    pub window_seconds: u32,
}

impl Limit {
    /// So many calls a second.
    pub const fn per_second(calls: u32) -> Self {
        Self { calls, window_seconds: 1 }
    }

    /// So many calls a minute.
    pub const fn per_minute(calls: u32) -> Self {
        Self { calls, window_seconds: 60 }
    }

    /// So many calls an hour.
    pub const fn per_hour(calls: u32) -> Self {
        Self { calls, window_seconds: 3600 }
    }
}

impl std::fmt::Display for Limit {
    /// Says it as clients of the AI Horde know it: `2 per 1 second`.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (count, unit) = match self.window_seconds {
            seconds if seconds % 3600 == 0 => (seconds / 3600, "hour"),
            seconds if seconds % 60 == 0 => (seconds / 60, "minute"),
            seconds => (seconds, "second"),
        };
        write!(formatter, "{} per {count} {unit}", self.calls)
    }
}

/// How a limit stands after a call was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The limit.
    pub limit: Limit,
    /// Whether this call was one too many.
    pub exceeded: bool,
    /// Calls left in the window.
    pub remaining: u32,
    /// When the window ends, in seconds since 1970.
    pub resets_at: i64,
}

#[derive(Debug, Clone, Copy)]
struct Counter {
    window: i64,
    window_seconds: u32,
    calls: u32,
}

/// The counters.
#[derive(Debug, Default)]
pub struct RateLimiter {
    counters: Mutex<HashMap<u64, Counter>>,
}

impl RateLimiter {
    /// Counts one call against a limit. `whom` names who is limited where; equal names share a counter.
    pub fn count(&self, whom: u64, limit: Limit, now: DateTime<Utc>) -> Standing {
        let window_seconds = i64::from(limit.window_seconds);
        let window = now.timestamp().div_euclid(window_seconds);
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        if counters.len() >= COUNTERS_MAX && !counters.contains_key(&whom) {
            forget(&mut counters, now);
        }
        let fresh = Counter { window, window_seconds: limit.window_seconds, calls: 0 };
        let counter = counters.entry(whom).or_insert(fresh);
        if counter.window != window {
            *counter = fresh;
        }
        counter.calls = counter.calls.saturating_add(1);
        Standing {
            limit,
            exceeded: counter.calls > limit.calls,
            remaining: limit.calls.saturating_sub(counter.calls),
            resets_at: (window + 1) * window_seconds,
        }
    }
}

/// Forgets windows that are over; if that frees nothing, forgets all.
fn forget(counters: &mut HashMap<u64, Counter>, now: DateTime<Utc>) {
    counters.retain(|_, counter| counter.window == now.timestamp().div_euclid(i64::from(counter.window_seconds)));
    if counters.len() >= COUNTERS_MAX {
        counters.clear();
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::clock::{Clock as _, ManualClock};

    #[test]
    fn a_window_lets_its_calls_pass_and_no_more() {
        let (limiter, clock) = (RateLimiter::default(), ManualClock::default());
        let limit = Limit::per_second(2);
        let exceeded = || limiter.count(1, limit, clock.now()).exceeded;
        assert_eq!([exceeded(), exceeded(), exceeded()], [false, false, true]);
        clock.advance(TimeDelta::seconds(1));
        assert!(!exceeded());
    }

    #[test]
    fn a_standing_says_what_is_left_and_until_when() {
        let (limiter, clock) = (RateLimiter::default(), ManualClock::default());
        clock.advance(TimeDelta::seconds(10));
        let standing = limiter.count(1, Limit::per_minute(90), clock.now());
        assert_eq!((standing.remaining, standing.resets_at - clock.now().timestamp()), (89, 50));
    }

    #[test]
    fn others_are_not_counted_along() {
        let (limiter, clock) = (RateLimiter::default(), ManualClock::default());
        let limit = Limit::per_second(1);
        assert!(!limiter.count(1, limit, clock.now()).exceeded);
        assert!(!limiter.count(2, limit, clock.now()).exceeded);
        assert!(limiter.count(1, limit, clock.now()).exceeded);
    }

    #[test]
    fn limits_are_told_in_the_known_words() {
        assert_eq!(Limit::per_second(2).to_string(), "2 per 1 second");
        assert_eq!(Limit::per_minute(90).to_string(), "90 per 1 minute");
        assert_eq!(Limit { calls: 20, window_seconds: 3600 }.to_string(), "20 per 1 hour");
    }

    #[test]
    fn the_counters_have_an_end() {
        let (limiter, clock) = (RateLimiter::default(), ManualClock::default());
        for whom in 0..=COUNTERS_MAX as u64 {
            limiter.count(whom, Limit::per_minute(1), clock.now());
        }
        assert!(limiter.counters.lock().unwrap().len() <= COUNTERS_MAX);
    }
}
