//! Records of what workers belong to and are told: teams and messages. Workers themselves are in `restore.rs`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::id::{MessageId, TeamId, UserId, WorkerId};
use crate::kudos::Kudos;
use crate::request::Name;
use crate::time::Timestamp;

/// A team of workers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TeamRecord {
    /// Its id.
    pub id: TeamId,
    /// Who founded it, and may change it.
    pub owner: UserId,
    /// Its name, unique whatever the case of its letters.
    pub name: Name,
    /// What its founder says about it.
    pub info: Option<Arc<str>>,
    /// When it was founded.
    pub created: Timestamp,
    /// What its workers did for it; see [`TeamCounts`].
    pub counts: TeamCounts,
}

/// What workers did while they were of a team, in running totals. It stays when they leave. All are absolute, so writing them twice
/// changes nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TeamCounts {
    /// Pictures delivered.
    pub fulfilments: u64,
    /// Pixelsteps delivered.
    pub contributions: u64,
    /// Kudos earned with pictures.
    pub kudos: Kudos,
    /// Seconds of uptime that were rewarded.
    pub uptime_seconds: u64,
}

/// Something somebody has to say to a worker, or to all. It never changes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MessageRecord {
    /// Its id.
    pub id: MessageId,
    /// For which worker; none is for all.
    pub worker: Option<WorkerId>,
    /// Who wrote it.
    pub author: UserId,
    /// What it says.
    pub text: Arc<str>,
    /// In whose name.
    pub origin: Arc<str>,
    /// When it was written.
    pub created: Timestamp,
    /// Until when it is repeated.
    pub expires: Timestamp,
}
