//! A worker hands a result in: accepted if still leased, settled once. The transfers' ids follow from the generation's, so that nothing is
//! ever paid twice.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::bridge::BridgeAgent;
use crate::desk::Desk;
use crate::desk::answer::Submitted;
use crate::desk::events::Event;
use crate::desk::index::LiveRequest;
use crate::desk::pay::Payment;
use crate::desk::restore::{Finished, GenerationRecord, GenerationState, JobState, RequestRecord, WorkerRecord};
use crate::id::{AccountId, GenerationId, Ids, TeamId, UserId};
use crate::kind::Kind;
use crate::kudos::Kudos;
use crate::ledger::{HoldState, TransferCode};
use crate::limits::SPEEDS_MAX;
use crate::offer::{FormProduct, Product};
use crate::price;
use crate::refusal::SubmitRefusal;
use crate::request::Work;
use crate::time::Timestamp;

/// What a result is worth.
struct Worth {
    /// What the worker is told it earned.
    reward: Kudos,
    /// What its owner is paid.
    earned: Kudos,
    /// What the requester pays.
    debit: Kudos,
    /// Pixelsteps, tokens or forms.
    things: u64,
}

impl Desk {
    /// Takes a result in and settles it. `caller` is the user whose key came with it.
    pub fn submit(
        &mut self,
        caller: UserId,
        id: GenerationId,
        product: &Product,
        now: Timestamp,
        ids: &mut dyn Ids,
        out: &mut Vec<Event>,
    ) -> Result<Submitted, SubmitRefusal> {
        let (generation, worker) = self.leased_to(caller, id, product.kind())?;
        let request_id = generation.job.request;
        match &generation.state {
            GenerationState::Leased => {}
            GenerationState::Done(finished) if finished.product == *product => {
                let reward = finished.reward;
                return Ok(Submitted { reward, request: request_id, repeated: true });
            }
            GenerationState::Done(_) => return Err(SubmitRefusal::DuplicateGen),
            GenerationState::Faulted { .. } | GenerationState::Expired { .. } => {
                return Err(SubmitRefusal::AbortedGen);
            }
        }
        let live = self.state.requests.get(&request_id).ok_or(SubmitRefusal::InvalidJobId)?;
        let record = live.record.clone();
        let worth = self.worth(&record, &generation, &worker, product);

        self.conclude(&record, &generation, &worker, product, &worth, now, ids, out);
        self.seen(worker.owner, now, out);
        Ok(Submitted { reward: worth.reward, request: request_id, repeated: false })
    }

    /// Ends a lease with a result, and settles it.
    #[expect(clippy::too_many_arguments, reason = "an act's context and what was decided before")]
    fn conclude(
        &mut self,
        record: &RequestRecord,
        generation: &GenerationRecord,
        worker: &WorkerRecord,
        product: &Product,
        worth: &Worth,
        now: Timestamp,
        ids: &mut dyn Ids,
        out: &mut Vec<Event>,
    ) {
        let id = generation.id;
        let finished = Finished { at: now, product: product.clone(), reward: worth.reward };
        let state = Arc::new(GenerationState::Done(finished));
        self.emit(Event::GenerationEnded { generation: id, state }, out);
        if let Some(job) = self.job(generation.job).copied() {
            self.move_job(job, JobState::Done(id), out);
        }
        let kind = record.request.kind();
        self.settle(record, generation, worker.owner, worth, now, out);
        self.count_work(record, generation, worker, worth, now, out);
        self.credit_team(worker.team, kind, worth, out);
        self.judge_speed(generation, kind, worth.things, now, out);
        self.tell_result(&record.request, generation, worker, product, worth.reward, now, out);
        self.trust_by_time(worker.owner, now, ids, out);
    }

    /// Takes a form back from the worker that is at it, which is paid as if it had handed it in.
    pub(super) fn withdraw(&mut self, id: GenerationId, now: Timestamp, ids: &mut dyn Ids, out: &mut Vec<Event>) {
        let Some(generation) = self.state.generations.get(&id).map(Arc::clone) else { return };
        let Some(live) = self.state.requests.get(&generation.job.request) else { return };
        let Some(worker) = self.state.workers.get(&generation.worker).map(|live| Arc::clone(&live.record)) else {
            return;
        };
        let record = live.record.clone();
        let product = Product::Form(FormProduct { result: None });
        let worth = self.worth(&record, &generation, &worker, &product);
        self.conclude(&record, &generation, &worker, &product, &worth, now, ids, out);
    }

    /// Counts a picture for the worker's team. Texts are not counted, as at the AI Horde.
    fn credit_team(&mut self, team: Option<TeamId>, kind: Kind, worth: &Worth, out: &mut Vec<Event>) {
        if kind == Kind::Image {
            self.count_team(team, out, |counts| {
                counts.fulfilments += 1;
                counts.contributions += worth.things;
                counts.kudos += worth.earned;
            });
        }
    }

    /// Finds a generation and its worker, if they are the caller's.
    pub(super) fn leased_to(
        &self,
        caller: UserId,
        id: GenerationId,
        kind: Kind,
    ) -> Result<(Arc<GenerationRecord>, Arc<WorkerRecord>), SubmitRefusal> {
        let generation = self.state.generations.get(&id).ok_or(SubmitRefusal::InvalidJobId)?;
        let live = self.state.requests.get(&generation.job.request).ok_or(SubmitRefusal::InvalidJobId)?;
        if live.record.request.kind() != kind {
            return Err(SubmitRefusal::InvalidJobId);
        }
        let worker = self
            .state
            .workers
            .get(&generation.worker)
            .filter(|live| live.record.owner == caller)
            .ok_or(SubmitRefusal::WrongCredentials)?;
        Ok((Arc::clone(generation), Arc::clone(&worker.record)))
    }

