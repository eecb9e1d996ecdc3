//! An offer: what a worker says it can do when it pops. What of it is believed and kept is decided in `desk/check_in.rs`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::id::UserId;
use crate::kind::Kind;
use crate::request::Name;

/// What a worker says at a pop, with who it is.
#[derive(Clone, PartialEq, Debug)]
pub struct Offer {
    /// The user whose key came with the pop.
    pub owner: UserId,
    /// The worker's name, already sanitised and at most 100 characters.
    pub name: Name,
    /// The program, as `name:version:url`.
    pub bridge_agent: Name,
    /// The address it speaks from.
    pub address: Name,
    /// The address is known to be safe.
    pub safe_address: bool,
    /// The models it serves, in its order; the forms of an alchemist.
    pub models: Vec<Name>,
    /// It accepts lewd work.
    pub nsfw: bool,
    /// Words that no prompt given to it may hold.
    pub blacklist: Vec<Name>,
    /// How many jobs it works on at once.
    pub threads: u16,
    /// How many jobs of one request it would take at once, 1 to 20; of an alchemist, forms of any requests.
    pub amount: u16,
    /// Users served before all others, after the owner.
    pub priority_users: Vec<UserId>,
    /// It serves only who could pay at once.
    pub require_upfront_kudos: bool,
    /// It warns that it is extra slow.
    pub extra_slow: bool,
    /// It serves requests from unsafe addresses.
    pub allow_unsafe_address: bool,
    /// What its role adds.
    pub ability: Ability,
    /// What the house noticed at the door.
    pub seen: Seen,
}

/// What the house noticed of a worker that pops, whatever it says itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Seen {
    /// The address is in a timeout for so many seconds more.
    pub timed_out_seconds: Option<u64>,
    /// What is known of who hides behind the address.
    pub address: Address,
    /// Characters of the name before it was cut.
    pub name_chars: usize,
    /// The name is foul.
    pub foul_name: bool,
    /// The program's name for itself is foul.
    pub foul_agent: bool,
}

/// What is known of who hides behind an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Address {
    /// Nothing speaks against it.
    #[default]
    Safe,
    /// It could not be checked, and the house does not let in what it does not know.
    Unknown,
    /// It hides who is behind it.
    Unsafe,
    /// It hides who is behind it, and the house lets it in to watch it.
    Watched,
}

/// What a worker can do in its role.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Ability {
    /// Makes pictures.
    Dreamer(Dreamer),
    /// Makes texts.
    Scribe(Scribe),
    /// Makes forms of pictures.
    Alchemist(Alchemist),
}

/// What a dreamer accepts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Dreamer {
    /// The largest picture, in pixels.
    pub max_pixels: u64,
    /// Pictures to start from.
    pub allow_img2img: bool,
    /// In- and outpainting.
    pub allow_painting: bool,
    /// Post-processors.
    pub allow_post_processing: bool,
    /// ControlNets.
    pub allow_controlnet: bool,
    /// ControlNets with the larger models.
    pub allow_sdxl_controlnet: bool,
    /// LoRAs.
    pub allow_lora: bool,
    /// It refuses more steps than its models need.
    pub limit_max_steps: bool,
}

/// What a scribe accepts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Scribe {
    /// The longest text, in tokens.
    pub max_length: u32,
    /// The longest context, in tokens.
    pub max_context_length: u32,
    /// Soft prompts it has.
    pub softprompts: Vec<Name>,
}

/// What an alchemist accepts. Its forms stand where the others have models.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Alchemist {
    /// The largest picture, in tiles.
    pub max_tiles: u32,
}

impl Ability {
    /// Tells the kind it serves.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Dreamer(_) => Kind::Image,
            Self::Scribe(_) => Kind::Text,
            Self::Alchemist(_) => Kind::Alchemy,
        }
    }
}

impl Default for Dreamer {
    /// What a pop that says nothing means.
    fn default() -> Self {
        Self {
            max_pixels: 512 * 512,
            allow_img2img: true,
            allow_painting: true,
            allow_post_processing: true,
            allow_controlnet: false,
            allow_sdxl_controlnet: false,
            allow_lora: false,
            limit_max_steps: false,
        }
    }
}

impl Default for Scribe {
    /// What a pop that says nothing means.
    fn default() -> Self {
        Self { max_length: 512, max_context_length: 2048, softprompts: Vec::new() }
    }
}

impl Default for Alchemist {
    /// What a pop that says nothing means.
    fn default() -> Self {
        Self { max_tiles: 80 }
    }
}

/// An image result as a worker hands it in; its bytes are already in the store of images.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ImageProduct {
    /// The seed it was made with.
    pub seed: i64,
    /// The worker's remarks in the wire's form: a list of `{type, value, ref?}`.
    pub metadata: Arc<serde_json::Value>,
    /// The remarks say that it was censored.
    pub censored: bool,
}

/// A text result as a worker hands it in.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TextProduct {
    /// The text.
    pub text: Arc<str>,
    /// The seed it was made with; 0 if not said.
    pub seed: i64,
    /// The worker's remarks in the wire's form.
    pub metadata: Arc<serde_json::Value>,
    /// What the worker said of it.
    pub outcome: TextOutcome,
}

/// What a scribe said of its text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextOutcome {
    /// Nothing special.
    Ok,
    /// The text was withheld.
    Censored,
    /// The text was withheld, and the request is a grave matter.
    Csam,
}

/// What came of a form.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FormProduct {
    /// The worker's object, keyed by the form's name. None if the requester withdrew the form while the worker was at it: that is paid,
    /// and nothing is to be handed in any more.
    pub result: Option<Arc<serde_json::Value>>,
}

/// A finished result of any kind.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Product {
    /// A picture.
    Image(ImageProduct),
    /// A text.
    Text(TextProduct),
    /// A form.
    Form(FormProduct),
}

impl Product {
    /// Tells the kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Image(_) => Kind::Image,
            Self::Text(_) => Kind::Text,
            Self::Form(_) => Kind::Alchemy,
        }
    }

    /// Tells whether the worker saw abuse of children in it.
    pub fn is_abuse(&self) -> bool {
        match self {
            Self::Image(image) => image.metadata.as_array().is_some_and(|remarks| {
                remarks.iter().any(|remark| remark["type"] == "censorship" && remark["value"] == "csam")
            }),
            Self::Text(text) => text.outcome == TextOutcome::Csam,
            Self::Form(_) => false,
        }
    }

    /// Tells whether the result was withheld.
    pub fn is_censored(&self) -> bool {
        match self {
            Self::Image(image) => image.censored,
            Self::Text(text) => text.outcome != TextOutcome::Ok,
            Self::Form(_) => false,
        }
    }
}
