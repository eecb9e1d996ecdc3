//! Asking for work: what image, text and alchemy pops have in common. The pops themselves are in `pop/`.

pub mod alchemy;
pub mod image;
pub mod text;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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

/// What a bridge says of itself when it says nothing.
pub(crate) fn default_bridge_agent() -> String {
    crate::ClientAgent::UNKNOWN.to_owned()
}

pub(crate) const fn one() -> u32 {
    1
}
