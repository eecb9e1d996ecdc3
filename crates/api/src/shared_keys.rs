//! Shared keys: `/sharedkeys`, `/sharedkeys/{id}`. Others ask with them at their owner's cost.

use serde::{Deserialize, Serialize};

use crate::endpoint::endpoint;
use crate::users::Done;

endpoint!(
    /// Makes a shared key.
    PutSharedKey, Put, "/sharedkeys", EditSharedKey => SharedKeyDetails);
endpoint!(
    /// Shows a shared key to whoever holds it.
    GetSharedKey, Get, "/sharedkeys/{id}", () => SharedKeyDetails);
endpoint!(
    /// Changes a shared key; what is absent stays.
    PatchSharedKey, Patch, "/sharedkeys/{id}", EditSharedKey => SharedKeyDetails);
endpoint!(
    /// Deletes a shared key.
    DeleteSharedKey, Delete, "/sharedkeys/{id}", () => Done);

/// What a shared key shall be. Everywhere -1 is no limit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EditSharedKey {
    /// What may be spent with it; 5000 unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kudos: Option<i64>,
    /// Days until it is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry: Option<i64>,
    /// What its owner calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Pixels of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_image_pixels: Option<i64>,
    /// Steps of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_image_steps: Option<i64>,
    /// Tokens of a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_text_tokens: Option<i64>,
}

/// A shared key. Everywhere -1 is no limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedKeyDetails {
    /// The key itself.
    pub id: String,
    /// Its owner, `name#number`.
    pub username: String,
    /// What its owner calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What may still be spent with it.
    pub kudos: i64,
    /// When it is refused, as an RFC 822 date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry: Option<String>,
    /// What was spent with it.
    pub utilized: i64,
    /// Pixels of a picture.
    pub max_image_pixels: i64,
    /// Steps of a picture.
    pub max_image_steps: i64,
    /// Tokens of a text.
    pub max_text_tokens: i64,
}
