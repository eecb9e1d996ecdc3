//! A request as the rules see it: already valid, with exactly the fields that decide who may serve it, what it costs and how long it
//! may take. What only the worker reads stays in the opaque `payload`. Parsing and checking the wire's fields is not here but in the routes.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::alchemy::AlchemyWork;
use crate::id::{SharedKeyId, UserId, WorkerId};
use crate::kind::Kind;

/// A name shared by many owners: of a model, a sampler, a bridge.
pub type Name = Arc<str>;

/// What a requester asked for. It does not change once admitted.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Request {
    /// Who asks, and who pays.
    pub user: UserId,
    /// The full prompt, negative part included, as the worker gets it.
    pub prompt: Arc<str>,
    /// The other parameters for the worker, as a JSON object in the wire's names. It holds neither prompt, size, steps, seed nor
    /// count: those are typed here (a downgrade may shrink them), and the pop route puts them in.
    pub payload: Arc<Value>,
    /// What kind of work it is, and its measures.
    pub work: Work,
    /// The models that will do; none means any. Alchemy names none: each of its jobs needs its own form.
    pub models: Vec<Name>,
    /// How many results are wanted, 1 to 20; for alchemy, how many forms.
    pub n: u16,
    /// Only workers that accept lewd work may serve it.
    pub nsfw: bool,
    /// Only workers of trusted owners may serve it.
    pub trusted_workers: bool,
    /// Only known text backends may serve it.
    pub validated_backends: bool,
    /// Slow workers may serve it too.
    pub slow_workers: bool,
    /// Even extra slow workers may serve it.
    pub extra_slow_workers: bool,
    /// One worker may not take several of its jobs at once.
    pub disable_batching: bool,
    /// Which workers may or may not serve it; none means all.
    pub targeting: Option<Targeting>,
    /// The requester came from an address that is known to be safe.
    pub safe_address: bool,
    /// The results may be rated and published.
    pub shared: bool,
    /// The program that asked, as it names itself.
    pub client_agent: Arc<str>,
    /// Where finished results are announced.
    pub webhook: Option<Arc<str>>,
    /// On whose behalf a service account asks.
    pub proxied_account: Option<Arc<str>>,
    /// The shared key it came with, whose allowance shrinks by what the user pays.
    #[serde(default)]
    pub shared_key: Option<SharedKeyId>,
    /// That key goes with the style: its limits of single requests do not count.
    #[serde(default)]
    pub key_of_style: bool,
    /// Who made the style that was applied.
    #[serde(default)]
    pub style_owner: Option<UserId>,
    /// Where it came from: an address, or the network of whoever holds one. Grave reports name it; nothing else does.
    #[serde(default)]
    pub address: Option<Name>,
}

/// The kind of work with its measures.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Work {
    /// A picture.
    Image(ImageWork),
    /// A text.
    Text(TextWork),
    /// Forms of a picture.
    Alchemy(AlchemyWork),
}

/// The measures of a picture.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ImageWork {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Steps as given; see [`ImageWork::accurate_steps`].
    pub steps: u32,
    /// The sampler's wire name (`k_euler_a`).
    pub sampler: Name,
    /// Karras' noise schedule.
    pub karras: bool,
    /// Guidance scale in hundredths.
    pub cfg_scale_hundredths: u32,
    /// How much of the source is redrawn, in hundredths, if said.
    pub denoising_hundredths: Option<u32>,
    /// How strictly a control image is followed, in hundredths, if said.
    pub control_strength_hundredths: Option<u32>,
    /// The ControlNet's wire name (`canny`).
    pub control_type: Option<Name>,
    /// The source already is a control map.
    pub image_is_control: bool,
    /// The control map is wanted instead of a picture.
    pub return_control_map: bool,
    /// Post-processors by wire name, in order.
    pub post_processing: Vec<Name>,
    /// LoRAs by name or number.
    pub loras: Vec<Lora>,
    /// How many textual inversions are used.
    pub textual_inversions: u16,
    /// Two passes for large pictures.
    pub hires_fix: bool,
    /// A picture that tiles.
    pub tiling: bool,
    /// A picture with a transparent background.
    pub transparent: bool,
    /// How many layers of the text encoder are skipped; 1 is none.
    pub clip_skip: u16,
    /// A named workflow (`qr_code`).
    pub workflow: Option<Name>,
    /// Free texts that only some workflows read are present.
    pub extra_texts: bool,
    /// The picture it starts from.
    pub source: Option<Source>,
    /// Further pictures to remix.
    pub extra_sources: Vec<ExtraSource>,
    /// The seed that was asked for, already below 2^32; none is random for each pop.
    pub seed: Option<u64>,
    /// How far the seeds of the batches lie apart.
    pub seed_variation: Option<u32>,
    /// The result travels by signed URL instead of base64.
    pub r2: bool,
    /// The worker is told to censor.
    pub censor_nsfw: bool,
}

