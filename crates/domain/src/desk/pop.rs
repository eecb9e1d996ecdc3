//! A worker pops: it is given the first waiting request that it may take, as many of its jobs as fit, each with a lease of its own. What
//! is particular to alchemists is in `pop/forms.rs`.

mod forms;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::bridge::BridgeAgent;
use crate::desk::Desk;
use crate::desk::answer::{Assignment, Message, Popped, Skipped};
use crate::desk::events::Event;
use crate::desk::index::{LiveRequest, LiveWorker, Stop};
use crate::desk::queue::Sources;
use crate::desk::restore::{GenerationRecord, GenerationState, JobRecord, JobState};
use crate::eligibility::feature::features;
use crate::eligibility::{self, Able, SkipReason, eligible, fewest_steps, image_lease_seconds, takes_any_model};
use crate::id::{GenerationId, Ids, RequestId, UserId, WorkerId};
use crate::kind::Kind;
use crate::limits::{
    FORM_LEASE_SECONDS, LOOKED_AT_FIRST_MAX, LOOKED_AT_PER_POP_MAX, PRIORITY_USERS_MAX, REQUEST_LIFE_STEP,
    SKIPPED_AGE_MAX, TEXT_LEASE_SECONDS,
};
use crate::offer::{Ability, Dreamer, Offer};
use crate::priority::QueueKey;
use crate::refusal::PopRefusal;
use crate::request::{ImageWork, Name, Request, Work};
use crate::time::{Span, Timestamp};

/// What a search found.
struct Found {
    request: Option<RequestId>,
    /// Where it gave up, if it did not get to the end.
    stop: Option<Stop>,
    /// What it passed over and no count tells, since the last time it began at the front.
    passed: Skipped,
}

impl Desk {
    /// Gives a worker what fits it best: pictures, texts or forms, by its ability. Registers it at its first pop. A refusal for
    /// maintenance may come after a check-in: the events in `out` are journalled all the same.
    pub fn pop(
        &mut self,
        offer: &Offer,
        now: Timestamp,
        ids: &mut dyn Ids,
        out: &mut Vec<Event>,
    ) -> Result<Popped, PopRefusal> {
        let (worker, models) = self.check_in(offer, now, ids, out)?;
        let mut popped = Popped::nothing(worker, self.messages_to(worker, now));
        let Some(live) = self.state.workers.get(&worker) else { return Ok(popped) };
        let maintenance = live.record.maintenance.clone();
        if live.record.paused {
            popped.messages.push(paused(worker, now));
            return Ok(popped);
        }
        if offer.ability.kind() == Kind::Alchemy {
            self.pop_forms(&models, offer, &mut popped, now, ids, out)?;
            return Ok(popped);
        }
        let found = self.seek(live, &models, offer);
        match (found.request, maintenance) {
            (Some(request), _) => {
                popped.assignment = self.assign(worker, &models, offer, request, now, ids, out);
            }
            (None, Some(message)) => return Err(PopRefusal::Maintenance { message }),
            (None, None) => popped.skipped = self.skip_counts(worker, &models, offer, &found.passed, now),
        }
        if let Some(live) = self.state.workers.get_mut(&worker) {
            live.stop = found.stop;
        }
        Ok(popped)
    }

    /// Tells a worker as eligibility needs it.
    pub(super) fn able<'a>(&self, live: &'a LiveWorker, models: &'a [Name]) -> Able<'a> {
        let (record, reference) = (&live.record, &self.settings.models);
        let fast = eligibility::is_fast(reference, record);
        let known = record.profile.models.as_slice();
        // Between two check-ins a worker may come with other models than those it was taken down with.
        let (has, steps_max) = if std::ptr::eq(models, known) || models == known {
            (live.has, live.steps_max)
        } else {
            (features(&record.profile, models, reference), fewest_steps(models, reference))
        };
        Able {
            id: record.id,
            owner: record.owner,
            has: has.with_standing(self.is_trusted(record.owner), fast),
            models,
            profile: &record.profile,
            words: live.words.as_ref(),
            steps_max,
            in_maintenance: record.maintenance.is_some(),
            takes_any_model: takes_any_model(models),
        }
    }

    /// Searches first among the requests of the owner and the preferred users, then among all, from where the last search stopped.
    fn seek(&self, live: &LiveWorker, models: &[Name], offer: &Offer) -> Found {
        let able = self.able(live, models);
        let queue = self.state.queues.of(offer.ability.kind());
        let first = served_first(&able, offer);
        let (request, _) = self.first_eligible(&able, queue.of_users(&first), LOOKED_AT_FIRST_MAX, None);
        if request.is_some() || able.in_maintenance {
            return Found { request, stop: None, passed: Skipped::default() };
        }
        // What was passed over before the last stop stays passed over until the end was reached once.
        let begun = live.stop;
        let mut passed = begun.map(|stop| stop.passed).unwrap_or_default();
        let with_allowed = !self.settings.matched_targeting;
        let all = queue.fitting(&able, with_allowed, begun.map(|stop| stop.at));
        let (request, stopped_at) = self.first_eligible(&able, all, LOOKED_AT_PER_POP_MAX, Some(&mut passed));
        let stop = if request.is_some() { begun } else { stopped_at.map(|at| Stop { at, passed }) };
        Found { request, stop, passed }
    }

