//! Teams of workers: `/teams` and `/teams/{id}`. Joining one is a change to a worker.

use serde::{Deserialize, Serialize};

use crate::endpoint::endpoint;
use crate::lenient::null_as_default;

endpoint!(
    /// Lists all teams.
    GetTeams, Get, "/teams", () => Vec<TeamDetails>);
endpoint!(
    /// Founds a team.
    PostTeam, Post, "/teams", NewTeam => TeamModified);
endpoint!(
    /// Shows one team.
    GetTeam, Get, "/teams/{id}", () => TeamDetails);
endpoint!(
    /// Changes a team.
    PatchTeam, Patch, "/teams/{id}", ModifyTeam => TeamModified);
endpoint!(
    /// Dissolves a team.
    DeleteTeam, Delete, "/teams/{id}", () => DeletedTeam);

/// A team to be founded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewTeam {
    /// Its name.
    pub name: String,
    /// What is said about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub info: Option<String>,
}

/// What shall change about a team.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModifyTeam {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What is said about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub info: Option<String>,
}

/// What was set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TeamModified {
    /// Of which team.
    pub id: String,
    /// Its name now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What is said about it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub info: Option<String>,
}

/// A team that is no more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeletedTeam {
    /// Its id.
    pub deleted_id: String,
    /// Its name.
    pub deleted_name: String,
}

/// A team.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TeamDetails {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: String,
    /// What its founder says about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub info: Option<String>,
    /// Pictures its workers made for it.
    pub requests_fulfilled: i64,
    /// Kudos they earned with them.
    pub kudos: f64,
    /// Seconds they were there.
    pub uptime: i64,
    /// Who founded it, as `name#number`.
    pub creator: String,
    /// How many workers it has.
    pub worker_count: i64,
    /// Its workers.
    #[serde(deserialize_with = "null_as_default")]
    pub workers: Vec<WorkerLite>,
    /// The models they serve.
    #[serde(deserialize_with = "null_as_default")]
    pub models: Vec<ModelLite>,
}

/// A worker in few words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkerLite {
    /// `image`, `text` or `interrogation`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: String,
    /// Seen within the last five minutes.
    pub online: bool,
}

/// A model in few words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelLite {
    /// Its name.
    pub name: String,
    /// How many serve it.
    pub count: i64,
}
