//! The state of the desk: the records, and the indexes over them. Nothing here decides; events change it, in `desk/record.rs`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use aho_corasick::AhoCorasick;

use crate::desk::answer::Skipped;
use crate::desk::modes::Modes;
use crate::desk::queue::{Entry, Group, Queue, Weight};
use crate::desk::restore::{
    GenerationRecord, JobRecord, JobState, KeyHash, MessageRecord, RequestRecord, SharedKeyRecord, TeamRecord,
    UserRecord, WorkerRecord,
};
use crate::desk::traffic::Traffic;
use crate::eligibility::Demand;
use crate::eligibility::feature::Features;
use crate::id::{GenerationId, MessageId, RequestId, SharedKeyId, TeamId, UserId, WorkerId};
use crate::kind::Kind;
use crate::ledger::Ledger;
use crate::priority::QueueKey;
use crate::request::Name;
use crate::time::{Span, Timestamp};

/// All records and indexes.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) users: BTreeMap<UserId, Arc<UserRecord>>,
    pub(super) workers: HashMap<WorkerId, LiveWorker>,
    pub(super) requests: HashMap<RequestId, LiveRequest>,
    pub(super) generations: HashMap<GenerationId, Arc<GenerationRecord>>,
    pub(super) ledger: Ledger,
    pub(super) queues: Queues,
    pub(super) shared_keys: BTreeMap<SharedKeyId, Arc<SharedKeyRecord>>,
    pub(super) shared_keys_of: HashMap<UserId, BTreeSet<SharedKeyId>>,
    /// Whose key it is.
    pub(super) keys: HashMap<KeyHash, UserId>,
    /// Which worker has a name.
    pub(super) names: HashMap<Name, WorkerId>,
    pub(super) workers_of: HashMap<UserId, Vec<WorkerId>>,
    pub(super) teams: BTreeMap<TeamId, Arc<TeamRecord>>,
    pub(super) messages: BTreeMap<MessageId, Arc<MessageRecord>>,
    /// Which messages a worker is told; under none, those for all.
    pub(super) messages_for: HashMap<Option<WorkerId>, BTreeSet<MessageId>>,
    pub(super) requests_of: HashMap<UserId, BTreeSet<RequestId>>,
    /// Live leases by their end.
    pub(super) leases: BTreeSet<(Timestamp, GenerationId)>,
    /// Requests by the time they are forgotten.
    pub(super) lives: BTreeSet<(Timestamp, RequestId)>,
    /// Which modes of the house are on.
    pub(super) modes: Modes,
    /// What passed lately; forgotten with the desk.
    pub(super) traffic: Traffic,
    /// Forms that wait or are being made, by who asked for them; nobody with none is in it.
    pub(super) forms_awaited: HashMap<UserId, u32>,
    /// Who gave to whom lately; forgotten with the desk.
    pub(super) gifts: HashMap<(UserId, UserId), Timestamp>,
    /// When monthly kudos were last looked at; forgotten with the desk.
    pub(super) monthly_looked: Option<Timestamp>,
}

/// One queue for each kind.
#[derive(Debug, Default)]
pub(super) struct Queues {
    image: Queue,
    text: Queue,
    alchemy: Queue,
}

impl Queues {
    pub(super) fn of(&self, kind: Kind) -> &Queue {
        match kind {
            Kind::Image => &self.image,
            Kind::Text => &self.text,
            Kind::Alchemy => &self.alchemy,
        }
    }

    pub(super) fn of_mut(&mut self, kind: Kind) -> &mut Queue {
        match kind {
            Kind::Image => &mut self.image,
            Kind::Text => &mut self.text,
            Kind::Alchemy => &mut self.alchemy,
        }
    }
}

/// A worker with what is worked out once at each check-in.
#[derive(Debug)]
pub(super) struct LiveWorker {
    pub(super) record: Arc<WorkerRecord>,
    pub(super) has: Features,
    pub(super) words: Option<AhoCorasick>,
    pub(super) steps_max: Option<u32>,
    /// Where the last search stopped, if it did not get to the end. Forgotten with the desk.
    pub(super) stop: Option<Stop>,
    /// The last skip counts, and when they were made. Forgotten with the desk.
    pub(super) skipped: Option<(Timestamp, Skipped)>,
}

/// Where a search stopped that will go on, and what it had passed over by then.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop {
    pub(super) at: QueueKey,
    pub(super) passed: Skipped,
}

impl LiveWorker {
    /// Tells whether the worker was here lately.
    pub(super) fn is_online(&self, now: Timestamp) -> bool {
        now.since(self.record.profile.last_check_in) <= crate::limits::WORKER_ONLINE
    }
}

/// A request with its jobs and what is worked out once.
#[derive(Debug)]
pub(super) struct LiveRequest {
    pub(super) record: RequestRecord,
    /// By slot.
    pub(super) jobs: Vec<JobRecord>,
    /// How many of them stand where, kept as they move.
    pub(super) tally: Tally,
    /// All its generations, in the order of their leases.
    pub(super) generations: Vec<GenerationId>,
    pub(super) demand: Demand,
    pub(super) key: QueueKey,
}