    /// Takes the first that the worker may take; or tells where it gave up.
    fn first_eligible(
        &self,
        able: &Able<'_>,
        keys: Sources<'_>,
        most: usize,
        mut passed: Option<&mut Skipped>,
    ) -> (Option<RequestId>, Option<QueueKey>) {
        let mut last = None;
        for (looked_at, key) in keys.enumerate() {
            if looked_at == most {
                return (None, last);
            }
            last = Some(key);
            let Some(live) = self.state.requests.get(&key.id()) else { continue };
            let models = &self.settings.models;
            match eligible(able, &live.record.request, &live.demand, models) {
                Ok(()) => return (Some(key.id()), None),
                Err(reason) => {
                    let uncounted = matches!(
                        reason,
                        SkipReason::Blacklist | SkipReason::StepCount | SkipReason::MatchingSoftprompt
                    );
                    if let Some(passed) = passed.as_deref_mut().filter(|_| uncounted) {
                        passed.add(reason, 1);
                    }
                }
            }
        }
        (None, None)
    }

    /// Tells why the worker is given nothing; counted anew only when the last counts are too old.
    fn skip_counts(
        &mut self,
        worker: WorkerId,
        models: &[Name],
        offer: &Offer,
        passed: &Skipped,
        now: Timestamp,
    ) -> Skipped {
        let Some(live) = self.state.workers.get(&worker) else { return Skipped::default() };
        if let Some((at, skipped)) = live.skipped
            && now.since(at) < SKIPPED_AGE_MAX
        {
            return skipped;
        }
        let able = self.able(live, models);
        let kind = able.profile.ability.kind();
        let mut skipped = self.state.queues.of(kind).skipped(&able);
        skipped.worker_id += self.kept_for_friends(&able, offer);
        skipped.blacklist = passed.blacklist;
        skipped.step_count = passed.step_count;
        skipped.matching_softprompt = passed.matching_softprompt;
        if let Some(live) = self.state.workers.get_mut(&worker) {
            live.skipped = Some((now, skipped));
        }
        skipped
    }

    /// Counts the requests that name this worker and that it is not given, because it does not prefer who asks.
    fn kept_for_friends(&self, able: &Able<'_>, offer: &Offer) -> u32 {
        if !self.settings.matched_targeting {
            return 0;
        }
        let first = served_first(able, offer);
        let is_foreign = |key: &&QueueKey| {
            self.state.requests.get(&key.id()).is_some_and(|live| !first.contains(&live.record.request.user))
        };
        let naming = self.state.queues.of(able.profile.ability.kind()).naming(able.id);
        u32::try_from(naming.filter(is_foreign).count()).unwrap_or(u32::MAX)
    }

    /// Leases as many waiting jobs of a request as the worker takes at once.
    #[expect(clippy::too_many_arguments, reason = "an act's context and what was decided before")]
    fn assign(
        &mut self,
        worker: WorkerId,
        models: &[Name],
        offer: &Offer,
        request_id: RequestId,
        now: Timestamp,
        ids: &mut dyn Ids,
        out: &mut Vec<Event>,
    ) -> Option<Assignment> {
        let live = self.state.requests.get(&request_id)?;
        let profile = &self.state.workers.get(&worker)?.record.profile;
        let request = Arc::clone(&live.record.request);
        let model = pick_model(&request, models, ids.random())?;
        let waiting: Vec<JobRecord> = live.jobs.iter().filter(|job| job.state == JobState::Waiting).copied().collect();
        let extra_slow = profile.extra_slow;
        let lease_seconds = match &request.work {
            Work::Image(image) => image_lease_seconds(image, &request.models, &self.settings.models, extra_slow),
            Work::Text(_) => TEXT_LEASE_SECONDS,
            Work::Alchemy(_) => FORM_LEASE_SECONDS,
        };
        let count = batch(&request, &profile.ability, offer.amount).min(waiting.len());
        let agent = BridgeAgent::parse(&profile.bridge_agent);
        let (takes_sources, takes_source_urls) = (agent.can("img2img"), agent.can("r2_source"));
        let seed = seed(&request, waiting.len(), ids.random());

        let mut generations = Vec::with_capacity(count);
        for job in waiting.into_iter().take(count) {
            let lease = Lease { worker, model: model.clone(), seed, seconds: lease_seconds };
            generations.push(self.lease_job(job, lease, now, ids, out));
        }
        self.prolong(request_id, now, extra_slow, out);
        Some(Assignment {
            request_id,
            request,
            generations,
            model,
            seed,
            lease_seconds,
            takes_source_urls,
            takes_sources,
        })
    }
}

