//! Addresses from which many calls are welcome: ranges that the operator named, and for a day those from which an esteemed user asked for
//! something itself. What "many" is stands in `rate_limit/table.rs`; who is esteemed, in `board.rs`.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, TimeDelta, Utc};

use super::network::Network;

/// How long an address is remembered after an esteemed user asked from it.
const REMEMBERED: TimeDelta = TimeDelta::hours(24);

/// An address that is remembered anyway is noted again only so often: asks come every second, and all calls look here.
const NOTED_EVERY: TimeDelta = TimeDelta::hours(1);

/// Addresses remembered at most; with more, all are forgotten, and their next asks bring them back.
const REMEMBERED_MAX: usize = 50_000;

/// The addresses. Cheap to clone: they are shared.
#[derive(Debug, Clone)]
pub struct Listed {
    always: Arc<[Network]>,
    until: Arc<RwLock<HashMap<IpAddr, DateTime<Utc>>>>,
}

impl Listed {
    /// Begins with the operator's ranges.
    pub fn new(always: Vec<Network>) -> Self {
        Self { always: always.into(), until: Arc::default() }
    }

    /// Whether many calls are welcome from an address.
    pub fn holds(&self, address: IpAddr, now: DateTime<Utc>) -> bool {
        self.always.iter().any(|range| range.contains(address)) || self.until(address).is_some_and(|until| until > now)
    }

    /// Remembers an address from which an esteemed user asked.
    pub fn note(&self, address: IpAddr, now: DateTime<Utc>) {
        let ends = now + REMEMBERED;
        if self.until(address).is_some_and(|until| ends - until < NOTED_EVERY) {
            return;
        }
        let mut until = self.until.write().unwrap_or_else(PoisonError::into_inner);
        if until.len() >= REMEMBERED_MAX {
            until.retain(|_, until| *until > now);
            if until.len() >= REMEMBERED_MAX {
                until.clear();
            }
        }
        until.insert(address, ends);
    }

    fn until(&self, address: IpAddr) -> Option<DateTime<Utc>> {
        self.until.read().unwrap_or_else(PoisonError::into_inner).get(&address).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock as _, ManualClock};

    #[test]
    fn an_address_is_listed_for_a_day_and_a_range_for_ever() {
        let (listed, clock) = (Listed::new(vec!["192.0.2.0/24".parse().unwrap()]), ManualClock::default());
        let (guest, member) = (IpAddr::from([198, 51, 100, 7]), IpAddr::from([192, 0, 2, 9]));
        assert!(!listed.holds(guest, clock.now()) && listed.holds(member, clock.now()));
        listed.note(guest, clock.now());
        clock.advance(TimeDelta::hours(23));
        assert!(listed.holds(guest, clock.now()));
        listed.note(guest, clock.now());
        clock.advance(TimeDelta::hours(23));
        assert!(listed.holds(guest, clock.now()), "each ask begins the day anew");
        clock.advance(TimeDelta::hours(1));
        assert!(!listed.holds(guest, clock.now()) && listed.holds(member, clock.now()));
    }
}
