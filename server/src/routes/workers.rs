//! Workers, for whoever looks; and what their owners and moderators do with them and say to them.

pub mod delete;
pub mod delete_message;
pub mod edit;
pub mod list;
pub mod list_messages;
mod messages;
pub mod send_message;
pub mod show;
pub mod show_by_name;
pub mod show_message;
mod view;

use throng_api::ReturnCode;
use throng_domain::WorkerId;
use uuid::Uuid;

use crate::error::Error;

/// Reads a worker's id. What is no id names no worker.
pub(super) fn worker_id(text: &str) -> Result<WorkerId, Error> {
    Uuid::try_parse(text).map(WorkerId).map_err(|_| not_found(text))
}

/// There is no such worker.
pub(super) fn not_found(id: &str) -> Error {
    let id: String = id.chars().take(64).collect();
    Error::refused_with(ReturnCode::WorkerNotFound, format!("Worker with ID '{id}' not found."))
}
