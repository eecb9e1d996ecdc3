//! Styles: prompts, parameters and models under a name, for images and for texts. Collections of them are in `collections.rs`; using one
//! is a member of the request (`image`, `text`).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::endpoint::endpoint;
use crate::image::Warning;
use crate::lenient::{null_as_default, yes};
use crate::shared_keys::SharedKeyDetails;

endpoint!(
    /// Lists public image styles.
    GetImageStyles, Get, "/styles/image", () => Vec<Style>);
endpoint!(
    /// Makes an image style.
    PostImageStyle, Post, "/styles/image", StyleInput => StyleModified);
endpoint!(
    /// Shows an image style.
    GetImageStyle, Get, "/styles/image/{id}", () => Style);
endpoint!(
    /// Changes an image style.
    PatchImageStyle, Patch, "/styles/image/{id}", StyleChange => StyleModified);
endpoint!(
    /// Removes an image style.
    DeleteImageStyle, Delete, "/styles/image/{id}", () => Done);
endpoint!(
    /// Finds an image style by name.
    GetImageStyleByName, Get, "/styles/image_by_name/{name}", () => Style);
endpoint!(
    /// Adds an example to an image style.
    PostStyleExample, Post, "/styles/image/{id}/example", StyleExampleInput => StyleModified);
endpoint!(
    /// Changes an example.
    PatchStyleExample, Patch, "/styles/image/{id}/example/{example_id}", StyleExampleInput => StyleModified);
endpoint!(
    /// Removes an example.
    DeleteStyleExample, Delete, "/styles/image/{id}/example/{example_id}", () => Done);
endpoint!(
    /// Lists public text styles.
    GetTextStyles, Get, "/styles/text", () => Vec<Style>);
endpoint!(
    /// Makes a text style.
    PostTextStyle, Post, "/styles/text", StyleInput => StyleModified);
endpoint!(
    /// Shows a text style.
    GetTextStyle, Get, "/styles/text/{id}", () => Style);
endpoint!(
    /// Changes a text style.
    PatchTextStyle, Patch, "/styles/text/{id}", StyleChange => StyleModified);
endpoint!(
    /// Removes a text style.
    DeleteTextStyle, Delete, "/styles/text/{id}", () => Done);
endpoint!(
    /// Finds a text style by name.
    GetTextStyleByName, Get, "/styles/text_by_name/{name}", () => Style);

/// A style to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StyleInput {
    /// Its name, unique among its maker's styles.
    pub name: String,
    /// What its maker says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub info: Option<String>,
    /// Its prompt, with places for the requester's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// The parameters that it sets, in the names of a request's.
    #[serde(default)]
    pub params: Map<String, Value>,
    /// Whether it is listed for all.
    #[serde(default = "yes")]
    pub public: bool,
    /// Whether it makes what is for adults.
    #[serde(default)]
    pub nsfw: bool,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The models, any of which will do.
    #[serde(default)]
    pub models: Vec<String>,
    /// Images: the id of a shared key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sharedkey: Option<String>,
}

/// A change to a style: what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StyleChange {
    /// Its name, unique among its maker's styles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What its maker says about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub info: Option<String>,
    /// Its prompt, with places for the requester's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// The parameters that it sets, all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub params: Option<Map<String, Value>>,
    /// Whether it is listed for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public: Option<bool>,
    /// Whether it makes what is for adults.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nsfw: Option<bool>,
    /// Words to find it by, all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// The models, all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub models: Option<Vec<String>>,
    /// Images: the id of a shared key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sharedkey: Option<String>,
}

/// A style as everybody sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Style {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What its maker says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub info: Option<String>,
    /// Its prompt.
    pub prompt: String,
    /// The parameters that it sets.
    #[serde(default, deserialize_with = "null_as_default")]
    pub params: Map<String, Value>,
    /// Whether it is listed for all.
    pub public: bool,
    /// Whether it makes what is for adults.
    pub nsfw: bool,
    /// Words to find it by.
    #[serde(default, deserialize_with = "null_as_default")]
    pub tags: Vec<String>,
    /// The models, any of which will do.
    #[serde(default, deserialize_with = "null_as_default")]
    pub models: Vec<String>,
    /// How often it was used.
    pub use_count: i64,
    /// Who made it: `name#number`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creator: Option<String>,
    /// Images: what it looks like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub examples: Option<Vec<StyleExample>>,
    /// Images: the shared key that goes with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_key: Option<SharedKeyDetails>,
}

/// An example of what a style makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StyleExample {
    /// Its id.
    pub id: String,
    /// Where the picture is.
    pub url: String,
    /// Whether it is the one to show first.
    pub primary: bool,
}

/// An example to be added, or a change to one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StyleExampleInput {
    /// Where the picture is: https.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Whether it is the one to show first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary: Option<bool>,
}

/// A style, an example or a collection was made or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StyleModified {
    /// Its id.
    pub id: String,
    /// Always `OK`.
    pub message: String,
    /// What is odd about it.
    #[serde(default, deserialize_with = "null_as_default")]
    pub warnings: Vec<Warning>,
}

impl StyleModified {
    /// Nothing is odd.
    pub fn new(id: &impl ToString) -> Self {
        Self { id: id.to_string(), message: "OK".to_owned(), warnings: Vec::new() }
    }
}

/// It is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Always `OK`.
    pub message: String,
}

impl Default for Done {
    fn default() -> Self {
        Self { message: "OK".to_owned() }
    }
}
