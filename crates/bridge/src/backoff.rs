//! How long to wait before the next try: longer each time, never in step with others, and as long as the server asks.

use std::time::Duration;

use crate::clock::Chance;

/// The longest a server's `Retry-After` is obeyed: more than this is a mistake, or a server that will be asked again anyway.
const RETRY_AFTER_MAX: Duration = Duration::from_mins(10);

/// An exponential back-off with jitter.
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    tries: u32,
}

impl Backoff {
    /// Starts with `first` and doubles up to `longest`.
    pub fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, tries: 0 }
    }

    /// The time to wait now. Half of it is fixed and half is chance, so that workers that failed together do not
    /// return together; a `Retry-After` is never undercut.
    pub fn next(&mut self, chance: &impl Chance, retry_after: Option<Duration>) -> Duration {
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(self.tries)).min(self.longest);
        self.tries = self.tries.saturating_add(1);
        let jittered = doubled.mul_f64(0.5 + 0.5 * chance.fraction());
        match retry_after {
            Some(asked) => asked.min(RETRY_AFTER_MAX) + jittered.min(self.first),
            None => jittered,
        }
    }

    /// Forgets the failures: the next wait is the first again.
    pub fn reset(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_secs(1);
    const LONGEST: Duration = Duration::from_mins(1);

    #[test]
    fn waits_double_up_to_the_longest_and_start_again_after_a_success() {
        let mut backoff = Backoff::new(FIRST, LONGEST);
        let most = || 0.999_999;
        let waits: Vec<u64> = (0..9).map(|_| backoff.next(&most, None).as_secs_f64().round() as u64).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        backoff.reset();
        assert_eq!(backoff.next(&most, None).as_secs_f64().round() as u64, 1);
    }

    #[test]
    fn chance_takes_away_at_most_half() {
        let mut lucky = Backoff::new(FIRST, LONGEST);
        assert_eq!(lucky.next(&|| 0.0, None), FIRST / 2);
    }

    #[test]
    fn a_retry_after_is_never_undercut_and_never_absurd() {
        let mut backoff = Backoff::new(FIRST, LONGEST);
        let asked = Duration::from_secs(30);
        let waited = backoff.next(&|| 0.0, Some(asked));
        assert!(waited >= asked && waited <= asked + FIRST, "{waited:?}");
        assert!(backoff.next(&|| 0.0, Some(Duration::from_secs(1_000_000))) <= RETRY_AFTER_MAX + FIRST);
    }

    #[test]
    fn a_thousand_failures_do_not_overflow() {
        let mut backoff = Backoff::new(FIRST, LONGEST);
        for _ in 0..1000 {
            assert!(backoff.next(&|| 0.5, None) <= LONGEST);
        }
    }
}
