//! A worker checks in: it is registered at its first pop, what it says is taken down now and then, and its uptime is rewarded.

use std::sync::Arc;

use crate::bridge::BridgeAgent;
use crate::desk::Desk;
use crate::desk::events::Event;
use crate::desk::pay::Payment;
use crate::desk::restore::{UserRecord, WorkerCounts, WorkerProfile, WorkerRecord};
use crate::id::{AccountId, Ids, UserId, WorkerId};
use crate::kind::Kind;
use crate::kudos::Kudos;
use crate::ledger::TransferCode;
use crate::limits::{
    BLACKLIST_MAX, BLACKLIST_WORD_CHARS_MAX, CHECK_IN_EVERY, FORMS_OFFERED_MAX, IMAGE_MODELS_MAX, SOFTPROMPTS_MAX,
    TEXT_MODELS_MAX, UPTIME_REWARD_SECONDS, WORKER_NAME_CHARS_EXTREME, WORKER_NAME_CHARS_MAX, WORKER_ONLINE,
    WORKERS_TRUSTED_MAX, WORKERS_UNTRUSTED_MAX,
};
use crate::offer::{Ability, Address, Offer};
use crate::price;
use crate::refusal::PopRefusal;
use crate::request::Name;
use crate::suspicion::Reason;
use crate::time::Timestamp;

/// Machines of free notebooks come and go too quickly to be worth leasing to.
const FORBIDDEN_IN_NAMES: [&str; 3] = ["colab", "tpu", "google"];

impl Desk {
    /// Finds or registers the worker that pops, and takes down what it says if it is time. Tells the worker and the models it may serve now.
    pub(super) fn check_in(
        &mut self,
        offer: &Offer,
        now: Timestamp,
        ids: &mut dyn Ids,
        out: &mut Vec<Event>,
    ) -> Result<(WorkerId, Vec<Name>), PopRefusal> {
        let owner = Arc::clone(self.state.users.get(&offer.owner).ok_or(PopRefusal::UnknownUser)?);
        let known = self.may_pop(offer, &owner)?;
        let models = self.accepted_models(offer, &owner);
        if models.is_empty() {
            return Err(PopRefusal::UnknownModels);
        }
        let Some(record) = known else {
            let id = WorkerId(ids.uuid(now));
            let worker = WorkerRecord {
                id,
                owner: owner.id,
                name: offer.name.clone(),
                created: now,
                info: None,
                paused: false,
                maintenance: None,
                team: None,
                profile: profile(offer, &models, now),
                counts: WorkerCounts::default(),
            };
            self.emit(Event::WorkerSaved(Arc::new(worker)), out);
            self.look_askance(id, offer, true, out);
            self.take_census(now);
            return Ok((id, models));
        };
        let last = record.profile.last_check_in;
        let said = profile(offer, &models, now);
        let is_due = now.since(last) >= CHECK_IN_EVERY;
        // A new worker may still be finding its settings: what it changes counts at once.
        let is_new = now.since(record.created) < CHECK_IN_EVERY;
        let changed = WorkerProfile { last_check_in: last, ..said.clone() } != record.profile;
        if is_due || is_new && changed {
            let counts = self.uptime(&record, now, ids, out);
            let worker = WorkerRecord { profile: said, counts, ..WorkerRecord::clone(&record) };
            self.emit(Event::WorkerSaved(Arc::new(worker)), out);
            self.look_askance(record.id, offer, false, out);
            self.take_census(now);
        }
        Ok((record.id, models))
    }

    /// Checks who pops, and whether a new worker would be one too many.
    fn may_pop(&self, offer: &Offer, owner: &UserRecord) -> Result<Option<Arc<WorkerRecord>>, PopRefusal> {
        if owner.roles.deleted {
            return Err(PopRefusal::DeletedUser);
        }
        if owner.roles.flagged {
            return Err(PopRefusal::WorkerFlagged);
        }
        if owner.id.is_anonymous() {
            return Err(PopRefusal::AnonForbidden);
        }
        let Some(id) = self.state.names.get(&offer.name) else {
            may_come_from(offer, owner)?;
            self.may_bring_another(offer, owner)?;
            return Ok(None);
        };
        let record = self.state.workers.get(id).map(|live| Arc::clone(&live.record));
        if let Some(record) = &record {
            let kind = record.profile.ability.kind();
            if kind != offer.ability.kind() {
                return Err(PopRefusal::PolymorphicName(kind));
            }
            may_come_from(offer, owner)?;
            if record.owner != owner.id {
                return Err(PopRefusal::WrongCredentials { name: offer.name.clone() });
            }
        }
        Ok(record)
    }

