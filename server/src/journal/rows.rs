//! What a batch of events leaves in each table: for each record its last state, in the order of its key.
//! Not here: how it gets there (`write.rs`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use throng_domain::desk::chronicle::{Announcement, Statistic};
use throng_domain::desk::moderation::ModeratorAct;
use throng_domain::desk::modes::Modes;
use throng_domain::desk::restore::{
    GenerationRecord, GenerationState, HoldRecord, JobRecord, MessageRecord, RequestProgress, RequestRecord,
    SharedKeyRecord, TeamCounts, TeamRecord, UserCounts, UserRecord, WorkerCounts, WorkerRecord,
};
use throng_domain::ledger::{Transfer, TransferId};
use throng_domain::rating::RatingSet;
use throng_domain::{Event, GenerationId, JobId, MessageId, RequestId, SharedKeyId, TeamId, UserId, WorkerId};
use uuid::Uuid;

/// The rows of one batch. Sorted, because then neighbours in an index are written together, and two writers could not deadlock.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) users: BTreeMap<UserId, Arc<UserRecord>>,
    pub(super) user_counts: BTreeMap<UserId, UserCounts>,
    pub(super) workers: BTreeMap<WorkerId, Arc<WorkerRecord>>,
    pub(super) worker_counts: BTreeMap<WorkerId, WorkerCounts>,
    pub(super) workers_gone: BTreeSet<WorkerId>,
    pub(super) teams: BTreeMap<TeamId, Arc<TeamRecord>>,
    pub(super) team_counts: BTreeMap<TeamId, TeamCounts>,
    pub(super) teams_gone: BTreeSet<TeamId>,
    pub(super) messages: BTreeMap<MessageId, Arc<MessageRecord>>,
    pub(super) messages_gone: BTreeSet<MessageId>,
    pub(super) requests: BTreeMap<RequestId, Arc<RequestRecord>>,
    pub(super) progress: BTreeMap<RequestId, RequestProgress>,
    pub(super) jobs: BTreeMap<JobId, JobRecord>,
    pub(super) leased: BTreeMap<GenerationId, Arc<GenerationRecord>>,
    pub(super) ended: BTreeMap<GenerationId, Arc<GenerationState>>,
    pub(super) holds: BTreeMap<JobId, HoldRecord>,
    pub(super) modes: Option<Modes>,
    pub(super) statistics: BTreeMap<GenerationId, Arc<Statistic>>,
    pub(super) announcements: BTreeMap<GenerationId, Arc<Announcement>>,
    pub(super) ratings: BTreeMap<RequestId, Arc<RatingSet>>,
    pub(super) acts: BTreeMap<Uuid, Arc<ModeratorAct>>,
    pub(super) transfers: BTreeMap<TransferId, Transfer>,
    /// Shared keys as they are now; none where one is no more.
    pub(super) shared_keys: BTreeMap<SharedKeyId, Option<Arc<SharedKeyRecord>>>,
    /// Forgotten requests, each with its pictures.
    pub(super) forgotten: BTreeMap<RequestId, Pictures>,
}

/// The pictures of a forgotten request.
#[derive(Debug)]
pub(super) struct Pictures {
    /// All of them.
    pub(super) all: Vec<GenerationId>,
    /// Those that were shared.
    pub(super) shared: Vec<GenerationId>,
}

impl Rows {
    pub(super) fn of(events: &[Event]) -> Self {
        let mut rows = Self::default();
        for event in events {
            rows.take(event);
        }
        rows
    }

    fn take(&mut self, event: &Event) {
        match event {
            Event::UserSaved(user) => {
                self.user_counts.remove(&user.id);
                self.users.insert(user.id, Arc::clone(user));
            }
            Event::UserCounted { user, counts } => match self.users.get_mut(user) {
                Some(record) => Arc::make_mut(record).counts = *counts,
                None => drop(self.user_counts.insert(*user, *counts)),
            },
            Event::WorkerSaved(worker) => {
                self.worker_counts.remove(&worker.id);
                self.workers.insert(worker.id, Arc::clone(worker));
            }
            Event::WorkerCounted { worker, counts } => match self.workers.get_mut(worker) {
                Some(record) => Arc::make_mut(record).counts = counts.clone(),
                None => drop(self.worker_counts.insert(*worker, counts.clone())),
            },
            Event::WorkerDeleted(worker) => {
                self.workers.remove(worker);
                self.worker_counts.remove(worker);
                self.workers_gone.insert(*worker);
            }
            Event::TeamSaved(team) => {
                self.team_counts.remove(&team.id);
                self.teams.insert(team.id, Arc::clone(team));
            }
            Event::TeamCounted { team, counts } => match self.teams.get_mut(team) {
                Some(record) => Arc::make_mut(record).counts = *counts,
                None => drop(self.team_counts.insert(*team, *counts)),
            },
            Event::TeamDeleted(team) => {
                self.teams.remove(team);
                self.team_counts.remove(team);
                self.teams_gone.insert(*team);
            }
            Event::MessageSaved(message) => drop(self.messages.insert(message.id, Arc::clone(message))),
            Event::MessageForgotten(message) => {
                self.messages.remove(message);
                self.messages_gone.insert(*message);
            }
            Event::RequestAdmitted(request) => drop(self.requests.insert(request.id, Arc::clone(request))),
            Event::RequestProgressed { request, progress } => match self.requests.get_mut(request) {
                Some(record) => Arc::make_mut(record).progress = *progress,
                None => drop(self.progress.insert(*request, *progress)),
            },
            Event::RequestForgotten { request, images, shared } => {
                self.forget(*request, Pictures { all: images.clone(), shared: shared.clone() });
            }
            Event::JobSaved(job) => drop(self.jobs.insert(job.id, *job)),
            Event::GenerationLeased(generation) => drop(self.leased.insert(generation.id, Arc::clone(generation))),
            Event::GenerationEnded { generation, state } => match self.leased.get_mut(generation) {
                Some(record) => Arc::make_mut(record).state = GenerationState::clone(state),
                None => drop(self.ended.insert(*generation, Arc::clone(state))),
            },
            Event::HoldSaved(hold) => drop(self.holds.insert(hold.job, *hold)),
            Event::ModesSet(modes) => self.modes = Some(*modes),
            Event::StatisticTaken(statistic) => {
                drop(self.statistics.insert(statistic.generation, Arc::clone(statistic)));
            }
            Event::ResultAnnounced(result) => drop(self.announcements.insert(result.generation, Arc::clone(result))),
            Event::RatingTaken(set) => drop(self.ratings.insert(set.request_id, Arc::clone(set))),
            Event::Moderated(act) => drop(self.acts.insert(act.id, Arc::clone(act))),
            Event::Transferred(transfer) => drop(self.transfers.insert(transfer.id, *transfer)),
            Event::SharedKeySaved(key) => drop(self.shared_keys.insert(key.id, Some(Arc::clone(key)))),
            Event::SharedKeyForgotten(key) => drop(self.shared_keys.insert(*key, None)),
        }
    }

    /// What is deleted at the end of the batch need not be written before.
    fn forget(&mut self, request: RequestId, pictures: Pictures) {
        self.requests.remove(&request);
        self.progress.remove(&request);
        let all = JobId { request, slot: 0 }..=JobId { request, slot: u16::MAX };
        self.jobs.extract_if(all.clone(), |_, _| true).for_each(|_| ());
        self.holds.extract_if(all, |_, _| true).for_each(|_| ());
        self.leased.retain(|_, generation| generation.job.request != request);
        self.forgotten.insert(request, pictures);
    }
}
