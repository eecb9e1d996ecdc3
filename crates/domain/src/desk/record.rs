//! Events in, state out: the only file that changes records. Applying is not deciding: it cannot fail, and an event about something unknown
//! changes nothing.

mod fleet;

use std::sync::Arc;

use aho_corasick::AhoCorasick;

use crate::desk::events::Event;
use crate::desk::index::{LiveRequest, LiveWorker, Tally};
use crate::desk::restore::{
    AccountRecord, GenerationRecord, GenerationState, JobRecord, JobState, MessageRecord, Records, RequestProgress,
    RequestRecord, SharedKeyRecord, TeamRecord, UserRecord, WorkerRecord,
};
use crate::desk::{Desk, Settings};
use crate::eligibility::{feature, fewest_steps};
use crate::id::{GenerationId, JobId, RequestId, SharedKeyId, UserId};
use crate::kind::Kind;
use crate::model::ModelReference;
use crate::priority::QueueKey;
use crate::time::Timestamp;

impl Desk {
    /// Makes an empty desk. [`Desk::open`] adds the anonymous user.
    pub fn new(settings: Settings) -> Self {
        Self { settings, state: super::index::State::default() }
    }

    /// Builds a desk from its records, as the database keeps them.
    pub fn restore(settings: Settings, records: Records) -> Self {
        let mut desk = Self::new(settings);
        for user in records.users {
            desk.save_user(&Arc::new(user));
        }
        for key in records.shared_keys {
            desk.save_shared_key(&Arc::new(key));
        }
        for worker in records.workers {
            desk.save_worker(&Arc::new(worker));
        }
        for team in records.teams {
            desk.save_team(&Arc::new(team));
        }
        for message in records.messages {
            desk.save_message(&Arc::new(message));
        }
        for account in records.accounts {
            desk.state.ledger.restore(account.id, account.balance);
        }
        for request in records.requests {
            desk.admit(&request);
        }
        let mut jobs = records.jobs;
        jobs.sort_by_key(|job| job.id);
        for job in &jobs {
            desk.state.save_job(job);
        }
        for generation in records.generations {
            desk.lease_out(&Arc::new(generation));
        }
        for hold in &records.holds {
            desk.state.ledger.save_hold(hold);
        }
        desk.state.modes = records.modes;
        desk
    }

    /// Goes by another reference of models from now on. What was decided stays as it was: prices of what was admitted, kudos that moved.
    pub fn know_models(&mut self, models: Arc<ModelReference>) {
        self.settings.models = models;
        // What a worker can do was worked out by what was known of its models.
        let workers: Vec<_> = self.state.workers.values().map(|live| Arc::clone(&live.record)).collect();
        for worker in &workers {
            self.save_worker(worker);
        }
    }

    /// Builds a desk from all its events.
    pub fn replay(settings: Settings, events: impl IntoIterator<Item = Event>) -> Self {
        let mut desk = Self::new(settings);
        for event in events {
            desk.apply(&event);
        }
        desk
    }

