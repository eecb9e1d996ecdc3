//! What suits a model when the person says nothing: sizes, steps, lengths. The built-in models are small and quick and like
//! other settings than a large checkpoint. What a person says always goes before what is written here.

/// Pictures or stories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Craft {
    /// Text to image.
    #[default]
    Picture,
    /// Text to text.
    Story,
}

/// The built-in picture model.
pub const SHAPES: &str = "throng-shapes";
/// The built-in story model.
pub const FABLES: &str = "throng-fables";

/// A picture's size in pixels, with a word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// What a person calls it.
    pub word: &'static str,
}

const fn size(width: u32, height: u32, word: &'static str) -> Size {
    Size { width, height, word }
}

/// throng-shapes paints small and is enlarged smoothly: twice its own size still looks crisp, in the three ratios it was taught.
const SHAPES_SIZES: [Size; 3] = [size(256, 256, "Square"), size(384, 256, "Wide"), size(256, 384, "Tall")];

/// What SDXL was trained at.
const LARGE_SIZES: [Size; 3] = [size(1024, 1024, "Square"), size(1216, 832, "Wide"), size(832, 1216, "Tall")];

/// What Stable Diffusion 1.x was trained at, and half as much again.
const USUAL_SIZES: [Size; 3] = [size(512, 512, "Square"), size(768, 512, "Wide"), size(512, 768, "Tall")];

/// What suits a picture model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PictureHabits {
    /// Sizes it draws well; the first is its own.
    pub sizes: &'static [Size],
    /// Denoising steps.
    pub steps: u32,
    /// How strictly to follow the prompt.
    pub cfg_scale: f64,
    /// The sampler.
    pub sampler: &'static str,
}

/// What suits a story model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StoryHabits {
    /// How many tokens it may look back. A worker that offers less does not get the job.
    pub context_tokens: u32,
    /// How freely to choose words.
    pub temperature: f64,
    /// Lengths to choose from, in tokens; the second is the usual one.
    pub lengths: [(u32, &'static str); 3],
}

/// The samplers to choose from, by their wire names, with a word for each.
pub const SAMPLERS: [(&str, &str); 4] =
    [("k_euler", "Euler"), ("k_euler_a", "Euler, ancestral"), ("k_dpmpp_2m", "DPM++ 2M"), ("DDIM", "DDIM")];

/// Says what suits this picture model.
pub fn of_picture_model(model: Option<&str>) -> PictureHabits {
    match model {
        Some(SHAPES) => PictureHabits { sizes: &SHAPES_SIZES, steps: 30, cfg_scale: 6.0, sampler: "k_euler_a" },
        Some(name) if name.contains("SDXL") || name.contains("XL") => {
            PictureHabits { sizes: &LARGE_SIZES, steps: 30, cfg_scale: 5.0, sampler: "k_euler_a" }
        }
        _ => PictureHabits { sizes: &USUAL_SIZES, steps: 30, cfg_scale: 7.0, sampler: "k_euler_a" },
    }
}

/// Says what suits this story model.
pub fn of_story_model(model: Option<&str>) -> StoryHabits {
    match model {
        Some(FABLES) => StoryHabits {
            // Its window; a whole fable with its moral takes up to 250 tokens, then it stops by itself.
            context_tokens: 1024,
            temperature: 0.7,
            lengths: [(120, "Short"), (300, "Medium"), (500, "Long")],
        },
        _ => StoryHabits {
            context_tokens: 2048,
            temperature: 0.9,
            lengths: [(120, "Short"), (240, "Medium"), (480, "Long")],
        },
    }
}

/// Prompts that the model can really do, to begin with.
pub fn examples(craft: Craft, model: Option<&str>) -> &'static [&'static str] {
    match (craft, model) {
        (Craft::Picture, None | Some(SHAPES)) => &[
            "a red circle left of a blue square",
            "three green stars on a black background",
            "a yellow moon above a purple triangle",
            "a white heart inside a blue circle",
        ],
        (Craft::Picture, Some(_)) => &[
            "a lighthouse at dusk, oil painting",
            "a paper boat on a puddle, macro photograph",
            "an old map of an island that does not exist",
        ],
        (Craft::Story, None | Some(FABLES)) => &[
            "Write a fable about a fox and a crow",
            "Tell me a story about a lazy frog who meets an owl",
            "Write a fable about patience",
            "Once upon a time a proud lion",
        ],
        (Craft::Story, Some(_)) => {
            &["The lighthouse keeper had not spoken for a year when", "Write a short story about a borrowed umbrella"]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_is_one_the_wire_accepts() {
        for model in [None, Some(SHAPES), Some("AlbedoBase XL (SDXL)"), Some("Deliberate")] {
            for size in of_picture_model(model).sizes {
                for side in [size.width, size.height] {
                    assert!((64..=3072).contains(&side) && side.is_multiple_of(64), "{model:?} {size:?}");
                }
            }
        }
    }

    #[test]
    fn every_story_fits_in_what_the_model_can_look_back_on() {
        for model in [None, Some(FABLES)] {
            let habits = of_story_model(model);
            assert!(habits.lengths.iter().all(|(tokens, _)| *tokens < habits.context_tokens), "{model:?}");
        }
    }

    #[test]
    fn every_usual_sampler_can_be_chosen() {
        for model in [None, Some(SHAPES), Some("Some XL")] {
            let usual = of_picture_model(model).sampler;
            assert!(SAMPLERS.iter().any(|(name, _)| *name == usual));
        }
    }

    #[test]
    fn there_are_examples_for_every_craft_and_model() {
        for craft in [Craft::Picture, Craft::Story] {
            for model in [None, Some(SHAPES), Some(FABLES), Some("Deliberate")] {
                assert!(examples(craft, model).len() >= 2);
            }
        }
    }
}
