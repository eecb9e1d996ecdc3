//! What was made: `/stats/img/totals`, `/stats/img/models`, `/stats/text/totals`, `/stats/text/models`; and on a path of our own, by which
//! LoRAs. Counted are generations that ended, however they did.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::endpoint::endpoint;

endpoint!(
    /// Sums up images.
    GetImageTotals, Get, "/stats/img/totals", () => ImageTotals);
endpoint!(
    /// Counts images by model.
    GetImageModels, Get, "/stats/img/models", () => ModelCounts);
endpoint!(
    /// Lists the LoRAs used most.
    GetLoras, Get, "/stats/img/loras", () => LoraCounts);
endpoint!(
    /// Sums up texts.
    GetTextTotals, Get, "/stats/text/totals", () => TextTotals);
endpoint!(
    /// Counts texts by model.
    GetTextModels, Get, "/stats/text/models", () => ModelCounts);

/// Images of one period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Images {
    /// How many.
    pub images: i64,
    /// Their width x height x steps, summed up.
    pub ps: i64,
}

/// Texts of one period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    /// How many.
    pub requests: i64,
    /// The tokens asked for, summed up.
    pub tokens: i64,
}

/// Images of each period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageTotals {
    /// The last full minute.
    pub minute: Images,
    /// The last hour.
    pub hour: Images,
    /// The last 24 hours.
    pub day: Images,
    /// The last 30 days.
    pub month: Images,
    /// Ever.
    pub total: Images,
}

/// Texts of each period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextTotals {
    /// The last full minute.
    pub minute: Texts,
    /// The last hour.
    pub hour: Texts,
    /// The last 24 hours.
    pub day: Texts,
    /// The last 30 days.
    pub month: Texts,
    /// Ever.
    pub total: Texts,
}

/// How often each model was used; those that were not in a period are not in its map.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelCounts {
    /// In the last 24 hours.
    pub day: BTreeMap<String, i64>,
    /// In the last 30 days.
    pub month: BTreeMap<String, i64>,
    /// Ever.
    pub total: BTreeMap<String, i64>,
}

/// A LoRA and how often it was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoraCount {
    /// Its number at CivitAI, or its name.
    pub name: String,
    /// Whether the number is of a version.
    pub is_version: bool,
    /// In how many generations.
    pub times: i64,
}

/// The LoRAs used most, most used first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoraCounts {
    /// Today, by the day of UTC.
    pub day: Vec<LoraCount>,
    /// In the last 30 such days, today included.
    pub month: Vec<LoraCount>,
    /// Ever.
    pub total: Vec<LoraCount>,
}
