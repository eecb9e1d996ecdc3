//! Reads: how far requests are, and what has come of them. They change nothing.

mod alchemy;
mod people;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::desk::Desk;
use crate::desk::answer::{KindLoad, Lease, ModelLoad, Outcome, Performance, Progress, Status};
use crate::desk::index::{LiveRequest, Tally};
use crate::desk::restore::{GenerationState, JobState, RequestRecord};
use crate::eligibility::{eligible, mean_speed_milli};
use crate::id::{GenerationId, RequestId};
use crate::kind::Kind;
use crate::refusal::RequestRefusal;
use crate::request::Name;
use crate::time::Timestamp;

/// Seconds shown for a model that is asked for and that nobody serves.
const ETA_UNKNOWN_SECONDS: u64 = 10_000;

impl Desk {
    /// Finds a request of a kind.
    pub(super) fn request_of(&self, id: RequestId, kind: Kind) -> Result<&LiveRequest, RequestRefusal> {
        self.state.requests.get(&id).filter(|live| live.record.request.kind() == kind).ok_or(RequestRefusal::NotFound)
    }

    /// Tells what is known of a request of any kind, and how many of its jobs wait.
    pub fn request(&self, id: RequestId) -> Option<(&RequestRecord, u32)> {
        self.state.requests.get(&id).map(|live| (&live.record, live.tally().waiting))
    }

    /// Lists the requests there are, in no order.
    pub fn request_ids(&self) -> Vec<RequestId> {
        self.state.requests.keys().copied().collect()
    }

    /// Tells how far a request is.
    pub fn check(&self, id: RequestId, kind: Kind, now: Timestamp) -> Result<Progress, RequestRefusal> {
        let live = self.request_of(id, kind)?;
        let tally = live.tally();
        let done = is_done(live, tally);
        let position = self.state.queues.of(kind).position(live.key);
        Ok(Progress {
            finished: tally.done,
            processing: tally.leased,
            restarted: u32::from(live.record.progress.faults),
            waiting: tally.waiting,
            done,
            faulted: live.record.progress.faulted,
            wait_seconds: if done { 0 } else { self.wait_seconds(live, position, now) },
            queue_position: position.map_or(0, |(place, _, _)| place),
            consumed: live.record.progress.consumed,
            possible: done || tally.leased > 0 || self.is_possible(id, now),
        })
    }

    /// Tells how far a request is and what has come of it.
    pub fn status(&self, id: RequestId, kind: Kind, now: Timestamp) -> Result<Status, RequestRefusal> {
        let progress = self.check(id, kind, now)?;
        let live = self.request_of(id, kind)?;
        let mut results: Vec<Outcome> = live
            .jobs
            .iter()
            .filter_map(|job| match job.state {
                JobState::Done(generation) => self.outcome(generation),
                _ => None,
            })
            .collect();
        results.sort_by_key(|result| (result.finished.at, result.generation));
        Ok(Status { progress, request: Arc::clone(&live.record.request), results })
    }

    fn outcome(&self, id: GenerationId) -> Option<Outcome> {
        let generation = self.state.generations.get(&id)?;
        let GenerationState::Done(finished) = &generation.state else { return None };
        let worker = self.state.workers.get(&generation.worker);
        Some(Outcome {
            generation: id,
            worker: generation.worker,
            worker_name: worker.map_or_else(|| Name::from(""), |live| live.record.name.clone()),
            model: generation.model.clone(),
            finished: finished.clone(),
        })
    }

    /// Tells what is known of a lease, live or over.
    pub fn lease(&self, id: GenerationId) -> Option<Lease> {
        let generation = self.state.generations.get(&id)?;
        let live = self.state.requests.get(&generation.job.request)?;
        let worker = self.state.workers.get(&generation.worker)?;
        Some(Lease {
            request_id: live.record.id,
            request: Arc::clone(&live.record.request),
            worker: generation.worker,
            owner: worker.record.owner,
            live: generation.state == GenerationState::Leased,
        })
    }

    /// Estimates the seconds until all of a request is in: what is ahead of it, shared by the threads online, and the longest of its own
    /// that is being made.
    fn wait_seconds(&self, live: &LiveRequest, position: Option<(u32, u64, u64)>, now: Timestamp) -> u64 {
        let request = &live.record.request;
        let kind = request.kind();
        if kind == Kind::Alchemy {
            // The wire tells no wait for forms.
            return 0;
        }
        let crowd = self.state.traffic.census.of(kind);
        let mean = match (kind, request.models.first()) {
            (Kind::Text, Some(model)) => match self.state.traffic.model_speed_milli(kind, model, now) {
                0 => crowd.speed_milli(),
                speed => speed,
            },
            _ => crowd.speed_milli(),
        };
        // While nothing is known of speed or threads: a megapixelstep, or a token, a second.
        let unknown = match kind {
            Kind::Image => 1_000_000_000,
            Kind::Text | Kind::Alchemy => 1_000,
        };
        let ahead = position.map_or(0, |(_, things, jobs)| {
            let together = match mean * jobs.min(u64::from(crowd.threads)) {
                0 => unknown,
                speed => speed,
            };
            millis_for(things, together)
        });
        let own = live.jobs.iter().filter_map(|job| match job.state {
            JobState::Leased(generation) => self.remaining_millis(generation, request.things(), mean.max(1), now),
            _ => None,
        });
        // Rounded once, to the nearest second.
        ahead.saturating_add(own.max().unwrap_or(0)).saturating_add(500) / 1000
    }

