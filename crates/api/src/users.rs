//! Users as others see them, and as they see themselves: `/users`, `/users/{id}`, `/find_user`.

mod edit;

use serde::{Deserialize, Serialize};

pub use self::edit::{DeleteUser, Done, EditUser, EditedUser, PutUser};
use crate::endpoint::endpoint;

endpoint!(
    /// Lists users, richest first.
    GetUsers, Get, "/users", () => Vec<UserDetails>);
endpoint!(
    /// Shows one user.
    GetUser, Get, "/users/{id}", () => UserDetails);
endpoint!(
    /// Shows whom the key belongs to.
    GetFindUser, Get, "/find_user", () => UserDetails);

/// A user. What the viewer may not see is left out; only the list of users shows it as null ([`UserDetails::MEMBERS`]).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct UserDetails {
    /// `name#number`.
    pub username: String,
    /// The number.
    pub id: i64,
    /// The balance.
    pub kudos: f64,
    /// Earned but not yet released, for owners who are not trusted yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evaluating_kudos: Option<f64>,
    /// How many jobs may wait at once.
    pub concurrency: i64,
    /// How many workers may join while joining is by invitation.
    pub worker_invited: i64,
    /// Whether this is a moderator.
    pub moderator: bool,
    /// Where the balance came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kudos_details: Option<KudosDetails>,
    /// Dreamers and scribes owned.
    pub worker_count: i64,
    /// Their ids, if public.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker_ids: Option<Vec<String>>,
    /// Styles made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub styles: Option<Vec<StyleOfUser>>,
    /// Shared keys made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sharedkey_ids: Option<Vec<String>>,
    /// Requests under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_generations: Option<ActiveGenerations>,
    /// The monthly grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monthly_kudos: Option<MonthlyKudos>,
    /// Whether trusted.
    pub trusted: bool,
    /// Whether flagged.
    pub flagged: bool,
    /// May work from a VPN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpn: Option<bool>,
    /// A service that asks on behalf of others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<bool>,
    /// A school.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub education: Option<bool>,
    /// May serve any model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customizer: Option<bool>,
    /// May serve special models.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub special: Option<bool>,
    /// Marked deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted: Option<bool>,
    /// How suspicious.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspicious: Option<i64>,
    /// Known by no other account anywhere.
    pub pseudonymous: bool,
    /// Where to reach them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// What moderators noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admin_comment: Option<String>,
    /// The passkey of a service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_passkey: Option<String>,
    /// Seconds since joining.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_age: Option<i64>,
    /// Obsolete: its members are null.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// Obsolete: its members are null.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contributions: Option<Contributions>,
    /// What was used and made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<UserRecords>,
}

impl UserDetails {
    /// Every member the contract names; the list of users shows the absent ones as null.
    pub const MEMBERS: [&'static str; 31] = [
        "username",
        "id",
        "kudos",
        "evaluating_kudos",
        "concurrency",
        "worker_invited",
        "moderator",
        "kudos_details",
        "worker_count",
        "worker_ids",
        "styles",
        "sharedkey_ids",
        "active_generations",
        "monthly_kudos",
        "trusted",
        "flagged",
        "vpn",
        "service",
        "education",
        "customizer",
        "special",
        "deleted",
        "suspicious",
        "pseudonymous",
        "contact",
        "admin_comment",
        "proxy_passkey",
        "account_age",
        "usage",
        "contributions",
        "records",
    ];
}

/// Where a balance came from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KudosDetails {
    /// By generating, less what was spent.
    pub accumulated: f64,
    /// Given away.
    pub gifted: f64,
    /// Given to schools.
    pub donated: f64,
    /// By administrators.
    pub admin: f64,
    /// Received from others.
    pub received: f64,
    /// By monthly grants.
    pub recurring: f64,
    /// Awarded.
    pub awarded: f64,
    /// Through styles.
    pub styled: f64,
}

/// A style, shortly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StyleOfUser {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: String,
    /// `image` or `text`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// Requests under way, by kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ActiveGenerations {
    /// Text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Vec<String>>,
    /// Images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Vec<String>>,
    /// Alchemy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alchemy: Option<Vec<String>>,
}

/// A monthly grant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MonthlyKudos {
    /// How much.
    pub amount: i64,
    /// When last, as an RFC 822 date.
    pub last_received: Option<String>,
}

/// Obsolete counters of use.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Null.
    pub megapixelsteps: Option<f64>,
    /// Null.
    pub requests: Option<i64>,
}

/// Obsolete counters of work.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contributions {
    /// Null.
    pub megapixelsteps: Option<f64>,
    /// Null.
    pub fulfillments: Option<i64>,
}

/// What a user used and made. Always complete: what is missing is 0.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct UserRecords {
    /// Things made for the user.
    pub usage: ThingRecords,
    /// Things made by the user's workers.
    pub contribution: ThingRecords,
    /// Jobs done by the user's workers.
    pub fulfillment: AmountRecords,
    /// Jobs asked for.
    pub request: AmountRecords,
    /// Uses of the user's styles.
    pub style: AmountRecords,
}

/// Raw work.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ThingRecords {
    /// Millions of pixels times steps.
    pub megapixelsteps: f64,
    /// Tokens.
    pub tokens: i64,
}

/// Counts by kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AmountRecords {
    /// Images.
    pub image: i64,
    /// Texts.
    pub text: i64,
    /// Alchemy.
    pub interrogation: i64,
}
