//! Webhooks: what is posted to a requester's address for each finished generation, and how its receiver knows that it is genuine.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::alchemy::State;
use crate::endpoint::endpoint;
use crate::submit::Metadata;

endpoint!(
    /// Tells a user the secret that announcements to it are signed with. A path of our own.
    GetWebhookSecret, Get, "/webhooks/secret", () => WebhookSecret);

/// The header of the signature: `t=SECONDS,v1=HEX`, where HEX is the HMAC-SHA-256 of `SECONDS.BODY` under the receiver's secret.
pub const SIGNATURE_HEADER: &str = "Throng-Signature";

/// What a receiver checks signatures with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookSecret {
    /// The key of the HMAC, as text: its bytes are those of the text.
    pub secret: String,
}

/// A finished image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageResult {
    /// A URL, or base64 WebP when the request said `r2: false`, or `N/A` when it is gone.
    pub img: String,
    /// The seed, here as a number.
    pub seed: i64,
    /// Who made it.
    pub worker_id: String,
    /// What its maker is called.
    pub worker_name: String,
    /// With which model.
    pub model: String,
    /// The generation.
    pub id: String,
    /// Whether the worker blanked it.
    pub censored: bool,
    /// What else the worker said about it.
    pub gen_metadata: Vec<Metadata>,
    /// The request it was for.
    pub request: String,
    /// What the worker earned.
    pub kudos: f64,
}

/// A finished text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextResult {
    /// The text.
    pub text: String,
    /// The seed.
    pub seed: i64,
    /// Who made it.
    pub worker_id: String,
    /// What its maker is called.
    pub worker_name: String,
    /// With which model.
    pub model: String,
    /// The generation.
    pub id: String,
    /// `ok`, `censored` or `csam`.
    pub state: String,
    /// What else the worker said about it.
    pub gen_metadata: Vec<Metadata>,
    /// The request it was for.
    pub request: String,
    /// What the worker earned.
    pub kudos: f64,
}

/// A finished form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormResult {
    /// Its name.
    pub form: String,
    /// Always `done`.
    pub state: State,
    /// What came of it, keyed by its name: an address if it is a picture.
    pub result: Value,
    /// Who made it.
    pub worker_id: String,
    /// What its maker is called.
    pub worker_name: String,
    /// The generation.
    pub id: String,
    /// The request it was for.
    pub request: String,
    /// What the worker earned.
    pub kudos: f64,
}
