//! What happened, as one change to one record each. An event carries the record as it is *afterwards*, never a difference, and names it by
//! id, so that writing it twice changes nothing; only a transfer is a difference, and its id keeps it from counting twice. Replaying all
//! events gives the same desk. Turning them into rows is not here.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::desk::chronicle::{Announcement, Statistic};
use crate::desk::moderation::ModeratorAct;
use crate::desk::modes::Modes;
use crate::desk::restore::{
    GenerationRecord, GenerationState, HoldRecord, JobRecord, MessageRecord, RequestProgress, RequestRecord,
    SharedKeyRecord, TeamCounts, TeamRecord, UserCounts, UserRecord, WorkerCounts, WorkerRecord,
};
use crate::id::{GenerationId, MessageId, RequestId, SharedKeyId, TeamId, UserId, WorkerId};
use crate::ledger::Transfer;
use crate::rating::RatingSet;

/// One change to one record. In a batch, the last event for a record holds; order between tables is that of the variants' first use
/// (a request before its jobs, a job before its generations).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Event {
    /// A user registered, or anything but its counts changed. Upsert into `user`.
    UserSaved(Arc<UserRecord>),
    /// A user's counts changed. Update of `user`.
    UserCounted {
        /// Whose.
        user: UserId,
        /// The counts now.
        counts: UserCounts,
    },
    /// A worker came, checked in, or was changed. Upsert into `worker`, counts included.
    WorkerSaved(Arc<WorkerRecord>),
    /// A worker's counts changed. Update of `worker`.
    WorkerCounted {
        /// Whose.
        worker: WorkerId,
        /// The counts now.
        counts: WorkerCounts,
    },
    /// A request was admitted. Insert into `request`; its jobs follow as [`Event::JobSaved`].
    RequestAdmitted(Arc<RequestRecord>),
    /// A request moved on. Update of `request`.
    RequestProgressed {
        /// Which.
        request: RequestId,
        /// Its progress now.
        progress: RequestProgress,
    },
    /// A request is forgotten: delete it, its jobs and generations, and sweep these generations' images; shared ones move to where the
    /// operator keeps them. Its holds have ended before.
    RequestForgotten {
        /// Which.
        request: RequestId,
        /// Its finished pictures.
        images: Vec<GenerationId>,
        /// Those of them that it shared and that show something.
        #[serde(default)]
        shared: Vec<GenerationId>,
    },
    /// A job came into being or changed state. Upsert into `job`.
    JobSaved(JobRecord),
    /// A worker took a job. Insert into `generation`.
    GenerationLeased(Arc<GenerationRecord>),
    /// A generation reached its end. Update of `generation`.
    GenerationEnded {
        /// Which.
        generation: GenerationId,
        /// Its end state; never leased.
        state: Arc<GenerationState>,
    },
    /// Kudos were reserved, or a reservation ended. Upsert into `hold`.
    HoldSaved(HoldRecord),
    /// A shared key was made or changed, or something was spent with it. Upsert into `shared_key`.
    SharedKeySaved(Arc<SharedKeyRecord>),
    /// A shared key is no more. Delete from `shared_key`.
    SharedKeyForgotten(SharedKeyId),
    /// A worker was deleted, and nothing refers to it any more. Delete from `worker`.
    WorkerDeleted(WorkerId),
    /// A team was founded, or anything but its counts changed. Upsert into `team`.
    TeamSaved(Arc<TeamRecord>),
    /// A team's counts changed. Update of `team`.
    TeamCounted {
        /// Whose.
        team: TeamId,
        /// The counts now.
        counts: TeamCounts,
    },
    /// A team was dissolved; its workers have left it before. Delete from `team`.
    TeamDeleted(TeamId),
    /// Somebody has something to say to workers. Insert into `worker_message`.
    MessageSaved(Arc<MessageRecord>),
    /// A message was taken back, or is too old. Delete from `worker_message`.
    MessageForgotten(MessageId),
    /// A generation ended, in all that statistics count. Insert into `statistic` and, if it is a grave matter, into `problem`.
    StatisticTaken(Arc<Statistic>),
    /// A result came in that somebody wants to hear of. Insert into `outbox`.
    ResultAnnounced(Arc<Announcement>),
    /// Pictures were rated. Insert into `rating_set` and `rating`.
    RatingTaken(Arc<RatingSet>),
    /// A moderator did something. Insert into `moderator_act`.
    Moderated(Arc<ModeratorAct>),
    /// Modes of the house were switched. Upsert into `setting`.
    ModesSet(Modes),
    /// Kudos moved. Insert into `transfer` unless its id is there; only then add to the two accounts' balances.
    Transferred(Transfer),
}
