//! The clock ticks: leases that ran out are taken back, requests that grew too old are forgotten, positions and the census are written
//! anew. Due every second; a tick that comes late does more.

use std::sync::Arc;

use crate::alchemy::makes_picture;
use crate::desk::Desk;
use crate::desk::answer::Ticked;
use crate::desk::events::Event;
use crate::desk::restore::{GenerationState, JobRecord, JobState};
use crate::desk::traffic::{Census, Crowd};
use crate::id::{GenerationId, RequestId};
use crate::kind::Kind;
use crate::kudos::Kudos;
use crate::ledger::HoldState;
use crate::limits::ENDED_PER_TICK_MAX;
use crate::request::Work;
use crate::time::Timestamp;

impl Desk {
    /// Moves the clock.
    pub fn tick(&mut self, now: Timestamp, out: &mut Vec<Event>) -> Ticked {
        let mut ticked = Ticked::default();
        let mut left = ENDED_PER_TICK_MAX;
        while let Some(id) = self.state.leases.first().filter(|(end, _)| *end <= now).map(|due| due.1) {
            let Some(generation) = self.state.generations.get(&id).map(Arc::clone) else { break };
            if left == 0 {
                ticked.more = true;
                break;
            }
            left -= 1;
            self.fail(&generation, GenerationState::Expired { at: now }, now, out);
            ticked.rescued += 1;
        }
        while let Some(id) = self.state.lives.first().filter(|(end, _)| *end <= now).map(|due| due.1) {
            if left == 0 {
                ticked.more = true;
                break;
            }
            left -= 1;
            self.forget(id, now, out);
            ticked.forgotten += 1;
        }
        self.pay_monthly(now, out);
        self.forget_messages(now, out);
        for kind in Kind::ALL {
            self.state.queues.of_mut(kind).refresh_positions(now);
        }
        self.take_census(now);
        self.state.traffic.forget_old(now);
        ticked
    }

    /// Forgets a request with all that belongs to it.
    fn forget(&mut self, id: RequestId, now: Timestamp, out: &mut Vec<Event>) {
        let Some(live) = self.state.requests.get(&id) else { return };
        let request = &live.record.request;
        let is_picture = |job: &JobRecord| match &request.work {
            Work::Image(_) => true,
            Work::Text(_) => false,
            Work::Alchemy(work) => work.form(job.id.slot).is_some_and(|form| makes_picture(&form.name)),
        };
        let jobs = live.jobs.clone();
        let finished = jobs.iter().filter_map(|job| match job.state {
            JobState::Done(generation) if is_picture(job) => Some(generation),
            _ => None,
        });
        let images: Vec<GenerationId> = finished.collect();
        let is_shared = request.shared && request.image().is_some();
        let shared = images.iter().copied().filter(|id| is_shared && self.shows_something(*id)).collect();
        for job in jobs {
            self.end_hold(job.id, HoldState::Expired, Kudos::ZERO, now, out);
        }
        self.emit(Event::RequestForgotten { request: id, images, shared }, out);
    }

    /// Whether a result is in and was not withheld.
    fn shows_something(&self, id: GenerationId) -> bool {
        self.state.generations.get(&id).is_some_and(|generation| match &generation.state {
            GenerationState::Done(finished) => !finished.product.is_censored(),
            GenerationState::Leased | GenerationState::Faulted { .. } | GenerationState::Expired { .. } => false,
        })
    }

    /// Counts the workers online.
    pub(super) fn take_census(&mut self, now: Timestamp) {
        self.state.traffic.census = self.census(now);
    }

    /// Counts the workers online, and sums up how fast all ever were.
    pub(super) fn census(&self, now: Timestamp) -> Census {
        let mut census = Census { at: now, ..Census::default() };
        for live in self.state.workers.values() {
            let crowd: &mut Crowd = match live.record.profile.ability.kind() {
                Kind::Image => &mut census.image,
                Kind::Text => &mut census.text,
                Kind::Alchemy => &mut census.alchemy,
            };
            let speeds = &live.record.counts.speeds_milli;
            crowd.speeds_milli += speeds.iter().sum::<u64>();
            crowd.speeds += u64::try_from(speeds.len()).unwrap_or(0);
            if live.is_online(now) {
                crowd.workers += 1;
                crowd.threads += u32::from(live.record.profile.threads);
            }
        }
        census
    }
}
