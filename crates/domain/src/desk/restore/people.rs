//! The records of people beyond their rights and counts: what is said about a user, and the keys it shares.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::KeyHash;
use crate::id::{SharedKeyId, UserId};
use crate::kudos::Kudos;
use crate::limits::USAGE_HUNDREDTHS;
use crate::request::Name;
use crate::time::Timestamp;

/// What a user and moderators say about it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct UserProfile {
    /// Where to reach it; moderators see it.
    pub contact: Option<Arc<str>>,
    /// What moderators noted; they alone see it.
    pub admin_comment: Option<Arc<str>>,
    /// How much of what it asks for is recorded as its use, in hundredths. Kudos are not scaled.
    pub usage_hundredths: u32,
    /// What the house grants it every month.
    pub monthly: Kudos,
    /// When it last got its monthly kudos.
    pub monthly_at: Option<Timestamp>,
    /// With what a service account proves that it may name its visitors' addresses.
    pub passkey: Option<Passkey>,
    /// A day on which it asked or worked; none if it never did.
    pub active: Option<Timestamp>,
    /// Nothing is left of it but its number and its books.
    pub wiped: bool,
}

impl Default for UserProfile {
    fn default() -> Self {
        Self {
            contact: None,
            admin_comment: None,
            usage_hundredths: USAGE_HUNDREDTHS,
            monthly: Kudos::ZERO,
            monthly_at: None,
            passkey: None,
            active: None,
            wiped: false,
        }
    }
}

/// Proves who holds a passkey without keeping it: only the server's secret makes the passkey from the seed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Passkey {
    /// From what it is made, with the secret.
    pub seed: u64,
    /// What it hashes to.
    pub hash: KeyHash,
}

/// A key that lets others ask at its owner's cost, within limits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SharedKeyRecord {
    /// The key itself.
    pub id: SharedKeyId,
    /// Who pays.
    pub owner: UserId,
    /// When it was made.
    pub created: Timestamp,
    /// What its owner calls it.
    pub name: Option<Name>,
    /// From when it is refused; none is never.
    pub expires: Option<Timestamp>,
    /// What may still be spent with it; none is all its owner has.
    pub allowance: Option<Kudos>,
    /// What was spent with it.
    pub utilized: Kudos,
    /// Pixels of a picture; none is any.
    pub max_image_pixels: Option<u64>,
    /// Steps of a picture, as given.
    pub max_image_steps: Option<u32>,
    /// Tokens of a text.
    pub max_text_tokens: Option<u32>,
}

impl SharedKeyRecord {
    /// Tells whether its time is over.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|at| at <= now)
    }

    /// Tells whether nothing is left to spend.
    pub fn is_empty(&self) -> bool {
        self.allowance.is_some_and(|left| !left.is_positive())
    }
}