/// How many jobs stand where.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Tally {
    pub(super) waiting: u32,
    pub(super) leased: u32,
    pub(super) done: u32,
}

impl Tally {
    /// Counts a job that came to stand somewhere, or left from there.
    fn shift(&mut self, state: JobState, came: bool) {
        let count = match state {
            JobState::Waiting => &mut self.waiting,
            JobState::Leased(_) => &mut self.leased,
            JobState::Done(_) => &mut self.done,
            JobState::Cancelled | JobState::Faulted => return,
        };
        *count = if came { *count + 1 } else { *count - 1 };
    }

    /// Counts jobs one by one.
    pub(super) fn of(jobs: &[JobRecord]) -> Self {
        let mut tally = Self::default();
        for job in jobs {
            tally.shift(job.state, true);
        }
        tally
    }
}

impl LiveRequest {
    /// Tells how many jobs stand where.
    pub(super) fn tally(&self) -> Tally {
        self.tally
    }

    /// Saves a job by its slot; tells where it stood before.
    fn save_job(&mut self, job: &JobRecord) -> Option<JobState> {
        self.tally.shift(job.state, true);
        if let Some(place) = self.jobs.get_mut(usize::from(job.id.slot)) {
            let before = std::mem::replace(place, *job).state;
            self.tally.shift(before, false);
            return Some(before);
        }
        self.jobs.push(*job);
        None
    }

    /// Tells what of it belongs in the queue.
    pub(super) fn weight(&self) -> Option<Weight> {
        let tally = self.tally();
        (tally.waiting > 0).then(|| Weight {
            things: self.record.request.things(),
            waiting: tally.waiting,
            leased: tally.leased,
        })
    }

    /// Tells what the queue needs to know of it.
    pub(super) fn entry(&self) -> Entry<'_> {
        Entry {
            key: self.key,
            request: &self.record.request,
            group: Group { needs: self.demand.needs, extent: self.demand.extent },
            forms: &self.demand.forms,
        }
    }

    /// Tells how long it lives on after being touched.
    pub(super) fn life_after(now: Timestamp, extra_slow: bool) -> Timestamp {
        let life: Span = if extra_slow { crate::limits::REQUEST_LIFE_EXTRA_SLOW } else { crate::limits::REQUEST_LIFE };
        now + life
    }
}

impl State {
    /// Saves a job, and brings the queue into line with it.
    pub(super) fn save_job(&mut self, job: &JobRecord) {
        let Some(live) = self.requests.get_mut(&job.id.request) else { return };
        // Jobs come in the order of their slots; a gap can only be a fault of who reads the records.
        if usize::from(job.id.slot) > live.jobs.len() {
            return;
        }
        let before = live.save_job(job);
        let queue = self.queues.of_mut(live.record.request.kind());
        if let Some(work) = live.record.request.alchemy()
            && let Some(form) = work.form(job.id.slot)
        {
            let name = form.name.clone();
            let waits = |state: Option<JobState>| state == Some(JobState::Waiting);
            if waits(before) != waits(Some(job.state)) {
                // The queue knows the request by its forms: it leaves under the old ones and comes back under the new.
                queue.set(&live.entry(), None);
                count_form(&mut live.demand.forms, &name, waits(Some(job.state)));
            }
            let awaited = self.forms_awaited.entry(live.record.request.user).or_default();
            *awaited += u32::from(job.state.is_open());
            *awaited -= u32::from(before.is_some_and(JobState::is_open));
            if *awaited == 0 {
                self.forms_awaited.remove(&live.record.request.user);
            }
        }
        queue.set(&live.entry(), live.weight());
    }

    /// Takes the forms of a request that is forgotten out of what is awaited.
    pub(super) fn forget_forms(&mut self, live: &LiveRequest) {
        let open = live.tally.waiting + live.tally.leased;
        if live.record.request.alchemy().is_none() || open == 0 {
            return;
        }
        let user = live.record.request.user;
        if let Some(awaited) = self.forms_awaited.get_mut(&user) {
            *awaited = awaited.saturating_sub(open);
            if *awaited == 0 {
                self.forms_awaited.remove(&user);
            }
        }
    }
}

/// Counts one form that begins to wait, or no longer does.
fn count_form(forms: &mut Vec<(Name, u32)>, name: &Name, came: bool) {
    let at = forms.iter().position(|(known, _)| known == name);
    match (at.and_then(|at| forms.get_mut(at)), came) {
        (Some((_, count)), true) => *count += 1,
        (Some((_, count)), false) if *count > 1 => *count -= 1,
        (Some(_), false) => forms.retain(|(known, _)| known != name),
        (None, true) => forms.push((name.clone(), 1)),
        (None, false) => {}
    }
}
