//! Users are changed and leave: `PUT` and `DELETE /users/{id}`.

use serde::{Deserialize, Serialize};

use crate::endpoint::endpoint;

endpoint!(
    /// Changes a user; what is absent stays.
    PutUser, Put, "/users/{id}", EditUser => EditedUser);
endpoint!(
    /// Marks a user as deleted; the second time, wipes it.
    DeleteUser, Delete, "/users/{id}", () => Done);

/// Says that something was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// `OK`.
    pub message: String,
}

impl Done {
    /// It was done.
    pub fn ok() -> Self {
        Self { message: "OK".to_owned() }
    }
}

/// What shall be changed about a user.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EditUser {
    /// Added to the balance; its fraction is cut off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kudos: Option<f64>,
    /// Jobs that may wait at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// How much of its use is recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage_multiplier: Option<f64>,
    /// Workers that may join while joining is by invitation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker_invited: Option<i64>,
    /// The role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moderator: Option<bool>,
    /// Whether its workers' owner is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_workers: Option<bool>,
    /// Added to the monthly grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monthly_kudos: Option<i64>,
    /// The name before the `#`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted: Option<bool>,
    /// The role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flagged: Option<bool>,
    /// The role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customizer: Option<bool>,
    /// The role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpn: Option<bool>,
    /// The role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<bool>,
    /// The role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub education: Option<bool>,
    /// The role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub special: Option<bool>,
    /// Takes the mark of deletion away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undelete: Option<bool>,
    /// Forgets suspicion, whatever its value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset_suspicion: Option<bool>,
    /// Makes a new passkey.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generate_proxy_passkey: Option<bool>,
    /// Where to reach the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// What moderators note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admin_comment: Option<String>,
}

/// What was changed about a user, as it is now.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EditedUser {
    /// The balance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_kudos: Option<f64>,
    /// Jobs that may wait at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// How much of its use is recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage_multiplier: Option<f64>,
    /// Workers that may join while joining is by invitation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker_invited: Option<u32>,
    /// The role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moderator: Option<bool>,
    /// Whether its workers' owner is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_workers: Option<bool>,
    /// `name#number`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The monthly grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monthly_kudos: Option<i64>,
    /// The role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted: Option<bool>,
    /// The role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flagged: Option<bool>,
    /// The role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customizer: Option<bool>,
    /// The role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpn: Option<bool>,
    /// The role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<bool>,
    /// The role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub education: Option<bool>,
    /// The role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub special: Option<bool>,
    /// The mark of deletion is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undeleted: Option<bool>,
    /// How suspicious it still is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_suspicion: Option<i64>,
    /// Where to reach the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// What moderators noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admin_comment: Option<String>,
    /// The new passkey.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_passkey: Option<String>,
}
