//! Asking for alchemy, which the wire calls interrogation: `/interrogate/async` and `/interrogate/status`. Not here: what workers send and
//! get (`pop/alchemy.rs`, `submit.rs`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::endpoint::endpoint;
use crate::lenient::{null_as_default, truthy, yes};

endpoint!(
    /// Asks for forms of a picture.
    PostAlchemyAsk, Post, "/interrogate/async", Ask => Accepted);
endpoint!(
    /// Looks where each form stands, and fetches what is finished.
    GetAlchemyStatus, Get, "/interrogate/status/{id}", () => Status);
endpoint!(
    /// Cancels what is not finished yet.
    DeleteAlchemyStatus, Delete, "/interrogate/status/{id}", () => Status);

/// What a requester of alchemy sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    /// The picture: an address, or base64.
    pub source_image: String,
    /// What is wanted of it.
    #[serde(default)]
    pub forms: Vec<Form>,
    /// Whether slow workers will do.
    #[serde(default = "yes")]
    pub slow_workers: bool,
    /// Only workers of trusted users.
    #[serde(default, deserialize_with = "truthy")]
    pub trusted_workers: bool,
    /// Where finished forms are announced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<String>,
}

/// One form that is wanted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Form {
    /// Its name.
    pub name: String,
    /// What its worker should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<BTreeMap<String, Value>>,
}

/// The request was admitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// Its id.
    pub id: String,
    /// Something the requester should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// How far a request is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// All forms together.
    pub state: State,
    /// Each form.
    #[serde(default, deserialize_with = "null_as_default")]
    pub forms: Vec<FormStatus>,
}

/// How far a form is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormStatus {
    /// Its name.
    pub form: String,
    /// Where it stands; never `partial`.
    pub state: State,
    /// What came of it, keyed by its name: an address if it is a picture. Left out until it is done: some clients stumble over null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
}

/// Where a form stands, or all forms together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nobody is at it.
    Waiting,
    /// A worker is at it.
    Processing,
    /// It is finished.
    Done,
    /// The requester wants it no more.
    Cancelled,
    /// It failed too often.
    Faulted,
    /// Some forms are finished, and no more will be.
    Partial,
}
