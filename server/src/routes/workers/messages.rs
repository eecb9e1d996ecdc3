//! What all that is about messages to workers has in common: how one is shown, and how its id is read.

use throng_api::ReturnCode;
use throng_api::messages::WorkerMessage;
use throng_domain::MessageId;
use throng_domain::desk::restore::MessageRecord;
use uuid::Uuid;

use crate::error::Error;
use crate::wire::date;

/// Shows a message.
pub(super) fn shown(message: &MessageRecord) -> WorkerMessage {
    WorkerMessage {
        id: message.id.to_string(),
        user_id: message.author.to_string(),
        worker_id: message.worker.map(|worker| worker.to_string()),
        message: message.text.to_string(),
        origin: message.origin.to_string(),
        created: date(message.created),
        expiry: date(message.expires),
    }
}

/// Reads a message's id. What is no id names no message.
pub(super) fn message_id(text: &str) -> Result<MessageId, Error> {
    Uuid::try_parse(text).map(MessageId).map_err(|_| Error::refused(ReturnCode::WorkermessageNotFound))
}
