//! Workers as others see them: `/workers`, `/workers/{id}`, `/workers/name/{name}`.

use serde::{Deserialize, Serialize};

use crate::endpoint::endpoint;
use crate::lenient::null_as_default;
use crate::messages::WorkerMessage;

endpoint!(
    /// Lists the workers that are online.
    GetWorkers, Get, "/workers", () => Vec<WorkerDetails>);
endpoint!(
    /// Shows one worker, online or not.
    GetWorker, Get, "/workers/{id}", () => WorkerDetails);
endpoint!(
    /// Shows the worker of that very name.
    GetWorkerByName, Get, "/workers/name/{name}", () => WorkerDetails);
endpoint!(
    /// Changes a worker.
    PutWorker, Put, "/workers/{id}", ModifyWorker => WorkerModified);
endpoint!(
    /// Deletes a worker.
    DeleteWorker, Delete, "/workers/{id}", () => DeletedWorker);

/// What shall change about a worker.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModifyWorker {
    /// Into maintenance, or out of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maintenance: Option<bool>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maintenance_msg: Option<String>,
    /// Paused, or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,
    /// What its owner says about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub info: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The id of its team; empty for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
}

/// What was changed about a worker.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkerModified {
    /// In maintenance now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maintenance: Option<bool>,
    /// Paused now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,
    /// Said about it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub info: Option<String>,
    /// Called so now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The name of its team now; `None` is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
}

/// A worker that is no more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeletedWorker {
    /// Its id.
    pub deleted_id: String,
    /// Its name.
    pub deleted_name: String,
}

/// A worker. What does not apply, or the viewer may not see, is left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkerDetails {
    /// Jobs done.
    pub requests_fulfilled: i64,
    /// Kudos earned.
    pub kudos_rewards: f64,
    /// With what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kudos_details: Option<WorkerKudosDetails>,
    /// How fast, in words that clients parse.
    #[serde(deserialize_with = "null_as_default")]
    pub performance: String,
    /// Jobs at once.
    #[serde(deserialize_with = "null_as_default")]
    pub threads: i64,
    /// Seconds online in all.
    #[serde(deserialize_with = "null_as_default")]
    pub uptime: i64,
    /// Serves its owner alone.
    #[serde(deserialize_with = "null_as_default")]
    pub maintenance_mode: bool,
    /// Paused by a moderator; only moderators see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,
    /// What its owner says about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub info: Option<String>,
    /// Makes things for adults.
    #[serde(deserialize_with = "null_as_default")]
    pub nsfw: bool,
    /// Whose it is, if public.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Its address; only moderators see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipaddr: Option<String>,
    /// Its owner is trusted.
    #[serde(deserialize_with = "null_as_default")]
    pub trusted: bool,
    /// Its owner is flagged.
    #[serde(deserialize_with = "null_as_default")]
    pub flagged: bool,
    /// How suspicious; only moderators see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspicious: Option<i64>,
    /// Jobs taken and not done, ever.
    #[serde(deserialize_with = "null_as_default")]
    pub uncompleted_jobs: i64,
    /// The models it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub models: Option<Vec<String>>,
    /// The forms of an alchemist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forms: Option<Vec<String>>,
    /// Its team.
    #[serde(deserialize_with = "null_as_default")]
    pub team: TeamLite,
    /// Where to reach its owner; only moderators see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// Its software.
    pub bridge_agent: String,
    /// A dreamer's largest image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_pixels: Option<i64>,
    /// What a dreamer has made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub megapixelsteps_generated: Option<f64>,
    /// A dreamer takes source images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub img2img: Option<bool>,
    /// A dreamer paints.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub painting: Option<bool>,
    /// A dreamer post-processes. With a hyphen.
    #[serde(rename = "post-processing", skip_serializing_if = "Option::is_none")]
    pub post_processing: Option<bool>,
    /// A dreamer loads LoRAs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lora: Option<bool>,
    /// A dreamer has ControlNets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub controlnet: Option<bool>,
    /// A dreamer has ControlNets for SDXL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sdxl_controlnet: Option<bool>,
    /// A scribe's longest text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<i64>,
    /// A scribe's longest context.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_context_length: Option<i64>,
    /// What a scribe has written; the AI Horde never fills it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens_generated: Option<f64>,
    /// What it is told; seen by its owner, by moderators, and by all if its owner is public.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<Vec<WorkerMessage>>,
    /// `image`, `text` or `interrogation`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: String,
    /// Seen within the last five minutes.
    pub online: bool,
}

/// With what a worker earned. Null for alchemists.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkerKudosDetails {
    /// By generating.
    pub generated: Option<f64>,
    /// By being there.
    pub uptime: Option<i64>,
}

/// A worker's team; null members when it has none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TeamLite {
    /// Its name.
    pub name: Option<String>,
    /// Its id.
    pub id: Option<String>,
}
