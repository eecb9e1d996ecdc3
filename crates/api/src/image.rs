//! Asking for images: `/generate/async`, `/generate/check`, `/generate/status`. Not here: what workers send and get (`pop`, `submit`).

mod params;

use serde::{Deserialize, Serialize};

pub use params::{ExtraSourceImage, ExtraText, Lora, Params, TextualInversion};

use crate::endpoint::endpoint;
use crate::lenient::{null_as_default, text_or_number, yes};

endpoint!(
    /// Asks for images.
    PostImageAsk, Post, "/generate/async", Ask => Accepted);
endpoint!(
    /// Looks how far an image request is.
    GetImageCheck, Get, "/generate/check/{id}", () => Progress);
endpoint!(
    /// Looks how far an image request is, and fetches what is finished.
    GetImageStatus, Get, "/generate/status/{id}", () => Status);
endpoint!(
    /// Cancels what of an image request has not been handed out yet.
    DeleteImageStatus, Delete, "/generate/status/{id}", () => Status);

/// What a requester of images sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    /// The text; `###` separates what must not be seen.
    pub prompt: String,
    /// How it is to be made.
    #[serde(default)]
    pub params: Params,
    /// Whether the subject may be for adults.
    #[serde(default = "yes")]
    pub nsfw: bool,
    /// Whether workers shall blank what turns out so although `nsfw` is false.
    #[serde(default = "yes")]
    pub censor_nsfw: bool,
    /// Only workers of trusted users.
    #[serde(default)]
    pub trusted_workers: bool,
    /// Only validated backends; has a meaning for text alone.
    #[serde(default)]
    pub validated_backends: bool,
    /// Whether slow workers will do.
    #[serde(default = "yes")]
    pub slow_workers: bool,
    /// Whether extra slow workers will do.
    #[serde(default)]
    pub extra_slow_workers: bool,
    /// The ids of the workers to use, or with `worker_blacklist` not to use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workers: Vec<String>,
    /// Turns `workers` into a list to avoid.
    #[serde(default)]
    pub worker_blacklist: bool,
    /// Models, any of which will do; an explicit empty list means any model at all.
    #[serde(default = "default_models")]
    pub models: Vec<String>,
    /// A picture to start from: base64, or an http(s) URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_image: Option<String>,
    /// `img2img`, `inpainting`, `outpainting` or `remix`.
    #[serde(default = "default_source_processing")]
    pub source_processing: String,
    /// Where to paint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_mask: Option<String>,
    /// More pictures, for `remix`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extra_source_images: Vec<ExtraSourceImage>,
    /// Results as URLs; false delivers base64 inside the status.
    #[serde(default = "yes")]
    pub r2: bool,
    /// Whether the results may be published.
    #[serde(default)]
    pub shared: bool,
    /// Whether a suspicious prompt may be rewritten instead of refused.
    #[serde(default = "yes")]
    pub replacement_filter: bool,
    /// Only tell the price.
    #[serde(default)]
    pub dry_run: bool,
    /// For service accounts: on whose behalf.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxied_account: Option<String>,
    /// Each image by a pop of its own.
    #[serde(default)]
    pub disable_batching: bool,
    /// Rather smaller than refused.
    #[serde(default)]
    pub allow_downgrade: bool,
    /// An https URL that hears of each finished image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<String>,
    /// The id or name of a style.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<String>,
}

impl Ask {
    /// The model of a request that names none.
    pub const DEFAULT_MODEL: &'static str = "stable_diffusion";

    /// A request with the effective defaults.
    pub fn new(prompt: impl Into<String>) -> Self {
        Self {
            prompt: prompt.into(),
            params: Params::default(),
            nsfw: true,
            censor_nsfw: true,
            trusted_workers: false,
            validated_backends: false,
            slow_workers: true,
            extra_slow_workers: false,
            workers: Vec::new(),
            worker_blacklist: false,
            models: default_models(),
            source_image: None,
            source_processing: default_source_processing(),
            source_mask: None,
            extra_source_images: Vec::new(),
            r2: true,
            shared: false,
            replacement_filter: true,
            dry_run: false,
            proxied_account: None,
            disable_batching: false,
            allow_downgrade: false,
            webhook: None,
            style: None,
        }
    }
}

fn default_models() -> Vec<String> {
    vec![Ask::DEFAULT_MODEL.to_owned()]
}

pub(crate) fn default_source_processing() -> String {
    "img2img".to_owned()
}

/// The answer to an accepted request (202), and to a dry run (200, `kudos` alone).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Accepted {
    /// The request's id; absent in a dry run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The price of one job, or in a dry run of all.
    #[serde(default)]
    pub kudos: f64,
    /// Something the requester should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What is odd about the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warnings: Option<Vec<Warning>>,
}

/// Something odd about an accepted request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Which oddity.
    pub code: String,
    /// In words.
    pub message: String,
}

/// How far a request is. Every member is always there and never null: strict clients give up otherwise.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Jobs with a result.
    pub finished: u32,
    /// Jobs that a worker is at.
    pub processing: u32,
    /// Jobs that failed and were begun anew.
    pub restarted: u32,
    /// Jobs not handed out yet.
    pub waiting: u32,
    /// Nothing more will come.
    pub done: bool,
    /// It failed for good.
    #[serde(default)]
    pub faulted: bool,
    /// Seconds until it should be done.
    pub wait_time: u64,
    /// Place in the queue; 0 when nothing waits.
    pub queue_position: u64,
    /// What it has cost so far.
    pub kudos: f64,
    /// Whether any worker could do it.
    #[serde(default = "yes")]
    pub is_possible: bool,
}

/// How far an image request is, and what is finished. Carries no `message`: some clients take that for failure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// What is finished.
    #[serde(default, deserialize_with = "null_as_default")]
    pub generations: Vec<Generation>,
    /// Whether the results may be published.
    #[serde(default, deserialize_with = "null_as_default")]
    pub shared: bool,
    /// How far it is.
    #[serde(flatten)]
    pub progress: Progress,
}

/// A finished image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generation {
    /// A URL, or base64 WebP when the request said `r2: false`, or `N/A` when it is gone.
    pub img: String,
    /// The seed, as text.
    #[serde(default, deserialize_with = "text_or_number")]
    pub seed: Option<String>,
    /// Its id.
    pub id: String,
    /// Whether the worker blanked it.
    #[serde(default, deserialize_with = "null_as_default")]
    pub censored: bool,
    /// What else the worker said about it.
    #[serde(default, deserialize_with = "null_as_default")]
    pub gen_metadata: Vec<crate::submit::Metadata>,
    /// Who made it.
    pub worker_id: String,
    /// What its maker is called.
    pub worker_name: String,
    /// With which model.
    pub model: String,
    /// Always `ok` for images.
    pub state: String,
}