    fn may_bring_another(&self, offer: &Offer, owner: &UserRecord) -> Result<(), PopRefusal> {
        if offer.seen.foul_name {
            return Err(PopRefusal::FoulName);
        }
        if offer.seen.foul_agent {
            return Err(PopRefusal::FoulAgent);
        }
        let lowered = offer.name.to_lowercase();
        if FORBIDDEN_IN_NAMES.iter().any(|word| lowered.contains(word)) {
            return Err(PopRefusal::NameForbidden);
        }
        let workers = self.state.workers_of.get(&owner.id).map_or(&[][..], Vec::as_slice);
        // Alchemists weigh little and are not counted.
        let counts = |id: &&WorkerId| {
            self.state.workers.get(id).is_some_and(|live| live.record.profile.ability.kind() != Kind::Alchemy)
        };
        let workers: Vec<WorkerId> = workers.iter().filter(counts).copied().collect();
        let count = |workers: usize| u32::try_from(workers).unwrap_or(u32::MAX);
        let brought = count(workers.len());
        let invited = owner.worker_invited;
        if self.state.modes.invite_only && brought >= invited {
            return Err(PopRefusal::InviteOnly);
        }
        if !owner.roles.trusted && brought > WORKERS_UNTRUSTED_MAX {
            return Err(PopRefusal::TooManyWorkers { limit: WORKERS_UNTRUSTED_MAX });
        }
        if brought > WORKERS_TRUSTED_MAX && brought > invited {
            return Err(PopRefusal::TooManyWorkersTrusted { limit: WORKERS_TRUSTED_MAX });
        }
        let limit = if owner.roles.trusted { WORKERS_TRUSTED_MAX } else { WORKERS_UNTRUSTED_MAX };
        let is_here = |id: &&WorkerId| {
            self.state.workers.get(id).is_some_and(|live| live.record.profile.address == offer.address)
        };
        let here = count(workers.iter().filter(is_here).count());
        if here > limit && here > invited {
            return Err(PopRefusal::TooManySameAddress { limit });
        }
        Ok(())
    }

    /// Takes note of what is odd about a worker that checks in.
    fn look_askance(&mut self, worker: WorkerId, offer: &Offer, is_new: bool, out: &mut Vec<Event>) {
        if is_new && offer.seen.name_chars > WORKER_NAME_CHARS_EXTREME {
            self.suspect_worker(worker, Reason::WorkerNameExtreme, out);
        }
        if is_new && offer.seen.name_chars > WORKER_NAME_CHARS_MAX {
            self.suspect_worker(worker, Reason::WorkerNameLong, out);
        }
        if offer.seen.address == Address::Watched {
            self.suspect_worker(worker, Reason::UnsafeAddress, out);
        }
    }

    /// Keeps the models that the worker may serve: known ones, special ones of the owner's own if it may use such, or any if it is a
    /// customizer. Texts come by any name, and so do forms: nobody can ask for an unknown one.
    fn accepted_models(&self, offer: &Offer, owner: &UserRecord) -> Vec<Name> {
        let reference = &self.settings.models;
        let mut kept: Vec<Name> = Vec::new();
        let (most, any) = match offer.ability.kind() {
            Kind::Image => (IMAGE_MODELS_MAX, owner.roles.customizer),
            Kind::Text => (TEXT_MODELS_MAX, true),
            Kind::Alchemy => (FORMS_OFFERED_MAX, true),
        };
        let alias = owner.roles.special.then(|| format!("{}#{}", owner.name, owner.id));
        let own = |model: &Name| alias.is_some() && model.split_once("::").map(|(_, owner)| owner) == alias.as_deref();
        for model in offer.models.iter().take(most) {
            if (any || reference.image(model).is_some() || own(model)) && !kept.contains(model) {
                kept.push(model.clone());
            }
        }
        kept
    }

