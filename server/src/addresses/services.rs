//! How many corrupt prompts came through each service lately. Its visitors are punished by their own addresses; this tells the operator
//! that a service does not look after them. In memory alone: a restart forgives an hour at most.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// A corrupt prompt is held against a service for so long after the last one.
const REMEMBERED: TimeDelta = TimeDelta::hours(1);

/// How often, and when last.
type Offences = HashMap<IpAddr, (u32, DateTime<Utc>)>;

/// Counts by the services' own addresses. Cheap to clone: they are shared.
#[derive(Debug, Clone, Default)]
pub struct Services(Arc<Mutex<Offences>>);

impl Services {
    /// Counts one corrupt prompt; tells how many there were within the hour, this one included.
    pub fn offended(&self, service: IpAddr, now: DateTime<Utc>) -> u32 {
        let mut offences = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        offences.retain(|_, (_, last)| now - *last < REMEMBERED);
        let (times, last) = offences.entry(service).or_insert((0, now));
        *times = times.saturating_add(1);
        *last = now;
        *times
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock as _, ManualClock};

    #[test]
    fn offences_of_a_service_are_forgotten_after_an_hour_of_peace() {
        let (services, clock) = (Services::default(), ManualClock::default());
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        assert_eq!([services.offended(one, clock.now()), services.offended(one, clock.now())], [1, 2]);
        assert_eq!(services.offended(other, clock.now()), 1);
        clock.advance(TimeDelta::minutes(59));
        assert_eq!(services.offended(one, clock.now()), 3);
        clock.advance(TimeDelta::hours(1));
        assert_eq!(services.offended(one, clock.now()), 1);
    }
}
