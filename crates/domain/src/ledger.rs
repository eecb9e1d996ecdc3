//! Double entry: accounts, transfers between two of them, and holds. A transfer is never changed; a hold changes once, from pending to
//! its end. What an act costs is not here but in `price.rs`; who moves kudos when is in `desk/`.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::desk::restore::HoldRecord;
use crate::id::{AccountId, GenerationId, JobId, RequestId};
use crate::kudos::Kudos;
use crate::time::Timestamp;

/// Names a transfer by what caused it and which of the causes' legs it is, so that writing it twice changes nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct TransferId {
    /// The generation that was settled, the request that was taxed, or an id made for the occasion.
    pub cause: Uuid,
    /// Which movement of that cause.
    pub leg: i16,
}

/// Why kudos moved.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferCode {
    /// A requester pays the worker's owner for a result.
    Generation,
    /// A requester pays what nobody earns: surcharges and shares that bridges forgo.
    Surcharge,
    /// The treasury adds what a requester does not pay but the worker earned.
    Subsidy,
    /// A requester pays for being admitted.
    Tax,
    /// The treasury lifts a balance to its floor.
    Forgiveness,
    /// The treasury pays a worker for having been there.
    Uptime,
    /// Escrow becomes balance, because its owner is trusted now.
    Promotion,
    /// A user gives to a user.
    Gift,
    /// The house corrects or grants.
    Grant,
}

impl TransferCode {
    /// Every code, in a fixed order.
    pub const ALL: [Self; 9] = [
        Self::Generation,
        Self::Surcharge,
        Self::Subsidy,
        Self::Tax,
        Self::Forgiveness,
        Self::Uptime,
        Self::Promotion,
        Self::Gift,
        Self::Grant,
    ];

    /// Tells the name under which it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Generation => "generation",
            Self::Surcharge => "surcharge",
            Self::Subsidy => "subsidy",
            Self::Tax => "tax",
            Self::Forgiveness => "forgiveness",
            Self::Uptime => "uptime",
            Self::Promotion => "promotion",
            Self::Gift => "gift",
            Self::Grant => "grant",
        }
    }

    /// Reads the name under which it is stored.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == name)
    }
}

/// One movement of kudos.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Transfer {
    /// Its name, derived from its cause.
    pub id: TransferId,
    /// The account that gives.
    pub debit: AccountId,
    /// The account that gets; never the same.
    pub credit: AccountId,
    /// How much; always more than nothing.
    pub amount: Kudos,
    /// Why.
    pub code: TransferCode,
    /// When.
    pub at: Timestamp,
    /// The request it was for, if any.
    pub request: Option<RequestId>,
    /// The generation it was for, if any.
    pub generation: Option<GenerationId>,
}

/// How a hold ended, or that it has not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HoldState {
    /// The kudos are reserved.
    Pending,
    /// The job was done and paid, in whole or in part; what was left is free again.
    Posted,
    /// The job will not be done.
    Voided,
    /// The request grew too old.
    Expired,
}

impl HoldState {
    /// Every state, in a fixed order.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Posted, Self::Voided, Self::Expired];

    /// Tells the name under which it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Posted => "posted",
            Self::Voided => "voided",
            Self::Expired => "expired",
        }
    }

    /// Reads the name under which it is stored.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// Balances and what is reserved of them.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    balances: HashMap<AccountId, Kudos>,
    reserved: HashMap<AccountId, Kudos>,
    holds: HashMap<JobId, HoldRecord>,
}

impl Ledger {
    /// Tells what is on an account.
    pub fn balance(&self, account: AccountId) -> Kudos {
        self.balances.get(&account).copied().unwrap_or_default()
    }

    /// Tells what is reserved of an account.
    pub fn held(&self, account: AccountId) -> Kudos {
        self.reserved.get(&account).copied().unwrap_or_default()
    }

    /// Tells what is reserved for a job, and of which account.
    pub fn hold(&self, job: JobId) -> Option<HoldRecord> {
        self.holds.get(&job).copied()
    }

    /// Moves kudos.
    pub fn transfer(&mut self, transfer: &Transfer) {
        *self.balances.entry(transfer.debit).or_default() -= transfer.amount;
        *self.balances.entry(transfer.credit).or_default() += transfer.amount;
    }

    /// Places a hold, or ends it.
    pub fn save_hold(&mut self, hold: &HoldRecord) {
        let before = self.holds.remove(&hold.job);
        if let Some(before) = before {
            self.reserve(before.account, -before.amount);
        }
        if hold.state == HoldState::Pending {
            self.reserve(hold.account, hold.amount);
            self.holds.insert(hold.job, *hold);
        }
    }

    fn reserve(&mut self, account: AccountId, amount: Kudos) {
        let reserved = self.reserved.entry(account).or_default();
        *reserved += amount;
        if *reserved == Kudos::ZERO {
            self.reserved.remove(&account);
        }
    }

    /// Takes an account's balance over from its record.
    pub fn restore(&mut self, account: AccountId, balance: Kudos) {
        self.balances.insert(account, balance);
    }

    /// Tells all balances, in no order.
    pub fn balances(&self) -> impl Iterator<Item = (AccountId, Kudos)> {
        self.balances.iter().map(|(account, balance)| (*account, *balance))
    }

    /// Tells all pending holds, in no order.
    pub fn holds(&self) -> impl Iterator<Item = &HoldRecord> {
        self.holds.values()
    }
}
