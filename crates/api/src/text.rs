//! Asking for text: `/generate/text/async` and `/generate/text/status`. Not here: what workers send and get (`pop`, `submit`).

use serde::{Deserialize, Serialize};

use crate::endpoint::endpoint;
use crate::image::{Accepted, ExtraSourceImage, Progress};
use crate::lenient::{null_as_default, yes};

endpoint!(
    /// Asks for text.
    PostTextAsk, Post, "/generate/text/async", Ask => Accepted);
endpoint!(
    /// Looks how far a text request is, and fetches what is finished.
    GetTextStatus, Get, "/generate/text/status/{id}", () => Status);
endpoint!(
    /// Cancels what of a text request has not been handed out yet.
    DeleteTextStatus, Delete, "/generate/text/status/{id}", () => Status);

/// What a requester of text sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    /// The text to go on from.
    pub prompt: String,
    /// How to go on.
    #[serde(default)]
    pub params: Params,
    /// A soft prompt's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub softprompt: Option<String>,
    /// Only workers of trusted users.
    #[serde(default)]
    pub trusted_workers: bool,
    /// Only validated backends.
    #[serde(default)]
    pub validated_backends: bool,
    /// Whether slow workers will do.
    #[serde(default = "yes")]
    pub slow_workers: bool,
    /// Whether extra slow workers will do; ignored for text.
    #[serde(default)]
    pub extra_slow_workers: bool,
    /// The ids of the workers to use, or with `worker_blacklist` not to use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workers: Vec<String>,
    /// Turns `workers` into a list to avoid.
    #[serde(default)]
    pub worker_blacklist: bool,
    /// Models, any of which will do; empty means any model at all.
    #[serde(default)]
    pub models: Vec<String>,
    /// Only tell the price.
    #[serde(default)]
    pub dry_run: bool,
    /// For service accounts: on whose behalf.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxied_account: Option<String>,
    /// Pictures: always refused for text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extra_source_images: Vec<ExtraSourceImage>,
    /// Each text by a pop of its own.
    #[serde(default)]
    pub disable_batching: bool,
    /// Rather shorter than refused.
    #[serde(default)]
    pub allow_downgrade: bool,
    /// An https URL that hears of each finished text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<String>,
    /// The id or name of a style.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<String>,
}

impl Ask {
    /// A request with the effective defaults.
    pub fn new(prompt: impl Into<String>) -> Self {
        Self {
            prompt: prompt.into(),
            params: Params::default(),
            softprompt: None,
            trusted_workers: false,
            validated_backends: false,
            slow_workers: true,
            extra_slow_workers: false,
            workers: Vec::new(),
            worker_blacklist: false,
            models: Vec::new(),
            dry_run: false,
            proxied_account: None,
            extra_source_images: Vec::new(),
            disable_batching: false,
            allow_downgrade: false,
            webhook: None,
            style: None,
        }
    }
}

/// The Kobold sampling parameters. A member that the requester left out is left out on the way to the worker too, but for those
/// with a published default ([`Params::published`]).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Params {
    /// How many texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n: Option<u32>,
    /// How many tokens the model may look back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_context_length: Option<u32>,
    /// How many tokens to write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
    /// Add a space where an action begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frmtadsnsp: Option<bool>,
    /// Remove blank lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frmtrmblln: Option<bool>,
    /// Remove special characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frmtrmspch: Option<bool>,
    /// Cut an unfinished last sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frmttriminc: Option<bool>,
    /// Repetition penalty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rep_pen: Option<f64>,
    /// Over how many tokens it reaches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rep_pen_range: Option<u32>,
    /// How it grows within its range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rep_pen_slope: Option<f64>,
    /// Stop at the end of the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub singleline: Option<bool>,
    /// Temperature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Tail-free sampling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tfs: Option<f64>,
    /// Top-a.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_a: Option<f64>,
    /// Top-k.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_k: Option<u32>,
    /// Top-p.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// Typical sampling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub typical: Option<f64>,
    /// In which order the samplers act.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sampler_order: Option<Vec<i64>>,
    /// Forbid the model's usual bad words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_default_badwordsids: Option<bool>,
    /// Texts at which to stop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_sequence: Option<Vec<String>>,
    /// Min-p.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_p: Option<f64>,
    /// Quadratic smoothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smoothing_factor: Option<f64>,
    /// Half the width of dynamic temperature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dynatemp_range: Option<f64>,
    /// Its exponent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dynatemp_exponent: Option<f64>,
}

impl Params {
    /// How many tokens the model may look back when nobody says.
    pub const MAX_CONTEXT_LENGTH: u32 = 2048;
    /// How many tokens to write when nobody says.
    pub const MAX_LENGTH: u32 = 80;

    /// These parameters with the published defaults filled in, as workers get them.
    #[must_use]
    pub fn published(mut self) -> Self {
        self.max_context_length.get_or_insert(Self::MAX_CONTEXT_LENGTH);
        self.max_length.get_or_insert(Self::MAX_LENGTH);
        self.min_p.get_or_insert(0.0);
        self.smoothing_factor.get_or_insert(0.0);
        self.dynatemp_range.get_or_insert(0.0);
        self.dynatemp_exponent.get_or_insert(1.0);
        self
    }
}

/// How far a text request is, and what is finished. Carries no `message` and no `shared`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// What is finished.
    #[serde(default, deserialize_with = "null_as_default")]
    pub generations: Vec<Generation>,
    /// How far it is.
    #[serde(flatten)]
    pub progress: Progress,
}

/// A finished text. Carries no `id`: strict clients reject one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generation {
    /// The text.
    pub text: String,
    /// The seed, as a number.
    #[serde(default, deserialize_with = "null_as_default")]
    pub seed: i64,
    /// What else the worker said about it.
    #[serde(default, deserialize_with = "null_as_default")]
    pub gen_metadata: Vec<crate::submit::Metadata>,
    /// Who made it.
    pub worker_id: String,
    /// What its maker is called.
    pub worker_name: String,
    /// With which model.
    pub model: String,
    /// `ok`, `censored` or `csam`.
    pub state: String,
}
