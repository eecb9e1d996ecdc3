//! How the network is: `/status/heartbeat`, `/status/models`, `/status/performance`, `/status/modes`, and who it is
//! (`/.well-known/serviceinfo`).

use serde::{Deserialize, Serialize};

use crate::endpoint::endpoint;

endpoint!(
    /// Asks whether the server lives.
    GetHeartbeat, Get, "/status/heartbeat", () => Heartbeat);
endpoint!(
    /// Lists the models that are served or asked for.
    GetModels, Get, "/status/models", () => Vec<ActiveModel>);
endpoint!(
    /// Shows one model: a list of one, or of none.
    GetModel, Get, "/status/models/{name}", () => Vec<ActiveModel>);
endpoint!(
    /// Shows how much is waiting and how much is being made.
    GetPerformance, Get, "/status/performance", () => Performance);
endpoint!(
    /// Shows which modes are on.
    GetModes, Get, "/status/modes", () => Modes);

endpoint!(
    /// Switches modes, for those who keep order.
    PutModes, Put, "/status/modes", Modes => Modes);

/// Whether the server lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// `OK`, `DOWN` or `OVERLOADED`.
    pub message: String,
    /// The server's version.
    #[serde(default)]
    pub version: String,
    /// Calls that wait to be begun.
    #[serde(default)]
    pub queue: u64,
    /// Threads that serve calls.
    #[serde(default)]
    pub threads: u64,
    /// Calls being served.
    #[serde(default)]
    pub active_count: u64,
    /// Whether the database answers.
    #[serde(default)]
    pub db_connection: bool,
}

/// A model that is served or asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActiveModel {
    /// Its name.
    pub name: String,
    /// Threads that serve it.
    #[serde(default)]
    pub count: i64,
    /// Things per second of one thread.
    #[serde(default)]
    pub performance: f64,
    /// Things waiting.
    #[serde(default)]
    pub queued: f64,
    /// Jobs waiting or being made.
    #[serde(default)]
    pub jobs: f64,
    /// Seconds until what waits is made.
    #[serde(default)]
    pub eta: i64,
    /// `image` or `text`.
    #[serde(rename = "type", default)]
    pub kind: String,
}

impl ActiveModel {
    /// The `eta` of a model that nobody serves.
    pub const ETA_NEVER: i64 = 10_000;
}

/// How much is waiting and how much is being made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Performance {
    /// Images waiting or being made.
    pub queued_requests: i64,
    /// Texts waiting or being made.
    pub queued_text_requests: i64,
    /// Dreamers online.
    pub worker_count: i64,
    /// Scribes online.
    pub text_worker_count: i64,
    /// Their threads.
    pub thread_count: i64,
    /// Their threads.
    pub text_thread_count: i64,
    /// Image work waiting.
    pub queued_megapixelsteps: f64,
    /// Image work done in the last minute.
    pub past_minute_megapixelsteps: f64,
    /// Alchemy waiting.
    pub queued_forms: f64,
    /// Alchemists online.
    pub interrogator_count: i64,
    /// Their threads.
    pub interrogator_thread_count: i64,
    /// Text work waiting.
    pub queued_tokens: f64,
    /// Text work done in the last minute.
    pub past_minute_tokens: f64,
}

/// Which modes are on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Modes {
    /// New requests are refused.
    pub maintenance_mode: bool,
    /// New workers need an invitation.
    pub invite_only_mode: bool,
    /// Stricter with strangers; only moderators see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raid_mode: Option<bool>,
}

/// Who this service is, at `/.well-known/serviceinfo`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceInfo {
    /// The version of this document's form.
    pub version: String,
    /// The software.
    pub software: Software,
    /// Its interfaces.
    pub api: Interfaces,
}

/// The software behind a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Software {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where its source is.
    pub repository: String,
    /// Where it lives.
    pub homepage: String,
    /// Its picture.
    pub logo: String,
}

/// The interfaces of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interfaces {
    /// The AI Horde's.
    pub aihorde: Interface,
}

/// One interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where the service is.
    pub base_url: String,
    /// Where in it the interface is.
    pub rel_url: String,
    /// Where it is explained.
    pub documentation: String,
}
