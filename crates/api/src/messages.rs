//! What moderators and owners say to workers: `/workers/messages` and `/workers/messages/{id}`.

use serde::{Deserialize, Serialize};

use crate::endpoint::endpoint;
use crate::operations::Done;

endpoint!(
    /// Lists messages.
    GetWorkerMessages, Get, "/workers/messages", () => Vec<WorkerMessage>);
endpoint!(
    /// Says something to a worker, or to all.
    PostWorkerMessage, Post, "/workers/messages", NewWorkerMessage => WorkerMessage);
endpoint!(
    /// Shows one message.
    GetWorkerMessage, Get, "/workers/messages/{id}", () => WorkerMessage);
endpoint!(
    /// Takes a message back.
    DeleteWorkerMessage, Delete, "/workers/messages/{id}", () => Done);

/// What is to be said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewWorkerMessage {
    /// For which worker; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker_id: Option<String>,
    /// The text.
    pub message: String,
    /// In whose name; only moderators choose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// For how many hours; twelve if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry: Option<u32>,
}

/// What was said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkerMessage {
    /// Its id.
    pub id: String,
    /// Who wrote it: a number, as text.
    pub user_id: String,
    /// For which worker; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker_id: Option<String>,
    /// The text.
    pub message: String,
    /// In whose name.
    pub origin: String,
    /// When it was written, as an RFC 822 date.
    pub created: String,
    /// Until when it is told, as an RFC 822 date.
    pub expiry: String,
}
