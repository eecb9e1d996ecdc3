//! What is known of models: baseline, size, limits. The server fills it from files; the rules only look up.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::request::Name;

/// The family of an image model, as far as prices and rules differ.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Baseline {
    /// Stable Diffusion 1 and everything unknown.
    StableDiffusion1,
    /// Stable Diffusion 2, either size.
    StableDiffusion2,
    /// Stable Diffusion XL.
    StableDiffusionXl,
    /// Stable Cascade.
    StableCascade,
    /// Flux.
    Flux,
    /// Qwen Image.
    Qwen,
    /// Z-Image Turbo.
    ZImage,
}

impl Baseline {
    /// Reads the name used in model references.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "stable diffusion 1" | "stable_diffusion_1" => Self::StableDiffusion1,
            "stable diffusion 2" | "stable diffusion 2 512" | "stable_diffusion_2" => Self::StableDiffusion2,
            "stable_diffusion_xl" => Self::StableDiffusionXl,
            "stable_cascade" => Self::StableCascade,
            "flux_1" => Self::Flux,
            "qwen_image" => Self::Qwen,
            "z_image_turbo" => Self::ZImage,
            _ => return None,
        })
    }

    /// Guesses from tags in the name of a model that nobody knows.
    pub fn guess(model: &str) -> Self {
        let has = |tag| model.contains(tag);
        if has("[SDXL]") {
            Self::StableDiffusionXl
        } else if has("[Flux]") {
            Self::Flux
        } else if has("[Qwen]") {
            Self::Qwen
        } else if has("[ZModel]") || has("[ZImage]") {
            Self::ZImage
        } else {
            Self::StableDiffusion1
        }
    }
}

/// What is known of an image model.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ImageModel {
    /// Its family.
    pub baseline: Baseline,
    /// It makes lewd pictures unasked.
    pub nsfw: bool,
    /// It can only paint into pictures.
    pub inpainting: bool,
    /// It is a ControlNet by itself, so it needs a source.
    pub controlnet: bool,
    /// The fewest steps that make sense.
    pub min_steps: Option<u32>,
    /// The most steps that make sense.
    pub max_steps: Option<u32>,
    /// What else suits it.
    #[serde(default)]
    pub advice: Advice,
}

/// With which settings a model was meant to be used. Others are no reason to refuse a request; its requester is told.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Advice {
    /// How many layers of the text encoder to skip.
    pub clip_skip: Option<u32>,
    /// The guidance scale, in hundredths.
    pub cfg_hundredths: Option<u32>,
    /// The least of it.
    pub cfg_hundredths_min: Option<u32>,
    /// The most of it.
    pub cfg_hundredths_max: Option<u32>,
    /// Samplers by wire name; none means any.
    pub samplers: Vec<Name>,
    /// Noise schedules; none means any.
    pub schedulers: Vec<Name>,
}

impl ImageModel {
    /// Makes a model of a family with nothing else to say.
    pub fn of(baseline: Baseline) -> Self {
        Self {
            baseline,
            nsfw: false,
            inpainting: false,
            controlnet: false,
            min_steps: None,
            max_steps: None,
            advice: Advice::default(),
        }
    }
}

/// What is known of a text model.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TextModel {
    /// How many parameters it has.
    pub parameters: u64,
    /// It writes lewd texts unasked.
    pub nsfw: bool,
}

/// All that is known of models.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ModelReference {
    /// Image models by name.
    pub images: HashMap<Name, ImageModel>,
    /// Text models by name.
    pub texts: HashMap<Name, TextModel>,
}

impl ModelReference {
    /// Knows only the models that come with the house.
    pub fn built_in() -> Self {
        let shapes = ImageModel::of(Baseline::StableDiffusion1);
        let fables = TextModel { parameters: 3_000_000, nsfw: false };
        Self {
            images: HashMap::from([(Name::from("throng-shapes"), shapes)]),
            texts: HashMap::from([(Name::from("throng-fables"), fables)]),
        }
    }

    /// Looks an image model up.
    pub fn image(&self, name: &str) -> Option<&ImageModel> {
        self.images.get(name)
    }

    /// Looks a text model up, with and without a maker's prefix and the suffix that tells its quantisation.
    pub fn text(&self, name: &str) -> Option<&TextModel> {
        let plain = name.split("::").next().unwrap_or(name);
        self.texts.get(plain).or_else(|| self.texts.get(without_quantisation(plain)))
    }

    /// Tells an image model's family, guessing for one that nobody knows.
    pub fn baseline(&self, name: &str) -> Baseline {
        self.image(name).map_or_else(|| Baseline::guess(name), |model| model.baseline)
    }
}

/// Tells whether a model is one of the special ones, which are served to those who name them, and shown to no others.
pub fn is_special(name: &str) -> bool {
    name.starts_with("horde_special")
}

/// Cuts `-Q4_K_M`, `.IQ3_XS.gguf` and their like off a name.
fn without_quantisation(name: &str) -> &str {
    let tells_quantisation = |at: &usize| {
        let suffix = name.as_bytes().get(at + 1..).unwrap_or_default();
        let suffix = suffix.strip_prefix(b"I").or_else(|| suffix.strip_prefix(b"i")).unwrap_or(suffix);
        matches!(suffix, [b'Q' | b'q', digit, ..] if digit.is_ascii_digit())
    };
    let cut = name.rmatch_indices(['-', '.', ',']).map(|(at, _)| at).find(tells_quantisation);
    cut.map_or(name, |at| &name[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_models_are_found_by_their_plain_name() {
        let mut reference = ModelReference::built_in();
        let model = TextModel { parameters: 7_000_000_000, nsfw: false };
        reference.texts.insert(Name::from("maker/Tale-7B"), model);
        for name in [
            "maker/Tale-7B",
            "maker/Tale-7B-Q4_K_M",
            "maker/Tale-7B.q8_0",
            "maker/Tale-7B,Q5_1",
            "maker/Tale-7B-IQ3_XS",
            "maker/Tale-7B-Q4_K_M.gguf",
            "maker/Tale-7B::ada#3",
            "maker/Tale-7B-Q4_K_M::ada#3",
        ] {
            assert!(reference.text(name).is_some(), "{name}");
        }
        for name in ["maker/Tale-8B", "maker/Tale-7B-Quick", "maker/Tale-7B-instruct", "maker/Tale-7B-", "maker/TaleQ4"]
        {
            assert!(reference.text(name).is_none(), "{name}");
        }
        assert!(reference.text("throng-fables").is_some());
    }

    #[test]
    fn unknown_image_models_are_guessed_by_tag() {
        let reference = ModelReference::built_in();
        assert_eq!(reference.baseline("Mine [SDXL]"), Baseline::StableDiffusionXl);
        assert_eq!(reference.baseline("Mine"), Baseline::StableDiffusion1);
    }
}