/// The measures of a text.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TextWork {
    /// At most so many tokens are wanted.
    pub max_length: u32,
    /// So many tokens of context are read.
    pub max_context_length: u32,
    /// A soft prompt that the worker must have.
    pub softprompt: Option<Name>,
}

/// One LoRA.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Lora {
    /// Its name or number.
    pub name: Name,
    /// The number is of a version, not of the LoRA.
    pub is_version: bool,
}

/// A picture to start from. The strings are references that only the server reads: an object's key or a URL.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Source {
    /// What is done with it.
    pub processing: SourceProcessing,
    /// The picture.
    pub image: Arc<str>,
    /// The part to redraw.
    pub mask: Option<Arc<str>>,
}

/// A further picture to remix.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ExtraSource {
    /// The picture, as a reference that only the server reads.
    pub image: Arc<str>,
    /// Its strength in hundredths.
    pub strength_hundredths: i32,
}

/// What is done with a source picture.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceProcessing {
    /// Redraw it.
    Img2img,
    /// Fill the masked part.
    Inpainting,
    /// Continue it beyond its edges.
    Outpainting,
    /// Mix it with others.
    Remix,
}

impl SourceProcessing {
    /// Tells whether part of the picture is painted anew.
    pub fn is_painting(self) -> bool {
        matches!(self, Self::Inpainting | Self::Outpainting)
    }
}

/// A list of workers that alone may serve a request, or that may not.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Targeting {
    /// True: these may not. False: only these may.
    pub deny: bool,
    /// The first five that were named.
    pub workers: Vec<WorkerId>,
}

impl Targeting {
    /// Tells whether this worker may serve.
    pub fn permits(&self, worker: WorkerId) -> bool {
        self.workers.contains(&worker) != self.deny
    }
}

impl Request {
    /// Tells the kind.
    pub fn kind(&self) -> Kind {
        match self.work {
            Work::Image(_) => Kind::Image,
            Work::Text(_) => Kind::Text,
            Work::Alchemy(_) => Kind::Alchemy,
        }
    }

    /// Tells the things of one job: pixelsteps, tokens, or one form.
    pub fn things(&self) -> u64 {
        match &self.work {
            Work::Image(image) => image.area() * u64::from(image.accurate_steps()),
            Work::Text(text) => u64::from(text.max_length),
            Work::Alchemy(_) => 1,
        }
    }

    /// Tells the measures of a picture, if it is one.
    pub fn image(&self) -> Option<&ImageWork> {
        match &self.work {
            Work::Image(image) => Some(image),
            Work::Text(_) | Work::Alchemy(_) => None,
        }
    }

    /// Tells the measures of a text, if it is one.
    pub fn text(&self) -> Option<&TextWork> {
        match &self.work {
            Work::Text(text) => Some(text),
            Work::Image(_) | Work::Alchemy(_) => None,
        }
    }

    /// Tells the forms and their picture, if it is alchemy.
    pub fn alchemy(&self) -> Option<&AlchemyWork> {
        match &self.work {
            Work::Alchemy(alchemy) => Some(alchemy),
            Work::Image(_) | Work::Text(_) => None,
        }
    }
}

impl ImageWork {
    /// Tells the pixels.
    pub fn area(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// Tells the steps as they cost: samplers of second order count double, the adaptive one as 40.
    pub fn accurate_steps(&self) -> u32 {
        match &*self.sampler {
            "k_dpm_adaptive" => 40,
            "k_heun" | "k_dpm_2" | "k_dpm_2_a" | "k_dpmpp_2s_a" | "k_dpmpp_sde" => self.steps * 2,
            _ => self.steps,
        }
    }

    /// Tells whether part of a picture is painted anew.
    pub fn is_painting(&self) -> bool {
        self.source.as_ref().is_some_and(|source| source.processing.is_painting())
    }
}
