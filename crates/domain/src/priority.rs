//! Who goes first. Waiting requests age by formula: all gain alike, so their order never changes and nothing is ever rewritten.

use crate::id::RequestId;
use crate::kudos::Kudos;
use crate::limits::{AGEING_EVERY, AGEING_KUDOS, PRIORITY_DOWNGRADED, PRIORITY_FLAGGED};
use crate::time::Timestamp;

/// A request's place in the queue; the smallest goes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct QueueKey {
    rank: i64,
    created: Timestamp,
    id: RequestId,
}

impl QueueKey {
    /// Makes the key from the priority at admission.
    ///
    /// A request of priority `p` admitted at `t` stands at time `now` with `p + 50·⌊(now − t)/10 s⌋`. Counting the tens of seconds from
    /// a common start instead of from `t` makes the difference of two requests constant: `50·⌊t/10 s⌋ − p` orders them for ever.
    pub fn new(priority: i64, created: Timestamp, id: RequestId) -> Self {
        let tens = created.0.div_euclid(AGEING_EVERY.0);
        Self { rank: AGEING_KUDOS * tens - priority, created, id }
    }

    /// Makes the key of a request that does not age: the richer first, and of equals the older.
    pub fn ageless(priority: i64, created: Timestamp, id: RequestId) -> Self {
        Self { rank: -priority, created, id }
    }

    /// Tells whose key it is.
    pub fn id(self) -> RequestId {
        self.id
    }
}

/// Tells the priority at admission, in whole kudos, from the balance before the tax.
pub fn at_admission(balance: Kudos, flagged: bool, downgraded: bool) -> i64 {
    if downgraded {
        PRIORITY_DOWNGRADED
    } else if !flagged {
        balance.rounded()
    } else if balance > Kudos::whole(10) {
        (balance.rounded() + 500) / 1000
    } else {
        PRIORITY_FLAGGED
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn key(priority: i64, seconds: i64) -> QueueKey {
        QueueKey::new(priority, Timestamp::from_seconds(seconds), RequestId(Uuid::nil()))
    }

    #[test]
    fn the_richer_goes_first_and_then_the_older() {
        assert!(key(100, 5) < key(0, 1));
        assert!(key(0, 1) < key(0, 5));
        assert!(key(0, 1) < key(-50, 1));
    }

    #[test]
    fn ten_seconds_of_waiting_are_worth_fifty_kudos() {
        assert!(key(0, 0) < key(49, 10));
        assert!(key(51, 10) < key(0, 0));
        assert!(key(0, 0) < key(50, 10), "equal standing: the older first");
    }

    #[test]
    fn the_flagged_and_the_shrunk_wait_longer() {
        let rich = Kudos::whole(20_000);
        assert_eq!(at_admission(rich, false, false), 20_000);
        assert_eq!(at_admission(rich, true, false), 20);
        assert_eq!(at_admission(Kudos::whole(10), true, false), PRIORITY_FLAGGED);
        assert_eq!(at_admission(rich, false, true), PRIORITY_DOWNGRADED);
    }
}
