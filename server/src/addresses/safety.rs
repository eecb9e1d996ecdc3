//! Whether an address hides who is behind it: ranges that are always safe, what is remembered, then the service. What it means that
//! nobody knows is set by the operator. Without a service every address is safe.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use clap::ValueEnum;
use throng_domain::offer::Address;
use tokio::sync::Semaphore;

use super::checker::Checker;
use super::network::Network;
use crate::images::address::is_public;

/// From this likelihood on an address is unsafe.
const UNSAFE_FROM: f64 = 0.93;

/// How long an answer holds: addresses change hands in days.
const REMEMBERED: TimeDelta = TimeDelta::hours(6);

/// How long it holds that nobody knows: long enough that a worker's every pop does not ask again.
const UNKNOWN_REMEMBERED: TimeDelta = TimeDelta::minutes(1);

/// Addresses remembered at most; an attacker with more only makes old ones be asked for again.
const REMEMBERED_MAX: usize = 100_000;

/// Questions asked at once: services count them.
const QUESTIONS_AT_ONCE: usize = 8;

/// What it means that nobody knows an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Unknown {
    /// It is taken for safe.
    Allow,
    /// It is taken for unsafe.
    Deny,
    /// Its workers are told to come again later, until somebody knows.
    #[default]
    Challenge,
}

/// What a service said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Safe,
    Unsafe,
    Unknown,
}

/// What was said of an address, and until when it holds.
type Remembered = HashMap<IpAddr, (Verdict, DateTime<Utc>)>;

/// Judges addresses. Cheap to clone: all of it is shared.
#[derive(Debug, Clone)]
pub struct Safety {
    checker: Option<Arc<dyn Checker>>,
    unknown: Unknown,
    safe: Arc<[Network]>,
    remembered: Arc<Mutex<Remembered>>,
    questions: Arc<Semaphore>,
}

impl Safety {
    /// Judges by a service, if there is one; `safe` are the ranges that nobody need ask about.
    pub fn new(checker: Option<Arc<dyn Checker>>, unknown: Unknown, safe: Vec<Network>) -> Self {
        Self {
            checker,
            unknown,
            safe: safe.into(),
            remembered: Arc::default(),
            questions: Arc::new(Semaphore::new(QUESTIONS_AT_ONCE)),
        }
    }

    /// Judges an address as far as that takes no question.
    pub fn known(&self, address: IpAddr, now: DateTime<Utc>) -> Option<Address> {
        // Who calls from the same machine or house does not come through a hiding service.
        let needs_none = self.checker.is_none() || !is_public(address);
        if needs_none || self.safe.iter().any(|range| range.contains(address)) {
            return Some(Address::Safe);
        }
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let (verdict, until) = remembered.get(&address)?;
        (*until > now).then(|| self.meaning(*verdict))
    }

    /// Judges an address, asking the service if need be.
    pub async fn judge(&self, address: IpAddr, now: DateTime<Utc>) -> Address {
        if let Some(known) = self.known(address, now) {
            return known;
        }
        let Some(checker) = &self.checker else { return Address::Safe };
        let Ok(_turn) = self.questions.acquire().await else { return self.meaning(Verdict::Unknown) };
        // Somebody may have asked while this call waited for its turn.
        if let Some(known) = self.known(address, now) {
            return known;
        }
        let verdict = match checker.probability(address).await {
            Some(probability) if probability >= UNSAFE_FROM => Verdict::Unsafe,
            Some(_) => Verdict::Safe,
            None => Verdict::Unknown,
        };
        self.remember(address, verdict, now);
        self.meaning(verdict)
    }

    fn meaning(&self, verdict: Verdict) -> Address {
        match (verdict, self.unknown) {
            (Verdict::Safe, _) | (Verdict::Unknown, Unknown::Allow) => Address::Safe,
            (Verdict::Unsafe, _) | (Verdict::Unknown, Unknown::Deny) => Address::Unsafe,
            (Verdict::Unknown, Unknown::Challenge) => Address::Unknown,
        }
    }

    fn remember(&self, address: IpAddr, verdict: Verdict, now: DateTime<Utc>) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED_MAX {
            remembered.retain(|_, (_, until)| *until > now);
            if remembered.len() >= REMEMBERED_MAX {
                remembered.clear();
            }
        }
        let life = if verdict == Verdict::Unknown { UNKNOWN_REMEMBERED } else { REMEMBERED };
        remembered.insert(address, (verdict, now + life));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use async_trait::async_trait;

    use super::*;
    use crate::clock::{Clock as _, ManualClock};

    /// Answers always the same, and counts how often it was asked.
    #[derive(Debug)]
    struct Fixed(Option<f64>, AtomicU32);

    #[async_trait]
    impl Checker for Fixed {
        async fn probability(&self, _: IpAddr) -> Option<f64> {
            self.1.fetch_add(1, Ordering::Relaxed);
            self.0
        }
    }

    fn safety(answer: Option<f64>, unknown: Unknown) -> (Safety, Arc<Fixed>) {
        let checker = Arc::new(Fixed(answer, AtomicU32::new(0)));
        (Safety::new(Some(checker.clone()), unknown, vec!["93.184.0.0/16".parse().unwrap()]), checker)
    }

    const SOMEBODY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(8, 8, 4, 4));

    #[tokio::test]
    async fn what_nobody_knows_means_what_the_operator_says() {
        let now = ManualClock::default().now();
        for (answer, unknown, expected) in [
            (Some(0.92), Unknown::Deny, Address::Safe),
            (Some(0.93), Unknown::Allow, Address::Unsafe),
            (None, Unknown::Allow, Address::Safe),
            (None, Unknown::Deny, Address::Unsafe),
            (None, Unknown::Challenge, Address::Unknown),
        ] {
            assert_eq!(safety(answer, unknown).0.judge(SOMEBODY, now).await, expected, "{answer:?} {unknown:?}");
        }
        assert_eq!(Safety::new(None, Unknown::Deny, Vec::new()).judge(SOMEBODY, now).await, Address::Safe);
    }

    #[tokio::test]
    async fn an_answer_is_remembered_for_six_hours_and_a_riddle_for_a_minute() {
        for (answer, life) in [(Some(0.0), REMEMBERED), (None, UNKNOWN_REMEMBERED)] {
            let clock = ManualClock::default();
            let (safety, checker) = safety(answer, Unknown::Challenge);
            safety.judge(SOMEBODY, clock.now()).await;
            clock.advance(life - TimeDelta::seconds(1));
            safety.judge(SOMEBODY, clock.now()).await;
            assert_eq!(checker.1.load(Ordering::Relaxed), 1);
            clock.advance(TimeDelta::seconds(1));
            safety.judge(SOMEBODY, clock.now()).await;
            assert_eq!(checker.1.load(Ordering::Relaxed), 2);
        }
    }

    #[tokio::test]
    async fn safe_ranges_and_neighbours_are_never_asked_about() {
        let now = ManualClock::default().now();
        let (safety, checker) = safety(Some(1.0), Unknown::Deny);
        for address in ["93.184.216.34", "127.0.0.1", "192.168.1.7", "10.0.0.1", "::1", "fd00::1"] {
            assert_eq!(safety.judge(address.parse().unwrap(), now).await, Address::Safe, "{address}");
        }
        assert_eq!(checker.1.load(Ordering::Relaxed), 0);
    }
}
