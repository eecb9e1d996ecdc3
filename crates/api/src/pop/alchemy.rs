//! An alchemist asks for work: `/interrogate/pop`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Skipped, Worker, skip};
use crate::endpoint::endpoint;
use crate::lenient::null_as_default;

endpoint!(
    /// Asks for forms to make.
    PostAlchemyPop, Post, "/interrogate/pop", Pop => Popped);

/// What an alchemist says about itself when it asks for work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pop {
    /// Who asks.
    #[serde(flatten)]
    pub worker: Worker,
    /// The forms it knows. Names that no server knows do no harm.
    #[serde(default)]
    pub forms: Vec<String>,
    /// How many forms it wants now.
    #[serde(default = "one_form")]
    pub amount: i64,
    /// The largest picture it takes, in tiles of 512×512.
    #[serde(default = "default_max_tiles")]
    pub max_tiles: u32,
}

impl Pop {
    /// How many tiles a worker takes that does not say.
    pub const MAX_TILES: u32 = 80;

    /// A pop with the effective defaults.
    pub fn new(name: impl Into<String>) -> Self {
        Self { worker: Worker::new(name), forms: Vec::new(), amount: one_form(), max_tiles: Self::MAX_TILES }
    }
}

const fn one_form() -> i64 {
    1
}

const fn default_max_tiles() -> u32 {
    Pop::MAX_TILES
}

/// What an alchemist gets: forms, or why there are none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Popped {
    /// The forms; null without work.
    #[serde(default)]
    pub forms: Option<Vec<PoppedForm>>,
    /// Why there is no work; empty when there is.
    #[serde(default, deserialize_with = "null_as_default")]
    pub skipped: Skipped,
}

impl Popped {
    /// The reasons that the wire has words for here.
    pub const REASONS: [&'static str; 3] = [skip::WORKER_ID, skip::UNTRUSTED, skip::BRIDGE_VERSION];

    /// The answer when there is no work; only reasons that kept something away are told.
    pub fn nothing(counted: &Skipped) -> Self {
        let told = |(word, count): &(&String, &u64)| **count > 0 && Self::REASONS.contains(&word.as_str());
        let skipped = counted.iter().filter(told).map(|(word, count)| (word.clone(), *count)).collect();
        Self { forms: None, skipped }
    }
}

/// One form to make. What is empty is left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PoppedForm {
    /// The generation's id.
    pub id: String,
    /// Which form.
    pub form: String,
    /// What its requester said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<BTreeMap<String, Value>>,
    /// Where the picture is.
    pub source_image: String,
    /// Where the result goes, if it is a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r2_upload: Option<String>,
}
