//! The waiting requests of one kind, so that a pop finds the first that fits without looking at those that do not. Whether one fits is
//! decided in `eligibility.rs`; here whole groups are ruled out by the features and extent they share, and counts are kept as they change.

mod seek;
mod skipped;

use std::collections::{BTreeMap, BTreeSet, HashMap};

pub(super) use seek::Sources;

use crate::eligibility::Extent;
use crate::eligibility::feature::Features;
use crate::id::{UserId, WorkerId};
use crate::limits::{POSITIONS_AGE_MAX, POSITIONS_PER_AGE};
use crate::priority::QueueKey;
use crate::request::{Name, Request, Targeting};
use crate::time::{Span, Timestamp};

/// What of a request is in the queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Weight {
    /// Things of one job.
    pub(super) things: u64,
    /// Jobs that wait; never zero.
    pub(super) waiting: u32,
    /// Jobs of the same request that are being made.
    pub(super) leased: u32,
}

/// A request as the queue needs to know it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    pub(super) key: QueueKey,
    pub(super) request: &'a Request,
    pub(super) group: Group,
    /// The forms that wait; none unless it is alchemy.
    pub(super) forms: &'a [(Name, u32)],
}

impl<'a> Entry<'a> {
    /// What a worker must have one of: the request's models, or the forms of it that wait.
    fn wanted(&self) -> impl Iterator<Item = &'a Name> + use<'a> {
        self.request.models.iter().chain(self.forms.iter().map(|(form, _)| form))
    }

    /// The names under which the request waits: what it wants, or that anything will do.
    fn names(&self) -> Vec<Name> {
        let names: Vec<Name> = self.wanted().cloned().collect();
        if names.is_empty() { vec![Name::from(ANY_MODEL)] } else { names }
    }
}

/// What all requests of a group share.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Group {
    pub(super) needs: Features,
    pub(super) extent: Extent,
}

type Keys = BTreeSet<QueueKey>;

/// What is waiting for one model.
#[derive(Clone, Debug, Default)]
pub(super) struct ModelTally {
    /// Things of requests that name it, each counted once.
    pub(super) things: u64,
    /// Jobs of theirs that wait.
    pub(super) waiting: u32,
    /// Requests that name it.
    requests: u32,
}

/// Sums over the queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Totals {
    pub(super) things: u64,
    pub(super) waiting: u64,
    pub(super) leased: u64,
}

/// Queue positions as they were a moment ago.
#[derive(Clone, Debug, Default)]
struct Positions {
    at: Timestamp,
    /// For each request in order: things and jobs up to and including it.
    rows: Vec<(QueueKey, u64, u64)>,
}

/// The waiting requests of one kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    order: BTreeMap<QueueKey, Weight>,
    /// Requests without an allow-list by model, those that name no model under the empty name; alchemy by the forms that wait.
    by_model: HashMap<Name, BTreeMap<Group, Keys>>,
    /// Requests that only certain workers may take.
    allowed: HashMap<WorkerId, Keys>,
    by_user: HashMap<UserId, Keys>,
    awaited: HashMap<UserId, u32>,
    /// Jobs of the anonymous user by the models that would do. Forms are counted elsewhere, and stand here under no model.
    anonymous: HashMap<Vec<Name>, u32>,
    models: HashMap<Name, ModelTally>,
    totals: Totals,
    counts: skipped::Counts,
    positions: Positions,
}

/// The name under which requests wait that name no model.
const ANY_MODEL: &str = "";

impl Queue {
    /// Tells the sums.
    pub(super) fn totals(&self) -> Totals {
        self.totals
    }

    /// Tells what waits for each model.
    pub(super) fn models(&self) -> impl Iterator<Item = (&Name, &ModelTally)> {
        self.models.iter()
    }

    /// Tells what waits for one model.
    pub(super) fn model(&self, name: &str) -> Option<&ModelTally> {
        self.models.get(name)
    }

    /// Tells everything in order.
    pub(super) fn order(&self) -> impl Iterator<Item = (&QueueKey, &Weight)> {
        self.order.iter()
    }

    /// Tells how many jobs of a user wait.
    pub(super) fn awaited_by(&self, user: UserId) -> u32 {
        self.awaited.get(&user).copied().unwrap_or(0)
    }

    /// Tells how many anonymous jobs wait that name one of these models; all of them if none is named.
    pub(super) fn awaited_anonymously(&self, models: &[Name]) -> u32 {
        if models.is_empty() {
            return self.awaited_by(UserId::ANONYMOUS);
        }
        let of_one = self.anonymous.iter().filter(|(named, _)| named.iter().any(|model| models.contains(model)));
        of_one.map(|(_, waiting)| *waiting).sum()
    }

    /// Puts a request in, changes its weight, or takes it out (no weight).
    pub(super) fn set(&mut self, entry: &Entry<'_>, weight: Option<Weight>) {
        let before = match weight {
            Some(weight) => self.order.insert(entry.key, weight),
            None => self.order.remove(&entry.key),
        };
        if before == weight {
            return;
        }
        match (before, weight) {
            (None, Some(_)) => self.index(entry),
            (Some(_), None) => self.unindex(entry),
            _ => {}
        }
        self.add(entry, weight, true);
        self.add(entry, before, false);
        if weight.is_none() {
            self.forget_empty(entry);
        }
    }