    /// Applies one event.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::UserSaved(user) => self.save_user(user),
            Event::UserCounted { user, counts } => {
                if let Some(record) = self.state.users.get_mut(user) {
                    Arc::make_mut(record).counts = *counts;
                }
            }
            Event::WorkerSaved(worker) => self.save_worker(worker),
            Event::WorkerCounted { worker, counts } => {
                if let Some(live) = self.state.workers.get_mut(worker) {
                    Arc::make_mut(&mut live.record).counts = counts.clone();
                }
            }
            Event::WorkerDeleted(worker) => self.delete_worker_record(*worker),
            Event::TeamSaved(team) => self.save_team(team),
            Event::TeamCounted { team, counts } => self.save_team_counts(*team, *counts),
            Event::TeamDeleted(team) => drop(self.state.teams.remove(team)),
            Event::MessageSaved(message) => self.save_message(message),
            Event::MessageForgotten(message) => self.forget_message(*message),
            Event::RequestAdmitted(request) => self.admit(request),
            Event::RequestProgressed { request, progress } => {
                self.save_progress(*request, progress);
            }
            Event::RequestForgotten { request, .. } => self.forget_request(*request),
            Event::JobSaved(job) => self.state.save_job(job),
            Event::GenerationLeased(generation) => self.lease_out(generation),
            Event::GenerationEnded { generation, state } => self.end_lease(*generation, state),
            Event::HoldSaved(hold) => self.state.ledger.save_hold(hold),
            // Told to others; nothing of it is kept here.
            Event::StatisticTaken(_) | Event::ResultAnnounced(_) | Event::RatingTaken(_) | Event::Moderated(_) => {}
            Event::ModesSet(modes) => self.state.modes = *modes,
            Event::Transferred(transfer) => self.state.ledger.transfer(transfer),
            Event::SharedKeySaved(key) => self.save_shared_key(key),
            Event::SharedKeyForgotten(key) => self.drop_shared_key(*key),
        }
    }

    /// Applies an event and hands it on to be journalled.
    pub(super) fn emit(&mut self, event: Event, out: &mut Vec<Event>) {
        self.apply(&event);
        out.push(event);
    }

    fn save_user(&mut self, user: &Arc<UserRecord>) {
        if let Some(before) = self.state.users.insert(user.id, Arc::clone(user)) {
            self.state.keys.remove(&before.key);
        }
        self.state.keys.insert(user.key, user.id);
    }

    fn save_shared_key(&mut self, key: &Arc<SharedKeyRecord>) {
        self.state.shared_keys_of.entry(key.owner).or_default().insert(key.id);
        self.state.shared_keys.insert(key.id, Arc::clone(key));
    }

    fn drop_shared_key(&mut self, id: SharedKeyId) {
        let Some(key) = self.state.shared_keys.remove(&id) else { return };
        if let Some(keys) = self.state.shared_keys_of.get_mut(&key.owner) {
            keys.remove(&id);
            if keys.is_empty() {
                self.state.shared_keys_of.remove(&key.owner);
            }
        }
    }

    fn save_worker(&mut self, worker: &Arc<WorkerRecord>) {
        let state = &mut self.state;
        let profile = &worker.profile;
        let words = (!profile.blacklist.is_empty())
            .then(|| AhoCorasick::new(profile.blacklist.iter().map(|word| &**word)).ok())
            .flatten();
        let live = LiveWorker {
            record: Arc::clone(worker),
            has: feature::features(profile, &profile.models, &self.settings.models),
            words,
            steps_max: fewest_steps(&profile.models, &self.settings.models),
            stop: None,
            skipped: None,
        };
        match state.workers.insert(worker.id, live) {
            Some(before) => {
                state.names.remove(&before.record.name);
            }
            None => state.workers_of.entry(worker.owner).or_default().push(worker.id),
        }
        state.names.insert(worker.name.clone(), worker.id);
    }

    fn admit(&mut self, record: &RequestRecord) {
        let key = match record.request.kind() {
            Kind::Image | Kind::Text => QueueKey::new(record.priority, record.created, record.id),
            Kind::Alchemy => QueueKey::ageless(record.priority, record.created, record.id),
        };
        let demand = feature::demand(&record.request, record.requester_trusted, record.covered);
        let live = LiveRequest {
            record: record.clone(),
            jobs: Vec::with_capacity(usize::from(record.request.n)),
            tally: Tally::default(),
            generations: Vec::new(),
            demand,
            key,
        };
        let state = &mut self.state;
        state.requests_of.entry(record.request.user).or_default().insert(record.id);
        state.lives.insert((record.progress.expires, record.id));
        state.requests.insert(record.id, live);
    }

    fn save_progress(&mut self, id: RequestId, progress: &RequestProgress) {
        let Some(live) = self.state.requests.get_mut(&id) else { return };
        let before = std::mem::replace(&mut live.record.progress, *progress);
        if before.expires != progress.expires {
            self.state.lives.remove(&(before.expires, id));
            self.state.lives.insert((progress.expires, id));
        }
    }

    fn lease_out(&mut self, generation: &Arc<GenerationRecord>) {
        let Some(live) = self.state.requests.get_mut(&generation.job.request) else { return };
        if !live.generations.contains(&generation.id) {
            live.generations.push(generation.id);
        }
        if generation.state == GenerationState::Leased {
            self.state.leases.insert((generation.lease_ends, generation.id));
        }
        self.state.generations.insert(generation.id, Arc::clone(generation));
    }

    fn end_lease(&mut self, id: GenerationId, end: &Arc<GenerationState>) {
        let Some(generation) = self.state.generations.get_mut(&id) else { return };
        self.state.leases.remove(&(generation.lease_ends, id));
        Arc::make_mut(generation).state = GenerationState::clone(end);
    }

    fn forget_request(&mut self, id: RequestId) {
        let state = &mut self.state;
        let Some(live) = state.requests.remove(&id) else { return };
        let request = &live.record.request;
        state.queues.of_mut(request.kind()).set(&live.entry(), None);
        state.lives.remove(&(live.record.progress.expires, id));
        state.forget_forms(&live);
        for generation in &live.generations {
            if let Some(generation) = state.generations.remove(generation) {
                state.leases.remove(&(generation.lease_ends, generation.id));
            }
        }
        if let Some(requests) = state.requests_of.get_mut(&request.user) {
            requests.remove(&id);
            if requests.is_empty() {
                state.requests_of.remove(&request.user);
            }
        }
    }

    /// Tells the state of a job.
    pub(super) fn job(&self, id: JobId) -> Option<&JobRecord> {
        self.state.requests.get(&id.request)?.jobs.get(usize::from(id.slot))
    }

    /// Saves a job in a new state.
    pub(super) fn move_job(&mut self, job: JobRecord, to: JobState, out: &mut Vec<Event>) {
        self.emit(Event::JobSaved(JobRecord { state: to, ..job }), out);
    }

    /// Saves a request's progress after a change to it.
    pub(super) fn progress(&mut self, id: RequestId, out: &mut Vec<Event>, change: impl FnOnce(&mut RequestProgress)) {
        let Some(live) = self.state.requests.get(&id) else { return };
        let mut progress = live.record.progress;
        change(&mut progress);
        if progress != live.record.progress {
            self.emit(Event::RequestProgressed { request: id, progress }, out);
        }
    }

    /// Saves a user's counts after a change to them.
    pub(super) fn count_user(
        &mut self,
        user: UserId,
        out: &mut Vec<Event>,
        change: impl FnOnce(&mut crate::desk::restore::UserCounts),
    ) {
        let Some(record) = self.state.users.get(&user) else { return };
        let mut counts = record.counts;
        change(&mut counts);
        if counts != record.counts {
            self.emit(Event::UserCounted { user, counts }, out);
        }
    }

    /// Adds the anonymous user if there is none. Run once after making or restoring a desk.
    pub fn open(&mut self, anonymous_key: crate::desk::restore::KeyHash, now: Timestamp, out: &mut Vec<Event>) {
        if !self.state.users.contains_key(&UserId::ANONYMOUS) {
            let user = super::register::anonymous(anonymous_key, now);
            self.emit(Event::UserSaved(Arc::new(user)), out);
        }
    }

    /// Writes the whole state out, sorted; two desks are equal if their records are.
    pub fn records(&self) -> Records {
        let state = &self.state;
        let mut records = Records {
            users: state.users.values().map(|user| UserRecord::clone(user)).collect(),
            workers: state.workers.values().map(|live| WorkerRecord::clone(&live.record)).collect(),
            requests: state.requests.values().map(|live| live.record.clone()).collect(),
            jobs: state.requests.values().flat_map(|live| live.jobs.iter().copied()).collect(),
            generations: state.generations.values().map(|one| GenerationRecord::clone(one)).collect(),
            holds: state.ledger.holds().copied().collect(),
            accounts: state.ledger.balances().map(|(id, balance)| AccountRecord { id, balance }).collect(),
            shared_keys: state.shared_keys.values().map(|key| SharedKeyRecord::clone(key)).collect(),
            teams: state.teams.values().map(|team| TeamRecord::clone(team)).collect(),
            messages: state.messages.values().map(|message| MessageRecord::clone(message)).collect(),
            modes: state.modes,
        };
        records.workers.sort_by_key(|worker| worker.id);
        records.requests.sort_by_key(|request| request.id);
        records.jobs.sort_by_key(|job| job.id);
        records.generations.sort_by_key(|generation| generation.id);
        records.holds.sort_by_key(|hold| hold.job);
        records.accounts.sort_by_key(|account| account.id);
        records
    }
}
