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
    /// The house rewards what no machine can measure.
    Award,
    /// What the house grants every month.
    Monthly,
    /// A requester thanks the maker of the style that was used.
    Tip,
}

impl TransferCode {
    /// Every code, in a fixed order.
    pub const ALL: [Self; 12] = [
        Self::Generation,
        Self::Surcharge,
        Self::Subsidy,
        Self::Tax,
        Self::Forgiveness,
        Self::Uptime,
        Self::Promotion,
        Self::Gift,
        Self::Grant,
        Self::Award,
        Self::Monthly,
        Self::Tip,
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
            Self::Award => "award",
            Self::Monthly => "monthly",
            Self::Tip => "tip",
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn transfer(debit: i64, credit: i64, amount: i64) -> Transfer {
        Transfer {
            id: TransferId { cause: Uuid::nil(), leg: 0 },
            debit: AccountId(debit),
            credit: AccountId(credit),
            amount: Kudos::from_hundredths(amount),
            code: TransferCode::Gift,
            at: Timestamp(0),
            request: None,
            generation: None,
        }
    }

    fn hold(slot: u16, account: i64, amount: i64, state: HoldState) -> HoldRecord {
        HoldRecord {
            job: JobId { request: RequestId(Uuid::nil()), slot },
            account: AccountId(account),
            amount: Kudos::from_hundredths(amount),
            state,
            posted: Kudos::ZERO,
            placed: Timestamp(0),
            ended: None,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn all_accounts_sum_to_zero_whatever_moves(
            moves in prop::collection::vec((0..9_i64, 0..9_i64, 1..100_000_i64), 0..100)
        ) {
            let mut ledger = Ledger::default();
            for (debit, credit, amount) in moves {
                ledger.transfer(&transfer(debit, credit, amount));
            }
            prop_assert_eq!(ledger.balances().map(|(_, balance)| balance).sum::<Kudos>(), Kudos::ZERO);
        }

        #[test]
        fn what_is_held_is_the_sum_of_pending_holds(
            saves in prop::collection::vec((0..6_u16, 0..4_usize), 0..100)
        ) {
            let mut ledger = Ledger::default();
            let mut pending = std::collections::BTreeMap::new();
            for (slot, state) in saves {
                // A hold's account and amount never change.
                let amount = i64::from(slot) * 7 + 1;
                let record = hold(slot, i64::from(slot % 2), amount, HoldState::ALL[state]);
                ledger.save_hold(&record);
                ledger.save_hold(&record);
                pending.insert(slot, (record.state == HoldState::Pending).then_some(amount));
            }
            for account in 0..2 {
                let of_account = pending.iter().filter(|(slot, _)| i64::from(*slot % 2) == account);
                let held: i64 = of_account.filter_map(|(_, amount)| *amount).sum();
                prop_assert_eq!(ledger.held(AccountId(account)).hundredths(), held);
            }
        }
    }
}
