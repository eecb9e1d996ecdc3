//! A dreamer asks for work: `/generate/pop`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Message, Skipped, Terms, Worker, skip};
use crate::endpoint::endpoint;
use crate::image::{ExtraSourceImage, ExtraText, Lora, TextualInversion, default_source_processing};
use crate::lenient::{null_as_default, text_or_number, yes};

endpoint!(
    /// Asks for image work.
    PostImagePop, Post, "/generate/pop", Pop => Popped);

/// What a dreamer says about itself when it asks for work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pop {
    /// Who asks.
    #[serde(flatten)]
    pub worker: Worker,
    /// Which jobs it takes.
    #[serde(flatten)]
    pub terms: Terms,
    /// The largest image, in pixels.
    #[serde(default = "default_max_pixels")]
    pub max_pixels: u64,
    /// Words it refuses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blacklist: Vec<String>,
    /// Source images.
    #[serde(default = "yes")]
    pub allow_img2img: bool,
    /// Inpainting and outpainting.
    #[serde(default = "yes")]
    pub allow_painting: bool,
    /// Requests from doubtful addresses.
    #[serde(default = "yes")]
    pub allow_unsafe_ipaddr: bool,
    /// Post-processing.
    #[serde(default = "yes")]
    pub allow_post_processing: bool,
    /// ControlNets.
    #[serde(default)]
    pub allow_controlnet: bool,
    /// ControlNets for SDXL.
    #[serde(default)]
    pub allow_sdxl_controlnet: bool,
    /// LoRAs.
    #[serde(default)]
    pub allow_lora: bool,
    /// No more steps than usual for the model.
    #[serde(default)]
    pub limit_max_steps: bool,
}

impl Pop {
    /// The largest image of a worker that does not say: 512 × 512.
    pub const MAX_PIXELS: u64 = 262_144;

    /// A pop with the effective defaults.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            worker: Worker::new(name),
            terms: Terms::default(),
            max_pixels: Self::MAX_PIXELS,
            blacklist: Vec::new(),
            allow_img2img: true,
            allow_painting: true,
            allow_unsafe_ipaddr: true,
            allow_post_processing: true,
            allow_controlnet: false,
            allow_sdxl_controlnet: false,
            allow_lora: false,
            limit_max_steps: false,
        }
    }
}

const fn default_max_pixels() -> u64 {
    Pop::MAX_PIXELS
}

/// What a dreamer gets: work, or why there is none. Every member is always there, null where it is empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Popped {
    /// What to make.
    #[serde(default, deserialize_with = "null_as_default")]
    pub payload: Payload,
    /// The first generation's id; null without work.
    #[serde(default)]
    pub id: Option<String>,
    /// The ids of all generations of the batch.
    #[serde(default, deserialize_with = "null_as_default")]
    pub ids: Vec<String>,
    /// What the worker should know.
    #[serde(default, deserialize_with = "null_as_default")]
    pub messages: Vec<Message>,
    /// Seconds it has.
    #[serde(default)]
    pub ttl: Option<u64>,
    /// Why there is no work; empty when there is.
    #[serde(default, deserialize_with = "null_as_default")]
    pub skipped: Skipped,
    /// Which model to use.
    #[serde(default)]
    pub model: Option<String>,
    /// The picture to start from: a URL, or base64.
    #[serde(default)]
    pub source_image: Option<String>,
    /// What to do with it.
    #[serde(default = "default_source_processing")]
    pub source_processing: String,
    /// Where to paint.
    #[serde(default)]
    pub source_mask: Option<String>,
    /// More pictures.
    #[serde(default)]
    pub extra_source_images: Option<Vec<ExtraSourceImage>>,
    /// Where to PUT the first image.
    #[serde(default)]
    pub r2_upload: Option<String>,
    /// Where to PUT each image, in the order of `ids`.
    #[serde(default)]
    pub r2_uploads: Option<Vec<String>>,
}

impl Popped {
    /// The answer when there is no work, with the counts that are always told.
    pub fn nothing(counted: &Skipped, messages: Vec<Message>) -> Self {
        let mut skipped: Skipped = skip::ALWAYS_FOR_IMAGES.iter().map(|&word| (word.to_owned(), 0)).collect();
        skipped.extend(counted.iter().filter(|&(_, &count)| count > 0).map(|(word, &count)| (word.clone(), count)));
        Self {
            payload: Payload::default(),
            id: None,
            ids: Vec::new(),
            messages,
            ttl: None,
            skipped,
            model: None,
            source_image: None,
            source_processing: default_source_processing(),
            source_mask: None,
            extra_source_images: None,
            r2_upload: None,
            r2_uploads: None,
        }
    }
}

/// What to make. Members that were not asked for are left out, never null. Its default is the payload of a pop without work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Payload {
    /// The prompt, with `###` before what must not be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// Denoising steps.
    pub ddim_steps: u32,
    /// How many images.
    pub n_iter: u32,
    /// The seed: digits.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "text_or_number")]
    pub seed: Option<String>,
    /// The kind of control map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_type: Option<String>,
    /// The source image is already a control map.
    #[serde(deserialize_with = "null_as_default")]
    pub image_is_control: bool,
    /// Return the control map instead of the image.
    #[serde(deserialize_with = "null_as_default")]
    pub return_control_map: bool,
    /// Texts that a workflow needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra_texts: Option<Vec<ExtraText>>,
    /// The sampler.
    pub sampler_name: String,
    /// How strictly to follow the prompt.
    pub cfg_scale: f64,
    /// How far to go away from the source image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denoising_strength: Option<f64>,
    /// The same for the second pass of `hires_fix`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hires_fix_denoising_strength: Option<f64>,
    /// Pixels down.
    pub height: u32,
    /// Pixels across.
    pub width: u32,
    /// What to do with the finished image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post_processing: Option<Vec<String>>,
    /// The Karras noise schedule.
    #[serde(deserialize_with = "null_as_default")]
    pub karras: bool,
    /// Edges that continue on the other side.
    #[serde(deserialize_with = "null_as_default")]
    pub tiling: bool,
    /// Compose small, then refine large.
    #[serde(deserialize_with = "null_as_default")]
    pub hires_fix: bool,
    /// Which layer of the text encoder to stop at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip_skip: Option<u32>,
    /// How strongly to repair faces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facefixer_strength: Option<f64>,
    /// Low-rank adapters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loras: Option<Vec<Lora>>,
    /// Textual inversions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tis: Option<Vec<TextualInversion>>,
    /// For special models.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub special: Option<Value>,
    /// A named workflow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// A transparent background.
    #[serde(deserialize_with = "null_as_default")]
    pub transparent: bool,
    /// Blank what is for adults; only told when true.
    #[serde(skip_serializing_if = "std::ops::Not::not", deserialize_with = "null_as_default")]
    pub use_nsfw_censor: bool,
}

impl Default for Payload {
    /// The published defaults, which differ from the effective ones of a request.
    fn default() -> Self {
        Self {
            prompt: None,
            ddim_steps: 30,
            n_iter: 1,
            seed: None,
            control_type: None,
            image_is_control: false,
            return_control_map: false,
            extra_texts: None,
            sampler_name: "k_euler_a".to_owned(),
            cfg_scale: 7.5,
            denoising_strength: None,
            hires_fix_denoising_strength: None,
            height: 512,
            width: 512,
            post_processing: None,
            karras: false,
            tiling: false,
            hires_fix: false,
            clip_skip: None,
            facefixer_strength: None,
            loras: None,
            tis: None,
            special: None,
            workflow: None,
            transparent: false,
            use_nsfw_censor: false,
        }
    }
}
