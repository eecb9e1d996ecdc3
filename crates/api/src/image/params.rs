//! How an image is to be made: the `params` of an image request, and the objects inside them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::lenient::{null_as_default, text_or_number};

/// How an image is to be made. Absent members take the effective defaults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Params {
    /// How many images.
    pub n: u32,
    /// Denoising steps; see [`Params::effective_steps`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<u32>,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// The sampler.
    pub sampler_name: String,
    /// How strictly to follow the prompt.
    pub cfg_scale: f64,
    /// The Karras noise schedule.
    pub karras: bool,
    /// Edges that continue on the other side.
    pub tiling: bool,
    /// Compose small, then refine large.
    pub hires_fix: bool,
    /// A transparent background.
    pub transparent: bool,
    /// The source image is already a control map.
    pub image_is_control: bool,
    /// Return the control map instead of the image.
    pub return_control_map: bool,
    /// Digits, or any text.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "text_or_number")]
    pub seed: Option<String>,
    /// What to add to the seed from one batch to the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed_variation: Option<u32>,
    /// How far to go away from the source image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denoising_strength: Option<f64>,
    /// The same for the second pass of `hires_fix`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hires_fix_denoising_strength: Option<f64>,
    /// Which layer of the text encoder to stop at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip_skip: Option<u32>,
    /// How strongly to repair faces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facefixer_strength: Option<f64>,
    /// The kind of control map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_type: Option<String>,
    /// What to do with the finished image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post_processing: Option<Vec<String>>,
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
    /// Texts that a workflow needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra_texts: Option<Vec<ExtraText>>,
}

impl Params {
    /// The steps of a request that names none; control maps were trained for fewer.
    pub fn effective_steps(&self) -> u32 {
        // Values above 40 with a control map are cut without a word: workers cannot do more.
        match (self.steps, self.control_type.is_some()) {
            (Some(steps), false) => steps,
            (Some(steps), true) => steps.min(40),
            (None, false) => 30,
            (None, true) => 20,
        }
    }
}

impl Default for Params {
    fn default() -> Self {
        Self {
            n: 1,
            steps: None,
            width: 512,
            height: 512,
            sampler_name: "k_euler_a".to_owned(),
            cfg_scale: 5.0,
            karras: true,
            tiling: false,
            hires_fix: false,
            transparent: false,
            image_is_control: false,
            return_control_map: false,
            seed: None,
            seed_variation: None,
            denoising_strength: None,
            hires_fix_denoising_strength: None,
            clip_skip: None,
            facefixer_strength: None,
            control_type: None,
            post_processing: None,
            loras: None,
            tis: None,
            special: None,
            workflow: None,
            extra_texts: None,
        }
    }
}

/// A low-rank adapter; completed with its defaults on the way to the worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lora {
    /// Its name, or the number of its version.
    pub name: String,
    /// Its strength on the image model.
    #[serde(default = "one")]
    pub model: f64,
    /// Its strength on the text encoder.
    #[serde(default = "one")]
    pub clip: f64,
    /// A trigger to add to the prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inject_trigger: Option<String>,
    /// Whether `name` is a version's number.
    #[serde(default, deserialize_with = "null_as_default")]
    pub is_version: bool,
}

/// A textual inversion; completed with its defaults on the way to the worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextualInversion {
    /// Its name.
    pub name: String,
    /// Where to add it by itself: `prompt` or `negprompt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inject_ti: Option<String>,
    /// Its strength.
    #[serde(default = "one")]
    pub strength: f64,
}

/// A text for a workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtraText {
    /// The text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// One more picture to start from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExtraSourceImage {
    /// Base64, or a URL.
    pub image: String,
    /// How much it counts.
    #[serde(default = "one")]
    pub strength: f64,
}

const fn one() -> f64 {
    1.0
}
