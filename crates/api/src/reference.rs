//! The community's model reference, as its JSON files have it: an object of models by name. Of each model only what rules and prices look
//! at is read. Not here: what the rules make of it (`throng-domain::model`).

use std::collections::HashMap;

use serde::Deserialize;

use crate::lenient::null_as_default;

/// A file of image models.
pub type ImageReference = HashMap<String, ImageEntry>;

/// A file of text models.
pub type TextReference = HashMap<String, TextEntry>;

/// What a file says of an image model.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ImageEntry {
    /// Its family, in one of several spellings.
    #[serde(default, deserialize_with = "null_as_default")]
    pub baseline: String,
    /// It makes lewd pictures unasked.
    #[serde(default, deserialize_with = "null_as_default")]
    pub nsfw: bool,
    /// It can only paint into pictures.
    #[serde(default, deserialize_with = "null_as_default")]
    pub inpainting: bool,
    /// What kind of file it is; `controlnet` matters.
    #[serde(default, rename = "type", deserialize_with = "null_as_default")]
    pub file_type: String,
    /// What it asks of a request.
    #[serde(default, deserialize_with = "null_as_default")]
    pub requirements: Requirements,
}

/// What an image model asks of a request.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Requirements {
    /// The fewest steps that make sense.
    #[serde(default)]
    pub min_steps: Option<u32>,
    /// The most steps that make sense.
    #[serde(default)]
    pub max_steps: Option<u32>,
    /// The one guidance scale that makes sense.
    #[serde(default)]
    pub cfg_scale: Option<f64>,
    /// The least one.
    #[serde(default)]
    pub min_cfg_scale: Option<f64>,
    /// The largest one.
    #[serde(default)]
    pub max_cfg_scale: Option<f64>,
    /// How many layers of the text encoder to skip.
    #[serde(default)]
    pub clip_skip: Option<u32>,
    /// Samplers that make sense.
    #[serde(default, deserialize_with = "null_as_default")]
    pub samplers: Vec<String>,
    /// Noise schedules that make sense.
    #[serde(default, deserialize_with = "null_as_default")]
    pub schedulers: Vec<String>,
}

/// What a file says of a text model.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct TextEntry {
    /// How many parameters it has.
    #[serde(default)]
    pub parameters: Option<f64>,
    /// It writes lewd texts unasked.
    #[serde(default, deserialize_with = "null_as_default")]
    pub nsfw: bool,
}