/// Whose requests a worker is given before all others; in maintenance there are no others.
fn served_first(able: &Able<'_>, offer: &Offer) -> Vec<UserId> {
    let mut first = vec![able.owner];
    if !able.in_maintenance {
        first.extend(offer.priority_users.iter().take(PRIORITY_USERS_MAX));
    }
    first
}

/// The terms on which a job is leased.
struct Lease {
    worker: WorkerId,
    model: Name,
    seed: u64,
    seconds: u64,
}

impl Desk {
    /// Leases one waiting job.
    fn lease_job(
        &mut self,
        job: JobRecord,
        lease: Lease,
        now: Timestamp,
        ids: &mut dyn Ids,
        out: &mut Vec<Event>,
    ) -> GenerationId {
        let generation = GenerationRecord {
            id: GenerationId(ids.uuid(now)),
            job: job.id,
            attempt: job.attempts + 1,
            worker: lease.worker,
            model: lease.model,
            seed: lease.seed,
            leased: now,
            lease_ends: now + Span::seconds(i64::try_from(lease.seconds).unwrap_or(0)),
            state: GenerationState::Leased,
        };
        let id = generation.id;
        self.emit(Event::GenerationLeased(Arc::new(generation)), out);
        let begun = JobRecord { attempts: job.attempts + 1, ..job };
        self.move_job(begun, JobState::Leased(id), out);
        id
    }

    /// Lets a request live on because a worker took something of it.
    fn prolong(&mut self, request: RequestId, now: Timestamp, extra_slow: bool, out: &mut Vec<Event>) {
        let expires = LiveRequest::life_after(now, extra_slow);
        self.progress(request, out, |progress| {
            if progress.expires + REQUEST_LIFE_STEP <= expires {
                progress.expires = expires;
            }
        });
    }
}

/// Tells a paused worker so.
fn paused(worker: WorkerId, now: Timestamp) -> Message {
    Message {
        // One lasting message for each worker, so that it can be recognised.
        id: worker.0,
        text: Arc::from("This worker is paused by a moderator and is given no work. Please ask the house why."),
        origin: Arc::from("the house"),
        expires: now + Span::minutes(60),
    }
}

/// Picks one of the worker's models that will do.
fn pick_model(request: &Request, models: &[Name], chance: u64) -> Option<Name> {
    let fits = |model: &&Name| request.models.is_empty() || request.models.contains(model);
    let fitting: Vec<&Name> = models.iter().filter(fits).collect();
    let count = u64::try_from(fitting.len()).ok().filter(|count| *count > 0)?;
    let index = usize::try_from(chance % count).ok()?;
    fitting.get(index).map(|model| Name::clone(model))
}

/// Tells how many jobs of a request a worker may take at once.
fn batch(request: &Request, ability: &Ability, amount: u16) -> usize {
    if request.disable_batching {
        return 1;
    }
    let amount = u64::from(amount.max(1));
    let safe = match (&request.work, ability) {
        (Work::Image(image), Ability::Dreamer(dreamer)) => safe_amount(image, dreamer, amount),
        _ => amount,
    };
    usize::try_from(safe.clamp(1, amount)).unwrap_or(1)
}

/// Tells how many pictures fit a dreamer's memory at once: its largest picture with room to spare, less what extras take.
fn safe_amount(image: &ImageWork, dreamer: &Dreamer, amount: u64) -> u64 {
    const HEAVY: [&str; 9] = [
        "RealESRGAN_x4plus",
        "RealESRGAN_x4plus_anime_6B",
        "NMKD_Siax",
        "4x_AnimeSharp",
        "CodeFormers",
        "4xNomos8kSC",
        "4xLSDIRplus",
        "4xNomos2_hq_dat2",
        "RestoreFormer",
    ];
    let is_heavy = image.transparent || image.post_processing.iter().any(|name| HEAVY.contains(&&**name));
    let processors = u64::try_from(image.post_processing.len()).unwrap_or(u64::MAX / 8);
    // In tenths: 3.5 pictures to spare, 0.4 for each post-processor, 1.8 for a heavy one.
    let room = dreamer.max_pixels.saturating_mul(amount).saturating_mul(1000);
    let each = image.area() * 35 * (10 + 4 * processors) * if is_heavy { 18 } else { 10 } / 10;
    (room / 10 + each / 2).checked_div(each).unwrap_or(1)
}

/// Tells the seed of a batch.
fn seed(request: &Request, waiting: usize, chance: u64) -> u64 {
    let asked = request.image().and_then(|image| image.seed);
    let variation = request.image().and_then(|image| image.seed_variation);
    let waiting = u64::try_from(waiting).unwrap_or(0);
    let mut seed = match (asked, variation) {
        (None, _) => chance >> 32,
        (Some(seed), None) => seed,
        (Some(seed), Some(step)) => seed.saturating_add(u64::from(step) * waiting),
    };
    while seed >= 1 << 32 {
        seed >>= 32;
    }
    seed
}
