//! Handing in what was made: `/generate/submit`, `/generate/text/submit` and `/interrogate/submit`.

use serde::{Deserialize, Serialize};

use crate::endpoint::endpoint;
use crate::lenient::null_as_default;

endpoint!(
    /// Hands in an image.
    PostImageSubmit, Post, "/generate/submit", Submit => Submitted);
endpoint!(
    /// Hands in a text.
    PostTextSubmit, Post, "/generate/text/submit", Submit => Submitted);
endpoint!(
    /// Hands in a form.
    PostAlchemySubmit, Post, "/interrogate/submit", FormSubmit => Submitted);

/// What a worker hands in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submit {
    /// The generation's id, from the pop.
    pub id: String,
    /// `R2` after an upload, an image in base64, or the text.
    #[serde(default)]
    pub generation: String,
    /// The seed that was used; images must say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<i64>,
    /// How it went.
    #[serde(default)]
    pub state: State,
    /// Ignored: `gen_metadata` says it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub censored: bool,
    /// What else there is to say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gen_metadata: Vec<Metadata>,
}

impl Submit {
    /// What stands in `generation` when the image was uploaded.
    pub const UPLOADED: &'static str = "R2";
    /// What stands in `generation` when there is none.
    pub const FAULTED: &'static str = "faulted";

    /// Says that nothing came of it, in the words that every server understands.
    pub fn faulted(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            generation: Self::FAULTED.to_owned(),
            seed: Some(-1),
            state: State::Faulted,
            censored: false,
            gen_metadata: Vec::new(),
        }
    }
}

/// What an alchemist hands in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormSubmit {
    /// The generation's id, from the pop.
    pub id: String,
    /// What came of it, keyed by the form's name; [`Submit::UPLOADED`] stands for a picture that was uploaded.
    pub result: serde_json::Map<String, serde_json::Value>,
    /// How it went: `faulted` or anything else.
    #[serde(default = "ok")]
    pub state: String,
}

fn ok() -> String {
    State::Ok.as_str().to_owned()
}

/// How a generation went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Well.
    #[default]
    Ok,
    /// The worker blanked it.
    Censored,
    /// It failed.
    Faulted,
    /// The worker blanked it as abuse of children.
    Csam,
}

impl State {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Censored => "censored",
            Self::Faulted => "faulted",
            Self::Csam => "csam",
        }
    }
}

/// One thing a worker says about a generation, such as that it could not fetch a LoRA.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: String,
    /// What happened.
    pub value: String,
    /// Which one.
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

impl Metadata {
    /// The `type` of an entry that speaks of censorship.
    pub const CENSORSHIP: &'static str = "censorship";
    /// The value for adult content.
    pub const NSFW: &'static str = "nsfw";
    /// The value for abuse of children.
    pub const CSAM: &'static str = "csam";
}

/// What a worker gets for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Submitted {
    /// Kudos; a number, never null.
    #[serde(default, deserialize_with = "null_as_default")]
    pub reward: f64,
}
