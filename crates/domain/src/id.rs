//! Typed ids, so that a worker's id can never be passed where a request's belongs.
//! Making ids is not here: it is chance, and comes in as [`Ids`].

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::time::Timestamp;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    };
}

uuid_id!(
    /// Names a registered machine that generates.
    WorkerId
);
uuid_id!(
    /// Names one ask of a requester; it expands into jobs.
    RequestId
);
uuid_id!(
    /// Names one worker's attempt at one job. It is the lease: whoever holds a live one may submit.
    GenerationId
);
uuid_id!(
    /// Names a team of workers.
    TeamId
);
uuid_id!(
    /// Names a message to workers.
    MessageId
);

uuid_id!(
    /// Names a shared key. It is the key itself: random, and shown to whoever holds it.
    SharedKeyId
);

/// Names a user by number. Zero is the anonymous user.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(pub i64);

impl UserId {
    /// The account that everyone without a key of their own shares.
    pub const ANONYMOUS: Self = Self(0);

    /// Tells whether this is the shared anonymous account.
    pub fn is_anonymous(self) -> bool {
        self == Self::ANONYMOUS
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Names one wanted result: the `slot`-th (from 0) of its request. It never leaves the server.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct JobId {
    /// The request that wants it.
    pub request: RequestId,
    /// Which of the request's results it is, counted from 0.
    pub slot: u16,
}

/// Names an account of the ledger: a user's, a user's escrow, the treasury or the burn.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(pub i64);

impl AccountId {
    /// Where kudos come from: rewards for uptime, grants, forgiven debts.
    pub const TREASURY: Self = Self(1);
    /// Where kudos go for good: taxes and surcharges.
    pub const BURN: Self = Self(2);
    /// Numbers below this are the house's own; user accounts begin here.
    const FIRST_OF_USERS: i64 = 16;

    /// Names the spendable account of a user.
    pub fn of(user: UserId) -> Self {
        Self(Self::FIRST_OF_USERS + 2 * user.0)
    }

    /// Names the account that holds a user's kudos until the user is trusted.
    pub fn escrow_of(user: UserId) -> Self {
        Self(Self::FIRST_OF_USERS + 2 * user.0 + 1)
    }

    /// Tells whose account this is, if it is a user's.
    pub fn user(self) -> Option<UserId> {
        (self.0 >= Self::FIRST_OF_USERS).then(|| UserId((self.0 - Self::FIRST_OF_USERS) / 2))
    }

    /// Tells whether this is an escrow account.
    pub fn is_escrow(self) -> bool {
        self.0 >= Self::FIRST_OF_USERS && (self.0 - Self::FIRST_OF_USERS) % 2 == 1
    }
}

/// Where fresh ids and chance come from. The server's is real; a test's is seeded.
pub trait Ids {
    /// Makes a fresh UUID (version 7, so that it sorts by `now`).
    fn uuid(&mut self, now: Timestamp) -> Uuid;

    /// Draws a random number: seeds of pictures, choice of a model.
    fn random(&mut self) -> u64;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_account_knows_its_user() {
        for number in [0, 1, 2, 77] {
            let user = UserId(number);
            assert_eq!(AccountId::of(user).user(), Some(user));
            assert_eq!(AccountId::escrow_of(user).user(), Some(user));
            assert!(!AccountId::of(user).is_escrow());
            assert!(AccountId::escrow_of(user).is_escrow());
        }
        assert_eq!(AccountId::TREASURY.user(), None);
        assert!(!AccountId::BURN.is_escrow());
    }
}