    /// Adds the time since the last check-in, and pays for it when enough has come together.
    fn uptime(
        &mut self,
        record: &WorkerRecord,
        now: Timestamp,
        ids: &mut dyn Ids,
        out: &mut Vec<Event>,
    ) -> WorkerCounts {
        let mut counts = record.counts.clone();
        let passed = now.since(record.profile.last_check_in);
        if passed > WORKER_ONLINE || record.paused || record.maintenance.is_some() {
            counts.rewarded_seconds = counts.uptime_seconds;
            return counts;
        }
        counts.uptime_seconds += u64::try_from(passed.as_seconds()).unwrap_or(0);
        if counts.uptime_seconds - counts.rewarded_seconds <= UPTIME_REWARD_SECONDS {
            return counts;
        }
        counts.rewarded_seconds = counts.uptime_seconds;
        let reward = self.uptime_reward(&record.profile);
        counts.uptime_kudos += reward;
        self.count_team(record.team, out, |counts| counts.uptime_seconds += UPTIME_REWARD_SECONDS);
        // What an alchemist earns so never waits in escrow.
        let at_once = record.profile.ability.kind() == Kind::Alchemy || self.is_trusted(record.owner);
        self.pay_uptime(record.owner, at_once, reward, now, ids, out);
        counts
    }

    fn uptime_reward(&self, profile: &WorkerProfile) -> Kudos {
        match &profile.ability {
            Ability::Dreamer(dreamer) => price::image_uptime(profile.models.len(), dreamer.allow_lora),
            Ability::Scribe(scribe) => price::text_uptime(
                &self.settings.models,
                profile.models.first().map(|model| &**model),
                scribe.max_context_length,
                BridgeAgent::parse(&profile.bridge_agent),
            ),
            Ability::Alchemist(_) => price::alchemy::UPTIME,
        }
    }

    fn pay_uptime(
        &mut self,
        owner: UserId,
        at_once: bool,
        reward: Kudos,
        now: Timestamp,
        ids: &mut dyn Ids,
        out: &mut Vec<Event>,
    ) {
        let credit = if at_once { AccountId::of(owner) } else { AccountId::escrow_of(owner) };
        let mut payment = Payment::new(ids.uuid(now), now);
        self.pay(&mut payment, AccountId::TREASURY, credit, reward, TransferCode::Uptime, out);
        if at_once {
            self.count_user(owner, out, |counts| counts.accumulated += reward);
        }
        self.trust_by_time(owner, now, ids, out);
    }
}

/// Checks where a worker comes from. The trusted, and those who may hide, may come from everywhere but a timeout.
fn may_come_from(offer: &Offer, owner: &UserRecord) -> Result<(), PopRefusal> {
    if let Some(seconds) = offer.seen.timed_out_seconds {
        return Err(PopRefusal::TimedOut { seconds });
    }
    if owner.roles.trusted || owner.roles.vpn {
        return Ok(());
    }
    match offer.seen.address {
        Address::Safe | Address::Watched => Ok(()),
        Address::Unknown => Err(PopRefusal::UnknownAddress),
        Address::Unsafe => Err(PopRefusal::UnsafeAddress),
    }
}

/// What is taken down of an offer.
fn profile(offer: &Offer, models: &[Name], now: Timestamp) -> WorkerProfile {
    let mut blacklist: Vec<Name> = offer
        .blacklist
        .iter()
        .take(BLACKLIST_MAX)
        .map(|word| word.to_lowercase().chars().take(BLACKLIST_WORD_CHARS_MAX).collect::<String>())
        .filter(|word| !word.trim().is_empty())
        .map(Name::from)
        .collect();
    blacklist.sort();
    blacklist.dedup();
    let mut ability = offer.ability.clone();
    if let Ability::Scribe(scribe) = &mut ability {
        scribe.softprompts.truncate(SOFTPROMPTS_MAX);
    }
    WorkerProfile {
        last_check_in: now,
        bridge_agent: offer.bridge_agent.clone(),
        address: offer.address.clone(),
        safe_address: offer.safe_address,
        models: models.to_vec(),
        nsfw: offer.nsfw,
        blacklist,
        threads: offer.threads.max(1),
        require_upfront_kudos: offer.require_upfront_kudos,
        extra_slow: offer.extra_slow,
        allow_unsafe_address: offer.allow_unsafe_address,
        ability,
    }
}
