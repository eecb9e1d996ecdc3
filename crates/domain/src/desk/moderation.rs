//! What moderators and administrators do to what is not theirs, as it is written down for those who look back. The desk keeps none of it:
//! the event changes nothing here, and is written with the act it tells of.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::id::UserId;
use crate::request::Name;
use crate::time::Timestamp;

/// What was done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// A user was changed.
    UserEdit,
    /// A user was deleted or wiped.
    UserDelete,
    /// Kudos were awarded.
    Award,
    /// A worker was changed.
    WorkerEdit,
    /// A worker was deleted.
    WorkerDelete,
    /// Something was said to a worker or to all.
    MessageSend,
    /// What somebody said to workers was taken back.
    MessageDelete,
    /// A team was changed.
    TeamEdit,
    /// A team was dissolved.
    TeamDissolve,
    /// Modes of the house were switched.
    Modes,
    /// A filter was added.
    FilterAdd,
    /// A filter was changed.
    FilterChange,
    /// A filter was removed.
    FilterRemove,
    /// An address was put into a timeout.
    AddressBlock,
    /// The timeout of an address was ended.
    AddressUnblock,
    /// A style was removed.
    StyleDelete,
    /// A picture that shows what a style makes was added, changed or removed.
    StyleExample,
    /// A collection was removed.
    CollectionDelete,
}

impl Act {
    /// Tells the name under which it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UserEdit => "user_edit",
            Self::UserDelete => "user_delete",
            Self::Award => "award",
            Self::WorkerEdit => "worker_edit",
            Self::WorkerDelete => "worker_delete",
            Self::MessageSend => "message_send",
            Self::MessageDelete => "message_delete",
            Self::TeamEdit => "team_edit",
            Self::TeamDissolve => "team_dissolve",
            Self::Modes => "modes",
            Self::FilterAdd => "filter_add",
            Self::FilterChange => "filter_change",
            Self::FilterRemove => "filter_remove",
            Self::AddressBlock => "address_block",
            Self::AddressUnblock => "address_unblock",
            Self::StyleDelete => "style_delete",
            Self::StyleExample => "style_example",
            Self::CollectionDelete => "collection_delete",
        }
    }
}

/// One act of a moderator or an administrator.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ModeratorAct {
    /// Its id.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: UserId,
    /// What.
    pub act: Act,
    /// To what: an id, an address, or the network.
    pub target: Name,
    /// Whom that belongs to, if anybody.
    pub whom: Option<UserId>,
    /// What was asked for.
    pub details: Arc<Value>,
}
