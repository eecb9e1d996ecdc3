//! Asking for work: what image, text and alchemy pops have in common. The pops themselves are in `pop/`.

pub mod alchemy;
pub mod image;
pub mod text;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::lenient::yes;

/// Why jobs that wait were not given, each reason with how many requests it kept away.
pub type Skipped = BTreeMap<String, u64>;

/// The words under which skipped requests are counted.
pub mod skip {
    /// Another worker was asked for.
    pub const WORKER_ID: &str = "worker_id";
    /// The worker is too slow.
    pub const PERFORMANCE: &str = "performance";
    /// The worker makes nothing for adults.
    pub const NSFW: &str = "nsfw";
    /// The prompt holds a word the worker refuses.
    pub const BLACKLIST: &str = "blacklist";
    /// The worker's owner is not trusted.
    pub const UNTRUSTED: &str = "untrusted";
    /// The worker has none of the models.
    pub const MODELS: &str = "models";
    /// The worker's software cannot do it.
    pub const BRIDGE_VERSION: &str = "bridge_version";
    /// The requester cannot pay upfront.
    pub const KUDOS: &str = "kudos";
    /// The image is too large.
    pub const MAX_PIXELS: &str = "max_pixels";
    /// Too many steps.
    pub const STEP_COUNT: &str = "step_count";
    /// The requester's address is doubtful.
    pub const UNSAFE_IP: &str = "unsafe_ip";
    /// It needs a source image.
    pub const IMG2IMG: &str = "img2img";
    /// It needs inpainting.
    pub const PAINTING: &str = "painting";
    /// It needs post-processing. With a hyphen.
    pub const POST_PROCESSING: &str = "post-processing";
    /// It needs a LoRA.
    pub const LORA: &str = "lora";
    /// It needs a ControlNet.
    pub const CONTROLNET: &str = "controlnet";
    /// The text's context is too long.
    pub const MAX_CONTEXT_LENGTH: &str = "max_context_length";
    /// The text is too long.
    pub const MAX_LENGTH: &str = "max_length";
    /// It needs a soft prompt.
    pub const MATCHING_SOFTPROMPT: &str = "matching_softprompt";

    /// What an image pop without work always counts, with 0 where there is none.
    pub const ALWAYS_FOR_IMAGES: [&str; 12] = [
        WORKER_ID,
        PERFORMANCE,
        NSFW,
        UNTRUSTED,
        MODELS,
        BRIDGE_VERSION,
        UNSAFE_IP,
        IMG2IMG,
        PAINTING,
        POST_PROCESSING,
        LORA,
        CONTROLNET,
    ];
}

/// Something a worker's owner or a moderator wants the worker to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// The text.
    pub message: String,
    /// Who says it.
    #[serde(default)]
    pub origin: Option<String>,
    /// Until when, as an RFC 822 date.
    pub expiry: String,
}

/// What every worker says about itself, whatever it makes. Stands flat among the other members of a pop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worker {
    /// The worker's name; the first pop creates the worker.
    pub name: String,
    /// Whose requests come first, as `name#number`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub priority_usernames: Vec<String>,
    /// Its software, as `name:version:contact`.
    #[serde(default = "unknown_agent")]
    pub bridge_agent: String,
    /// How many jobs it can be at.
    #[serde(default = "one")]
    pub threads: u32,
}

impl Worker {
    /// A worker with the effective defaults.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), priority_usernames: Vec::new(), bridge_agent: unknown_agent(), threads: one() }
    }
}

/// Which jobs dreamers and scribes take, and how many. Stands flat among the other members of a pop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Whether it makes things for adults.
    #[serde(default = "yes")]
    pub nsfw: bool,
    /// The models it has.
    #[serde(default)]
    pub models: Vec<String>,
    /// Only requesters who can pay.
    #[serde(default)]
    pub require_upfront_kudos: bool,
    /// How many jobs it wants now.
    #[serde(default = "one")]
    pub amount: u32,
    /// It is slow and says so.
    #[serde(default)]
    pub extra_slow_worker: bool,
}

impl Default for Terms {
    /// The effective defaults: those of a worker that does not say.
    fn default() -> Self {
        Self { nsfw: yes(), models: Vec::new(), require_upfront_kudos: false, amount: one(), extra_slow_worker: false }
    }
}

/// What a bridge says of itself when it says nothing.
fn unknown_agent() -> String {
    crate::ClientAgent::UNKNOWN.to_owned()
}

const fn one() -> u32 {
    1
}