    /// Works out what a result is worth.
    fn worth(
        &self,
        record: &RequestRecord,
        generation: &GenerationRecord,
        worker: &WorkerRecord,
        product: &Product,
    ) -> Worth {
        let reference = &self.settings.models;
        let request = &record.request;
        let agent = BridgeAgent::parse(&worker.profile.bridge_agent);
        let censored = product.is_censored();
        match (&request.work, product) {
            (Work::Image(image), _) => {
                let baseline = reference.baseline(&generation.model);
                let reward = record.price.times(price::image_multiplier(baseline, image));
                let earned = reward.scaled(agent.share_hundredths(), 100);
                let debit = price::image_debit(reward, censored, image, request);
                Worth { reward, earned, debit, things: request.things() }
            }
            (Work::Text(text), product) => {
                let delivered = match product {
                    Product::Text(product) => price::tokens(&product.text, text.max_length),
                    Product::Image(_) | Product::Form(_) => 0,
                };
                let trusted = self.is_trusted(worker.owner);
                let reward = if self.is_for_friends(request) {
                    record.price
                } else {
                    price::text_reward(reference, &generation.model, request, text, delivered, agent, trusted)
                };
                let debit = price::text_debit(reward, censored);
                Worth { reward, earned: reward, debit, things: u64::from(delivered) }
            }
            (Work::Alchemy(work), product) => {
                let reward = price::alchemy::reward(&generation.model, work.tiles);
                // What was withdrawn is paid, but nothing came of it.
                let withdrawn = matches!(product, Product::Form(FormProduct { result: None }));
                let things = if withdrawn { 0 } else { request.things() };
                Worth { reward, earned: reward, debit: price::alchemy::debit(reward, request), things }
            }
        }
    }

    /// Moves the kudos: the hold ends, the requester pays the owner, what is over is burned, what is short comes from the treasury.
    fn settle(
        &mut self,
        record: &RequestRecord,
        generation: &GenerationRecord,
        owner: UserId,
        worth: &Worth,
        now: Timestamp,
        out: &mut Vec<Event>,
    ) {
        let requester = record.request.user;
        self.end_hold(generation.job, HoldState::Posted, worth.debit, now, out);
        let mut payment = Payment::new(generation.id.0, now).request(record.id).generation(generation.id);
        let forgiven = self.lift(&mut payment, requester, worth.debit, out);
        let over = self.pay_owner(&mut payment, requester, worth.debit, owner, worth.earned, out);
        let (payer, code) = (AccountId::of(requester), TransferCode::Surcharge);
        self.pay(&mut payment, payer, AccountId::BURN, over, code, out);
        self.charge_key(record.request.shared_key, worth.debit, out);
        if record.request.shared && record.request.image().is_some() {
            let own = worth.debit.minus_or_zero(forgiven);
            self.count_user(requester, out, |counts| counts.paid_shared += own);
        }

        let extra_slow = self.state.workers.get(&generation.worker).is_some_and(|live| live.record.profile.extra_slow);
        self.progress(record.id, out, |progress| {
            progress.consumed += worth.debit;
            progress.expires = progress.expires.max(LiveRequest::life_after(now, extra_slow));
        });
    }

    /// Counts the work for worker, owner and requester.
    fn count_work(
        &mut self,
        record: &RequestRecord,
        generation: &GenerationRecord,
        worker: &WorkerRecord,
        worth: &Worth,
        now: Timestamp,
        out: &mut Vec<Event>,
    ) {
        let kind = record.request.kind();
        let micros = u64::try_from(now.since(generation.leased).0.max(1)).unwrap_or(1);
        let speed = match kind {
            Kind::Image | Kind::Text => u128::from(worth.things) * 1_000_000_000 / u128::from(micros),
            // Forms are alike in nothing but that each takes its time.
            Kind::Alchemy => u128::from(micros / 1000),
        };
        let speed_milli = u64::try_from(speed).unwrap_or(u64::MAX / 32);
        let timed = worth.things > 0;
        if timed {
            self.state.traffic.delivered(kind, &generation.model, worth.things, speed_milli, now);
        }

        let mut counts = worker.counts.clone();
        counts.fulfilments += 1;
        counts.contributions += worth.things;
        counts.generated += worth.earned;
        if timed && counts.speeds_milli.len() >= SPEEDS_MAX {
            counts.speeds_milli.remove(0);
        }
        counts.speeds_milli.extend(timed.then_some(speed_milli));
        self.emit(Event::WorkerCounted { worker: worker.id, counts }, out);

        let to_balance = if self.is_trusted(worker.owner) { worth.earned } else { worth.earned - worth.earned.half() };
        self.count_user(worker.owner, out, |counts| {
            counts.accumulated += to_balance;
            match kind {
                Kind::Image => {
                    counts.contribution_pixelsteps += worth.things;
                    counts.fulfilments_image += 1;
                }
                Kind::Text => {
                    counts.contribution_tokens += worth.things;
                    counts.fulfilments_text += 1;
                }
                Kind::Alchemy => counts.fulfilments_alchemy += 1,
            }
        });
        let used = self.recorded_use(record.request.user, worth.things);
        self.count_user(record.request.user, out, |counts| {
            counts.accumulated -= worth.debit;
            match kind {
                Kind::Image => {
                    counts.usage_pixelsteps += used;
                    counts.requests_image += 1;
                }
                Kind::Text => {
                    counts.usage_tokens += used;
                    counts.requests_text += 1;
                }
                Kind::Alchemy => counts.requests_alchemy += 1,
            }
        });
    }
}
