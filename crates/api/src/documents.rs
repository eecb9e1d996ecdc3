//! What a network says about itself: `/documents/terms`, `/documents/privacy`, `/documents/sponsors`, and `/status/news`.

use serde::{Deserialize, Serialize};

use crate::endpoint::endpoint;

endpoint!(
    /// Shows the terms of use.
    GetTerms, Get, "/documents/terms", () => Document);
endpoint!(
    /// Shows what becomes of data.
    GetPrivacy, Get, "/documents/privacy", () => Document);
endpoint!(
    /// Shows who pays for it all.
    GetSponsors, Get, "/documents/sponsors", () => Document);
endpoint!(
    /// Lists the news, newest first.
    GetNews, Get, "/status/news", () => Vec<News>);

/// A document, in one of two forms.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Document {
    /// As HTML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// As Markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub markdown: Option<String>,
}

/// A piece of news.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// `YYYY-MM-DD`.
    pub date_published: String,
    /// What it says, in Markdown.
    pub newspiece: String,
    /// `Information`, `Crisis`, `Integration`, `Upcoming` or `Workers`.
    #[serde(default)]
    pub importance: String,
    /// What it is about.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Its heading.
    #[serde(default)]
    pub title: String,
    /// Where to read on.
    #[serde(default)]
    pub more_info_urls: Vec<String>,
}
