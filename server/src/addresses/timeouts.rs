//! Timeouts of addresses and ranges, in memory: every ask and every pop looks here. The table behind them is in `store/timeouts.rs`.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, TimeDelta, Utc};

use super::network::Network;

/// The first timeout for a corrupt prompt; the n-th is 2n-1 times as long.
const FIRST: TimeDelta = TimeDelta::minutes(3);

/// A corrupt prompt is held against an address for so long.
pub(crate) const REMEMBERED: TimeDelta = TimeDelta::hours(24);

/// One network's timeout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeout {
    /// Whose.
    pub network: Network,
    /// Until when.
    pub ends: DateTime<Utc>,
    /// Corrupt prompts that came from there lately.
    pub offences: u32,
    /// When the last of them came.
    pub offended: Option<DateTime<Utc>>,
}

impl Timeout {
    /// Corrupt prompts that still count.
    fn counted(&self, now: DateTime<Utc>) -> u32 {
        if self.offended.is_some_and(|at| now - at < REMEMBERED) { self.offences } else { 0 }
    }
}

/// The timeouts. Cheap to clone: they are shared.
#[derive(Debug, Clone, Default)]
pub struct Timeouts {
    shared: Arc<RwLock<Known>>,
}

/// Addresses are looked up; ranges, of which there are few, are walked through.
#[derive(Debug, Default)]
struct Known {
    singles: HashMap<Network, Timeout>,
    ranges: HashMap<Network, Timeout>,
    changes: u64,
}

impl Known {
    fn of(&self, network: Network) -> Option<&Timeout> {
        if network.is_range() { self.ranges.get(&network) } else { self.singles.get(&network) }
    }

    fn of_mut(&mut self, network: Network) -> &mut HashMap<Network, Timeout> {
        if network.is_range() { &mut self.ranges } else { &mut self.singles }
    }

    fn holding(&self, address: IpAddr, now: DateTime<Utc>) -> impl Iterator<Item = &Timeout> {
        let ranges = self.ranges.values().filter(move |timeout| timeout.network.contains(address));
        let single = self.singles.get(&Network::single(address));
        ranges.chain(single).filter(move |timeout| timeout.ends > now)
    }
}

