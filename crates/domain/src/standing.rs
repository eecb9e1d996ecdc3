//! Standing: what users and workers are, and what that permits. Who may change it is not here.

use serde::{Deserialize, Serialize};

use crate::kudos::Kudos;

/// How much is known of who a user is. It decides how far a balance can fall.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Identity {
    /// The shared account.
    Anonymous,
    /// Registered without a proof of identity.
    Pseudonymous,
    /// Registered through an identity provider.
    Verified,
}

impl Identity {
    /// Tells the balance below which debts are forgiven.
    pub const fn floor(self) -> Kudos {
        match self {
            Self::Anonymous => Kudos::whole(-50),
            Self::Pseudonymous => Kudos::whole(14),
            Self::Verified => Kudos::whole(25),
        }
    }

    /// Tells the name under which it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Pseudonymous => "pseudonymous",
            Self::Verified => "verified",
        }
    }

    /// Reads the name under which it is stored.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Anonymous, Self::Pseudonymous, Self::Verified].into_iter().find(|identity| identity.as_str() == name)
    }
}

/// The roles of a user.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Roles {
    /// Sees and does what keeps order.
    pub moderator: bool,
    /// Is beyond suspicion and paid in full.
    pub trusted: bool,
    /// May not serve or transfer, and is served last.
    pub flagged: bool,
    /// May serve models of any name.
    pub customizer: bool,
    /// May serve from hidden addresses.
    pub vpn: bool,
    /// May use special models.
    pub special: bool,
    /// Asks on behalf of others.
    pub service: bool,
    /// Is a school: served safely, sends no kudos.
    pub education: bool,
    /// Has left: nothing is permitted.
    pub deleted: bool,
    /// Has done too many odd things: no transfers, no trust by time.
    pub suspicious: bool,
}