    fn remaining_millis(&self, id: GenerationId, things: u64, mean_milli: u64, now: Timestamp) -> Option<u64> {
        let generation = self.state.generations.get(&id)?;
        let worker = self.state.workers.get(&generation.worker)?;
        let first_guess = match worker.record.profile.ability.kind() {
            Kind::Image => mean_milli.max(1_000_000_000),
            Kind::Text | Kind::Alchemy => mean_milli.max(1_000),
        };
        let speed = mean_speed_milli(&worker.record.counts.speeds_milli).unwrap_or(first_guess);
        let passed = u64::try_from(now.since(generation.leased).0 / 1000).ok()?;
        Some(millis_for(things, speed).saturating_sub(passed))
    }

    /// Tells whether a worker that is online could serve a request.
    pub(super) fn is_possible(&self, id: RequestId, now: Timestamp) -> bool {
        let Some(request) = self.state.requests.get(&id) else { return false };
        let kind = request.record.request.kind();
        self.state.workers.values().any(|worker| {
            let record = &worker.record;
            if record.paused || record.profile.ability.kind() != kind || !worker.is_online(now) {
                return false;
            }
            let able = self.able(worker, &record.profile.models);
            let reference = &self.settings.models;
            eligible(&able, &request.record.request, &request.demand, reference).is_ok()
        })
    }

    /// Tells how each model of a kind is doing: those served, and known ones that are asked for.
    pub fn models(&self, kind: Kind, now: Timestamp) -> Vec<ModelLoad> {
        let mut threads = std::collections::BTreeMap::<Name, u32>::new();
        for live in self.state.workers.values() {
            let record = &live.record;
            let serves = record.profile.ability.kind() == kind && record.maintenance.is_none();
            if serves && !record.paused && live.is_online(now) {
                for model in &record.profile.models {
                    *threads.entry(model.clone()).or_default() += u32::from(record.profile.threads);
                }
            }
        }
        let queue = self.state.queues.of(kind);
        for (model, _) in queue.models() {
            if kind == Kind::Image && self.settings.models.image(model).is_some() {
                threads.entry(model.clone()).or_default();
            }
        }
        let mut leased = std::collections::HashMap::<&Name, u32>::new();
        for (_, id) in &self.state.leases {
            if let Some(generation) = self.state.generations.get(id) {
                *leased.entry(&generation.model).or_default() += 1;
            }
        }
        threads
            .into_iter()
            .map(|(name, threads)| {
                let speed_milli = self.state.traffic.model_speed_milli(kind, &name, now);
                let tally = queue.model(&name);
                let queued_things = tally.map_or(0, |tally| tally.things);
                let waiting = tally.map_or(0, |tally| tally.waiting);
                let together = speed_milli * u64::from(threads);
                let eta = (queued_things * 1000).checked_div(together);
                ModelLoad {
                    threads,
                    speed_milli,
                    queued_things,
                    jobs: waiting + leased.get(&name).copied().unwrap_or(0),
                    eta_seconds: eta.unwrap_or(ETA_UNKNOWN_SECONDS),
                    name,
                }
            })
            .collect()
    }

    /// Tells how the house is doing.
    pub fn performance(&self, now: Timestamp) -> Performance {
        let census = self.census(now);
        let load = |kind| {
            let totals = self.state.queues.of(kind).totals();
            let crowd = census.of(kind);
            KindLoad {
                queued_requests: totals.waiting + totals.leased,
                queued_things: totals.things,
                past_minute_things: self.state.traffic.past_minute(kind, now),
                workers: crowd.workers,
                threads: crowd.threads,
            }
        };
        let awaited = self.state.forms_awaited.values().map(|count| u64::from(*count)).sum();
        let alchemy = KindLoad { queued_requests: awaited, queued_things: awaited, ..load(Kind::Alchemy) };
        Performance { image: load(Kind::Image), text: load(Kind::Text), alchemy }
    }
}

/// Tells the milliseconds that things take at a speed in thousandths of a thing per second.
fn millis_for(things: u64, speed_milli: u64) -> u64 {
    let millis = u128::from(things) * 1_000_000 / u128::from(speed_milli.max(1));
    u64::try_from(millis).unwrap_or(u64::MAX)
}

/// Tells whether nothing more will come. A text request that was cancelled before all was in is never done: it is forgotten.
fn is_done(live: &LiveRequest, tally: Tally) -> bool {
    let record = &live.record;
    let nothing_left = tally.waiting == 0 && tally.leased == 0;
    let all = tally.done == u32::from(record.request.n);
    record.progress.faulted || nothing_left && (all || record.request.kind() != Kind::Text)
}
