//! How many may hold a stream open: in all, and from one address. Nobody is turned away for good: whoever gets no place
//! looks now and then.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::StatusCode;

use crate::addresses::network::Network;
use crate::desk::Unavailable;
use crate::error::Error;

/// Said to whoever holds too many streams; clients that understand nothing of it go on polling.
const TOO_MANY: &str = "Too many streams are open from your address. Please look now and then instead.";

/// Places for streams.
#[derive(Debug, Clone)]
pub(crate) struct Crowd(Arc<Places>);

#[derive(Debug)]
struct Places {
    most: usize,
    most_per_address: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_holder: HashMap<Network, usize>,
}

/// A place; it is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    places: Arc<Places>,
    holder: Network,
}

/// There is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// Not for this address.
    Here,
    /// Not for anybody.
    Everywhere,
}

impl Crowd {
    /// So many places in all, and so many for each address.
    pub(crate) fn new(most: usize, most_per_address: usize) -> Self {
        Self(Arc::new(Places { most, most_per_address, taken: Mutex::default() }))
    }

    /// Takes a place.
    pub(crate) fn enter(&self, address: IpAddr) -> Result<Seat, Full> {
        let holder = Network::of_holder(address);
        let mut taken = self.0.taken();
        if taken.all >= self.0.most {
            return Err(Full::Everywhere);
        }
        let here = taken.by_holder.entry(holder).or_default();
        if *here >= self.0.most_per_address {
            return Err(Full::Here);
        }
        *here += 1;
        taken.all += 1;
        Ok(Seat { places: Arc::clone(&self.0), holder })
    }

    /// Tells how many places are taken.
    pub(crate) fn count(&self) -> usize {
        self.0.taken().all
    }
}

impl Places {
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.all = taken.all.saturating_sub(1);
        if let Some(here) = taken.by_holder.get_mut(&self.holder) {
            *here -= 1;
            if *here == 0 {
                taken.by_holder.remove(&self.holder);
            }
        }
    }
}

impl From<Full> for Error {
    fn from(full: Full) -> Self {
        match full {
            Full::Here => Self::Plain(StatusCode::TOO_MANY_REQUESTS, TOO_MANY.into()),
            Full::Everywhere => Unavailable::Busy.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn nobody_takes_more_places_than_there_are_and_places_are_given_back() {
        let crowd = Crowd::new(3, 2);
        let (ada, bob) = (address("192.0.2.1"), address("192.0.2.2"));
        let first = crowd.enter(ada).unwrap();
        let _second = crowd.enter(ada).unwrap();
        assert_eq!(crowd.enter(ada).unwrap_err(), Full::Here);
        let _third = crowd.enter(bob).unwrap();
        assert_eq!(crowd.enter(bob).unwrap_err(), Full::Everywhere);
        drop(first);
        assert_eq!(crowd.count(), 2);
        let _again = crowd.enter(ada).unwrap();
        assert_eq!(crowd.count(), 3);
    }

    #[test]
    fn who_holds_one_address_of_ipv6_holds_its_neighbours() {
        let crowd = Crowd::new(9, 1);
        let _first = crowd.enter(address("2001:db8::1")).unwrap();
        assert_eq!(crowd.enter(address("2001:db8::2")).unwrap_err(), Full::Here);
        assert!(crowd.enter(address("2001:db8:0:1::1")).is_ok());
        assert_eq!(crowd.0.taken().by_holder.len(), 1, "nothing is remembered of who left");
    }
}
