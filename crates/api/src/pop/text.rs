//! A scribe asks for work: `/generate/text/pop`.

use serde::{Deserialize, Serialize};

use super::{Message, Skipped, Terms, Worker};
use crate::endpoint::endpoint;
use crate::image::ExtraSourceImage;
use crate::lenient::null_as_default;
use crate::text::Params;

endpoint!(
    /// Asks for text work.
    PostTextPop, Post, "/generate/text/pop", Pop => Popped);

/// What a scribe says about itself when it asks for work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pop {
    /// Who asks.
    #[serde(flatten)]
    pub worker: Worker,
    /// Which jobs it takes.
    #[serde(flatten)]
    pub terms: Terms,
    /// How many tokens it writes at most.
    #[serde(default = "default_max_length")]
    pub max_length: u32,
    /// How many tokens its models look back.
    #[serde(default = "default_max_context_length")]
    pub max_context_length: u32,
    /// Soft prompts it has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub softprompts: Vec<String>,
}

impl Pop {
    /// How many tokens a worker writes that does not say.
    pub const MAX_LENGTH: u32 = 512;
    /// How many tokens a worker looks back that does not say.
    pub const MAX_CONTEXT_LENGTH: u32 = 2048;

    /// A pop with the effective defaults.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            worker: Worker::new(name),
            terms: Terms::default(),
            max_length: Self::MAX_LENGTH,
            max_context_length: Self::MAX_CONTEXT_LENGTH,
            softprompts: Vec::new(),
        }
    }
}

const fn default_max_length() -> u32 {
    Pop::MAX_LENGTH
}

const fn default_max_context_length() -> u32 {
    Pop::MAX_CONTEXT_LENGTH
}

/// What a scribe gets: work, or why there is none. Every member is always there, null where it is empty: bridges index them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Popped {
    /// What to write: handed as it is to a Kobold server.
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
    /// Always null.
    #[serde(default)]
    pub extra_source_images: Option<Vec<ExtraSourceImage>>,
    /// Why there is no work; empty when there is.
    #[serde(default, deserialize_with = "null_as_default")]
    pub skipped: Skipped,
    /// The soft prompt to use.
    #[serde(default)]
    pub softprompt: Option<String>,
    /// Which model to use.
    #[serde(default)]
    pub model: Option<String>,
}

impl Popped {
    /// The answer when there is no work; only reasons that kept something away are told.
    pub fn nothing(counted: &Skipped, messages: Vec<Message>) -> Self {
        Self {
            payload: Payload { prompt: None, params: Params::default().published() },
            id: None,
            ids: Vec::new(),
            messages,
            ttl: None,
            extra_source_images: None,
            skipped: counted
                .iter()
                .filter(|&(_, &count)| count > 0)
                .map(|(word, &count)| (word.clone(), count))
                .collect(),
            softprompt: None,
            model: None,
        }
    }
}

/// What to write, in Kobold's words. Members that were not asked for are left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Payload {
    /// The text to go on from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// How to go on.
    #[serde(flatten)]
    pub params: Params,
}
