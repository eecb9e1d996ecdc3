//! What was popped: leases, a model, and the work, already read and checked. Not here: how the wire writes it (`wire`).

use std::time::Duration;

use throng_domain::kind::Kind;

/// A generation this worker owes, and where its picture goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The generation's id: the lease itself.
    pub id: String,
    /// Where to upload the picture; without it the picture travels inside the submit.
    pub upload: Option<String>,
}

/// A job (or a batch of equal ones) that a pop brought.
#[derive(Debug, Clone, PartialEq)]
pub struct Popped {
    /// What kind it is.
    pub kind: Kind,
    /// The generations owed, one for each picture or text.
    pub leases: Vec<Lease>,
    /// The model to use.
    pub model: String,
    /// How long the lease lasts, when the server says so.
    pub lease_time: Option<Duration>,
    /// What to do, or why this worker cannot.
    pub work: Result<Work, String>,
}

/// What is to be made.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// Pictures.
    Image(ImageWork),
    /// A text.
    Text(TextWork),
}

/// A picture as it was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageWork {
    /// What to show.
    pub prompt: String,
    /// What not to show.
    pub negative_prompt: String,
    /// How many pictures.
    pub count: u32,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Sampling steps.
    pub steps: u32,
    /// The sampler, by the name the field gives it.
    pub sampler: String,
    /// Whether the noise levels follow Karras.
    pub karras: bool,
    /// Strength of guidance.
    pub cfg_scale: f32,
    /// The seed of the first picture.
    pub seed: u64,
    /// How many of the text encoder's last layers to leave out, counted from 1.
    pub clip_skip: Option<u32>,
    /// How much of a source picture is repainted, from 0 to 1.
    pub denoising_strength: Option<f32>,
    /// A picture to begin from.
    pub source: Option<Source>,
    /// Where to repaint it.
    pub mask: Option<Source>,
}

/// A picture that comes with a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// It must be fetched from here.
    Address(String),
    /// It is here: an encoded picture.
    Bytes(Vec<u8>),
}

/// A text as it was asked for, in Kobold's terms; what is `None` was not asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TextWork {
    /// The text to continue.
    pub prompt: String,
    /// The most tokens to make.
    pub length_max: u32,
    /// The most tokens of prompt and text together.
    pub context_length_max: u32,
    /// Texts that end the generation.
    pub stop_sequences: Vec<String>,
    /// Temperature.
    pub temperature: Option<f32>,
    /// Top-k.
    pub top_k: Option<u32>,
    /// Top-p.
    pub top_p: Option<f32>,
    /// Top-a.
    pub top_a: Option<f32>,
    /// Tail-free sampling.
    pub tfs: Option<f32>,
    /// Typical sampling.
    pub typical: Option<f32>,
    /// Min-p.
    pub min_p: Option<f32>,
    /// Repetition penalty.
    pub rep_pen: Option<f32>,
    /// How many of the last tokens it looks at.
    pub rep_pen_range: Option<u32>,
    /// How steeply it grows towards the last tokens.
    pub rep_pen_slope: Option<f32>,
    /// The order of the samplers, by Kobold's numbers.
    pub sampler_order: Option<Vec<u32>>,
    /// Half the width of the dynamic temperature.
    pub dynatemp_range: Option<f32>,
    /// The exponent of the dynamic temperature.
    pub dynatemp_exponent: Option<f32>,
    /// Quadratic smoothing.
    pub smoothing_factor: Option<f32>,
    /// Whether the text ends with its first line.
    pub single_line: bool,
    /// Whether an unfinished last sentence is cut off.
    pub trim_incomplete: bool,
    /// Whether blank lines are removed.
    pub trim_blank_lines: bool,
    /// Whether characters with a meaning to programs are removed.
    pub trim_special: bool,
    /// Whether a space is put between a finished sentence and the text.
    pub add_sentence_space: bool,
}

/// What an engine is asked to run: the work, with everything it needs at hand.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// The model to use.
    pub model: String,
    /// What to make; its sources, if any, are [`Source::Bytes`].
    pub work: Work,
}

impl Work {
    /// A square picture of so many pixels a side, as most are asked for: to measure how fast a worker is.
    pub fn sample_picture(side: u32, steps: u32) -> Self {
        Self::Image(ImageWork {
            prompt: "a red circle left of a blue square".to_owned(),
            negative_prompt: String::new(),
            count: 1,
            width: side,
            height: side,
            steps,
            sampler: "k_euler".to_owned(),
            karras: false,
            // Most requests are guided, and that is what doubles the work of a step.
            cfg_scale: 5.0,
            seed: 1,
            clip_skip: None,
            denoising_strength: None,
            source: None,
            mask: None,
        })
    }

    /// A text of so many tokens at most: to measure how fast a worker is.
    pub fn sample_text(tokens: u32) -> Self {
        Self::Text(TextWork {
            prompt: "Once upon a time there was".to_owned(),
            length_max: tokens,
            context_length_max: 2048,
            ..TextWork::default()
        })
    }

    /// The work in a few words: `512×512, 30 steps` or `80 tokens`.
    pub fn summary(&self) -> String {
        match self {
            Self::Image(image) => {
                let times = if image.count > 1 { format!("{} × ", image.count) } else { String::new() };
                let from = if image.source.is_some() { ", from a picture" } else { "" };
                format!("{times}{}×{}, {} steps{from}", image.width, image.height, image.steps)
            }
            Self::Text(text) => format!("up to {} tokens", text.length_max),
        }
    }
}
