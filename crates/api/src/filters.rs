//! Filters of prompts, for moderators: `/filters`, `/filters/regex`, `/filters/{filter_id}`. Not here: how a prompt is judged.

use serde::{Deserialize, Serialize};

use crate::endpoint::endpoint;

endpoint!(
    /// Lists filters, of one type or holding a text.
    GetFilters, Get, "/filters", () => Vec<Filter>);
endpoint!(
    /// Adds a filter, or finds the same one.
    PutFilter, Put, "/filters", NewFilter => Filter);
endpoint!(
    /// Tells what the filters say of a prompt.
    PostFilters, Post, "/filters", Test => Suspicion);
endpoint!(
    /// Shows the pattern that all filters of a type make together.
    GetFilterRegex, Get, "/filters/regex", () => Vec<Joined>);
endpoint!(
    /// Shows a filter.
    GetFilter, Get, "/filters/{filter_id}", () => Filter);
endpoint!(
    /// Changes a filter.
    PatchFilter, Patch, "/filters/{filter_id}", Change => Filter);
endpoint!(
    /// Removes a filter.
    DeleteFilter, Delete, "/filters/{filter_id}", () => SimpleResponse);

/// A filter. Adding and changing show an absent description as null; looking leaves it out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Its number, as text.
    pub id: String,
    /// The pattern.
    pub regex: String,
    /// 10 to 29.
    pub filter_type: i64,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What stands for a match in a rewritten prompt.
    #[serde(default)]
    pub replacement: String,
    /// The moderator who last changed it.
    pub user: String,
}

/// A filter to be added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewFilter {
    /// The pattern.
    pub regex: String,
    /// 10 to 29.
    pub filter_type: i64,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What stands for a match in a rewritten prompt.
    #[serde(default)]
    pub replacement: String,
}

/// What of a filter is to be changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Change {
    /// The pattern.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regex: Option<String>,
    /// 10 to 29.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter_type: Option<i64>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What stands for a match in a rewritten prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replacement: Option<String>,
}

/// A prompt to be tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Test {
    /// The prompt.
    pub prompt: String,
    /// Only the filters of this type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter_type: Option<i64>,
}

/// What the filters say of a prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspicion {
    /// How suspicious it is: a whole number, as text. From 2 on it is not let through as it is.
    pub suspicion: String,
    /// What was found.
    #[serde(default)]
    pub matches: Vec<String>,
}

/// All filters of a type in one pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// The type.
    pub filter_type: i64,
    /// The pattern; empty where there is no filter.
    pub regex: String,
}

/// It is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimpleResponse {
    /// `OK`.
    pub message: String,
}

impl SimpleResponse {
    /// Says that it is done.
    pub fn ok() -> Self {
        Self { message: "OK".to_owned() }
    }
}