impl Timeouts {
    fn read<T>(&self, look: impl FnOnce(&Known) -> T) -> T {
        look(&self.shared.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, change: impl FnOnce(&mut Known) -> T) -> T {
        change(&mut self.shared.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// How often something was changed here: a mark for [`Timeouts::fill`].
    pub fn changes(&self) -> u64 {
        self.read(|known| known.changes)
    }

    /// Takes over what a table holds in place of all that was known, unless something was changed since the mark: then the table may
    /// have been read before that.
    pub fn fill(&self, timeouts: Vec<Timeout>, mark: u64) {
        let mut fresh = Known { changes: mark, ..Known::default() };
        for timeout in timeouts {
            fresh.of_mut(timeout.network).insert(timeout.network, timeout);
        }
        self.write(|known| {
            if known.changes == mark {
                *known = fresh;
            }
        });
    }

    /// Sets one.
    pub fn set(&self, timeout: Timeout) {
        self.write(|known| {
            known.changes += 1;
            known.of_mut(timeout.network).insert(timeout.network, timeout);
        });
    }

    /// Forgets one.
    pub fn remove(&self, network: Network) {
        self.write(|known| {
            known.changes += 1;
            known.of_mut(network).remove(&network);
        });
    }

    /// The seconds for which an address is in a timeout, begun ones counted whole; none if it is not.
    pub fn seconds_left(&self, address: IpAddr, now: DateTime<Utc>) -> Option<i64> {
        self.read(|known| known.holding(address, now).map(|timeout| seconds(timeout.ends - now)).max())
    }

    /// The ranges in a timeout, each with its seconds.
    pub fn ranges(&self, now: DateTime<Utc>) -> Vec<(Network, i64)> {
        sorted(self.read(|known| told(known.ranges.values().filter(|timeout| timeout.ends > now), now)))
    }

    /// What holds for an address: the ranges it belongs to, and its own timeout.
    pub fn holding(&self, address: IpAddr, now: DateTime<Utc>) -> Vec<(Network, i64)> {
        sorted(self.read(|known| told(known.holding(address, now), now)))
    }

    /// A network's timeout with a new end.
    pub fn renewed(&self, network: Network, ends: DateTime<Utc>) -> Timeout {
        let known = self.read(|known| known.of(network).copied());
        Timeout { ends, ..known.unwrap_or(Timeout { network, ends, offences: 0, offended: None }) }
    }

    /// An address' timeout after one more corrupt prompt: three minutes, then nine, then fifteen ...
    pub fn punished(&self, address: IpAddr, now: DateTime<Utc>) -> Timeout {
        let timeout = self.renewed(Network::single(address), now);
        let before = timeout.counted(now);
        let times = i32::try_from(before).unwrap_or(i32::MAX / 4).saturating_mul(2).saturating_add(1);
        let ends = now + FIRST * times;
        Timeout { ends, offences: before.saturating_add(1), offended: Some(now), ..timeout }
    }
}

fn seconds(left: TimeDelta) -> i64 {
    (left.num_milliseconds() + 999).div_euclid(1000)
}

fn told<'a>(timeouts: impl Iterator<Item = &'a Timeout>, now: DateTime<Utc>) -> Vec<(Network, i64)> {
    timeouts.map(|timeout| (timeout.network, seconds(timeout.ends - now))).collect()
}

fn sorted(mut networks: Vec<(Network, i64)>) -> Vec<(Network, i64)> {
    networks.sort();
    networks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock as _, ManualClock};

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn each_corrupt_prompt_costs_more_until_it_is_forgotten() {
        let (timeouts, clock) = (Timeouts::default(), ManualClock::default());
        let offender = address("192.0.2.7");
        let mut waits = Vec::new();
        for _ in 0..3 {
            timeouts.set(timeouts.punished(offender, clock.now()));
            waits.push(timeouts.seconds_left(offender, clock.now()).unwrap());
        }
        assert_eq!(waits, [180, 540, 900]);
        clock.advance(TimeDelta::hours(24));
        assert_eq!(timeouts.seconds_left(offender, clock.now()), None);
        timeouts.set(timeouts.punished(offender, clock.now()));
        assert_eq!(timeouts.seconds_left(offender, clock.now()), Some(180));
    }

    #[test]
    fn an_address_waits_for_the_longest_of_what_holds_for_it() {
        let (timeouts, clock) = (Timeouts::default(), ManualClock::default());
        let now = clock.now();
        for (network, hours) in [("192.0.2.0/24", 2), ("192.0.2.7", 1), ("192.0.0.0/16", 3), ("2001:db8::/32", 9)] {
            timeouts.set(timeouts.renewed(network.parse().unwrap(), now + TimeDelta::hours(hours)));
        }
        assert_eq!(timeouts.seconds_left(address("192.0.2.7"), now), Some(3 * 3600));
        assert_eq!(timeouts.seconds_left(address("198.51.100.1"), now), None);
        let told: Vec<String> =
            timeouts.holding(address("192.0.2.7"), now).iter().map(|(network, _)| network.to_string()).collect();
        assert_eq!(told, ["192.0.0.0/16", "192.0.2.0/24", "192.0.2.7"]);
        assert_eq!(timeouts.ranges(now).len(), 3);
    }

    #[test]
    fn a_table_read_before_a_change_does_not_undo_it() {
        let (timeouts, clock) = (Timeouts::default(), ManualClock::default());
        let (offender, now) = (address("192.0.2.7"), clock.now());
        let mark = timeouts.changes();
        timeouts.set(timeouts.punished(offender, now));
        timeouts.fill(Vec::new(), mark);
        assert_eq!(timeouts.seconds_left(offender, now), Some(180));
        timeouts.fill(Vec::new(), timeouts.changes());
        assert_eq!(timeouts.seconds_left(offender, now), None);
    }
}
