//! Rating the pictures of a shared request: `/generate/rate`. Not here: what a rating is worth.

use serde::{Deserialize, Serialize};

use crate::endpoint::endpoint;
use crate::submit::Submitted;

endpoint!(
    /// Rates the pictures of a request. Needs no key: whoever knows the id may.
    PostRating, Post, "/generate/rate/{id}", Aesthetics => Submitted);

/// What somebody thinks of the pictures of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Aesthetics {
    /// The id of the best one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best: Option<String>,
    /// Of some of them, or of all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ratings: Vec<AestheticRating>,
}

/// What somebody thinks of one picture.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AestheticRating {
    /// Its id.
    pub id: String,
    /// How beautiful it is, from 1 to 10.
    pub rating: u8,
    /// How flawed it is, from 0 (not at all) to 5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifacts: Option<u8>,
}