    /// Adds a weight to the sums, or takes it off.
    fn add(&mut self, entry: &Entry<'_>, weight: Option<Weight>, plus: bool) {
        let Some(weight) = weight else { return };
        let request = entry.request;
        let shift_large = |sum: &mut u64, by: u64| *sum = if plus { *sum + by } else { *sum - by };
        let shift = |sum: &mut u32, by: u32| *sum = if plus { *sum + by } else { *sum - by };
        shift_large(&mut self.totals.things, weight.things);
        shift_large(&mut self.totals.waiting, u64::from(weight.waiting));
        shift_large(&mut self.totals.leased, u64::from(weight.leased));
        shift(self.awaited.entry(request.user).or_default(), weight.waiting);
        for model in entry.wanted() {
            let tally = self.models.entry(model.clone()).or_default();
            shift_large(&mut tally.things, weight.things);
            shift(&mut tally.waiting, weight.waiting);
            shift(&mut tally.requests, 1);
        }
        if request.user.is_anonymous() {
            shift(self.anonymous.entry(request.models.clone()).or_default(), weight.waiting);
        }
    }

    fn forget_empty(&mut self, entry: &Entry<'_>) {
        let user = entry.request.user;
        if self.awaited_by(user) == 0 {
            self.awaited.remove(&user);
        }
        for model in entry.wanted() {
            if self.models.get(model).is_some_and(|tally| tally.requests == 0) {
                self.models.remove(model);
            }
        }
        if self.anonymous.get(&entry.request.models) == Some(&0) {
            self.anonymous.remove(&entry.request.models);
        }
    }

    fn index(&mut self, entry: &Entry<'_>) {
        let request = entry.request;
        self.by_user.entry(request.user).or_default().insert(entry.key);
        self.counts.add(entry);
        if let Some(workers) = allow_list(request) {
            for worker in workers {
                self.allowed.entry(*worker).or_default().insert(entry.key);
            }
            return;
        }
        for model in entry.names() {
            let groups = self.by_model.entry(model).or_default();
            groups.entry(entry.group).or_default().insert(entry.key);
        }
    }

    fn unindex(&mut self, entry: &Entry<'_>) {
        let request = entry.request;
        remove_from(&mut self.by_user, &request.user, entry.key);
        self.counts.remove(entry);
        if let Some(workers) = allow_list(request) {
            for worker in workers {
                remove_from(&mut self.allowed, worker, entry.key);
            }
            return;
        }
        for model in entry.names() {
            let Some(groups) = self.by_model.get_mut(&model) else { continue };
            if let Some(keys) = groups.get_mut(&entry.group) {
                keys.remove(&entry.key);
                if keys.is_empty() {
                    groups.remove(&entry.group);
                }
            }
            if groups.is_empty() {
                self.by_model.remove(&model);
            }
        }
    }

    /// Writes the positions anew if they are too old. A long queue is written less often: it takes longer, and a place in it matters less.
    pub(super) fn refresh_positions(&mut self, now: Timestamp) {
        let long = i64::try_from(self.order.len() / POSITIONS_PER_AGE).unwrap_or(i64::MAX / 2);
        let may_be = Span(POSITIONS_AGE_MAX.0.saturating_mul(1 + long));
        if now.since(self.positions.at) < may_be {
            return;
        }
        let mut things = 0;
        let mut jobs = 0;
        self.positions.at = now;
        self.positions.rows.clear();
        self.positions.rows.extend(self.order.iter().map(|(key, weight)| {
            things += weight.things * u64::from(weight.waiting);
            jobs += u64::from(weight.waiting);
            (*key, things, jobs)
        }));
    }

    /// Tells a waiting request's place from 1, and the things and jobs up to it with itself. A request that came after the positions were
    /// last written is placed among them by its key.
    pub(super) fn position(&self, key: QueueKey) -> Option<(u32, u64, u64)> {
        let weight = self.order.get(&key)?;
        let rows = &self.positions.rows;
        let ahead = rows.partition_point(|row| row.0 < key);
        let (_, things, jobs) = ahead.checked_sub(1).and_then(|last| rows.get(last)).copied().unwrap_or((key, 0, 0));
        let own = u64::from(weight.waiting);
        let place = u32::try_from(ahead + 1).unwrap_or(u32::MAX);
        Some((place, things + weight.things * own, jobs + own))
    }
}

/// The workers that alone may take a request, if it says so.
fn allow_list(request: &Request) -> Option<&[WorkerId]> {
    match &request.targeting {
        Some(Targeting { deny: false, workers }) => Some(workers),
        _ => None,
    }
}

fn remove_from<K: std::hash::Hash + Eq>(map: &mut HashMap<K, Keys>, of: &K, key: QueueKey) {
    if let Some(keys) = map.get_mut(of) {
        keys.remove(&key);
        if keys.is_empty() {
            map.remove(of);
        }
    }
}
