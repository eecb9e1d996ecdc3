//! Kudos move between users: `/kudos/transfer`, `/kudos/award`; and what moved: `/users/{id}/statement`, which the AI Horde has not.

use serde::{Deserialize, Serialize};

use crate::endpoint::endpoint;

endpoint!(
    /// Gives kudos to a user, or to the owner of a shared key and to the key.
    PostTransfer, Post, "/kudos/transfer", Transfer => Transferred);
endpoint!(
    /// Rewards a user from the treasury; for the first user alone.
    PostAward, Post, "/kudos/award", Transfer => Awarded);
endpoint!(
    /// Lists what a user's kudos came from and went to, latest first. For the user and for moderators.
    GetStatement, Get, "/users/{id}/statement", () => Statement);

/// Who shall get how much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// `name#number`, a number, or a shared key.
    pub username: String,
    /// Whole kudos.
    pub amount: i64,
}

impl Transfer {
    /// What moves when the body does not say.
    pub const AMOUNT: i64 = 100;
}

/// What was given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transferred {
    /// How much.
    pub transferred: f64,
}

/// What was awarded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Awarded {
    /// How much.
    pub awarded: f64,
}

/// One page of a user's transfers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// `name#number`.
    pub username: String,
    /// The balance now.
    pub kudos: f64,
    /// What awaits the user's being trusted.
    pub escrow: f64,
    /// The transfers, latest first.
    pub entries: Vec<Entry>,
    /// What to send as `before` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// One transfer as one of its two sides sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its name; the same for both sides.
    pub id: String,
    /// When, as an RFC 822 date.
    pub date: String,
    /// Why: `generation`, `surcharge`, `subsidy`, `tax`, `forgiveness`, `uptime`, `promotion`, `gift`, `grant`, `award`, `monthly`.
    pub reason: String,
    /// How the balance changed.
    pub kudos: f64,
    /// How the escrow changed.
    pub escrow: f64,
    /// From whom or to whom a gift went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
    /// The request that was paid for, or rated; only its requester sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// The generation that was paid for; only its maker sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<String>,
}
