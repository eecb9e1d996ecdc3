//! Collections of styles: who names one in a request gets a random style of it. The styles themselves are in `styles.rs`.

use serde::{Deserialize, Serialize};

use crate::endpoint::endpoint;
use crate::lenient::null_as_default;
use crate::styles::{Done, StyleModified};

endpoint!(
    /// Lists public collections.
    GetCollections, Get, "/collections", () => Vec<Collection>);
endpoint!(
    /// Makes a collection.
    PostCollection, Post, "/collections", CollectionInput => StyleModified);
endpoint!(
    /// Shows a collection.
    GetCollection, Get, "/collections/{id}", () => Collection);
endpoint!(
    /// Changes a collection.
    PatchCollection, Patch, "/collections/{id}", CollectionInput => StyleModified);
endpoint!(
    /// Removes a collection; its styles stay.
    DeleteCollection, Delete, "/collections/{id}", () => Done);
endpoint!(
    /// Finds a collection, or a style, by name.
    GetCollectionByName, Get, "/collection_by_name/{name}", () => Collection);

/// A collection to be made, or a change to one, where what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CollectionInput {
    /// Its name, unique among its maker's collections.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What its maker says about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub info: Option<String>,
    /// Whether it is listed for all; true unless said otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public: Option<bool>,
    /// Its styles, by name or id, all of one kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub styles: Option<Vec<String>>,
}

/// A collection as everybody sees it. What it lacks is shown as null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collection {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `image` or `text`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What its maker says about it.
    pub info: Option<String>,
    /// Whether it is listed for all.
    pub public: bool,
    /// Its styles.
    #[serde(default, deserialize_with = "null_as_default")]
    pub styles: Vec<StyleShort>,
    /// How often it was used.
    pub use_count: i64,
}

/// A style, in a collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StyleShort {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: String,
}
