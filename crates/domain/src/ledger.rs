//! Double entry: accounts, transfers between two of them, and holds. A transfer is never changed; a hold changes once, from pending to
//! its end. What an act costs is not here but in `price.rs`; who moves kudos when is in `desk/`.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

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
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Ledger {
    balances: HashMap<AccountId, Kudos>,
    reserved: HashMap<AccountId, Kudos>,
    pending: HashMap<JobId, (AccountId, Kudos)>,
}
