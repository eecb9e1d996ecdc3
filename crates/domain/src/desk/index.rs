//! The state of the desk: the records, and the indexes over them. Nothing here decides; events change it, in `desk/record.rs`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use aho_corasick::AhoCorasick;

use crate::desk::answer::Skipped;
use crate::desk::modes::Modes;
use crate::desk::queue::{Entry, Group, Queue, Weight};
use crate::desk::restore::{GenerationRecord, JobRecord, JobState, KeyHash, RequestRecord, UserRecord, WorkerRecord};
use crate::desk::traffic::Traffic;
use crate::eligibility::Demand;
use crate::eligibility::feature::Features;
use crate::id::{GenerationId, RequestId, UserId, WorkerId};
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
    /// Whose key it is.
    pub(super) keys: HashMap<KeyHash, UserId>,
    /// Which worker has a name.
    pub(super) names: HashMap<Name, WorkerId>,
    pub(super) workers_of: HashMap<UserId, Vec<WorkerId>>,
    pub(super) requests_of: HashMap<UserId, BTreeSet<RequestId>>,
    /// Live leases by their end.
    pub(super) leases: BTreeSet<(Timestamp, GenerationId)>,
    /// Requests by the time they are forgotten.
    pub(super) lives: BTreeSet<(Timestamp, RequestId)>,
    /// Which modes of the house are on.
    pub(super) modes: Modes,
    /// What passed lately; forgotten with the desk.
    pub(super) traffic: Traffic,
    /// Who gave to whom lately; forgotten with the desk.
    pub(super) gifts: HashMap<(UserId, UserId), Timestamp>,
}

/// One queue for each kind.
#[derive(Debug, Default)]
pub(super) struct Queues {
    image: Queue,
    text: Queue,
}

impl Queues {
    pub(super) fn of(&self, kind: Kind) -> &Queue {
        match kind {
            Kind::Image => &self.image,
            Kind::Text => &self.text,
        }
    }

    pub(super) fn of_mut(&mut self, kind: Kind) -> &mut Queue {
        match kind {
            Kind::Image => &mut self.image,
            Kind::Text => &mut self.text,
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
    pub(super) stopped_at: Option<QueueKey>,
    /// The last skip counts, and when they were made. Forgotten with the desk.
    pub(super) skipped: Option<(Timestamp, Skipped)>,
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

impl LiveRequest {
    /// Counts the jobs.
    pub(super) fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for job in &self.jobs {
            match job.state {
                JobState::Waiting => tally.waiting += 1,
                JobState::Leased(_) => tally.leased += 1,
                JobState::Done(_) => tally.done += 1,
                JobState::Cancelled | JobState::Faulted => {}
            }
        }
        tally
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
        }
    }

    /// Tells how long it lives on after being touched.
    pub(super) fn life_after(now: Timestamp, extra_slow: bool) -> Timestamp {
        let life: Span = if extra_slow { crate::limits::REQUEST_LIFE_EXTRA_SLOW } else { crate::limits::REQUEST_LIFE };
        now + life
    }
}

impl State {
    /// Brings the queue into line with a request's jobs.
    pub(super) fn requeue(&mut self, id: RequestId) {
        if let Some(live) = self.requests.get(&id) {
            let queue = self.queues.of_mut(live.record.request.kind());
            queue.set(&live.entry(), live.weight());
        }
    }
}
