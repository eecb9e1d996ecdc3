//! The audit: are the books balanced, the leases consistent, the queue what the jobs say? Run after every step of a simulation and by the
//! operator; it reads everything and changes nothing.

use std::collections::{BTreeMap, HashMap};

use crate::desk::Desk;
use crate::desk::index::{LiveRequest, Tally};
use crate::desk::restore::{GenerationState, JobState};
use crate::id::{AccountId, GenerationId, UserId};
use crate::kind::Kind;
use crate::kudos::Kudos;
use crate::priority::QueueKey;

impl Desk {
    /// Checks everything that must always hold, and tells in sentences what does not.
    pub fn audit(&self) -> Result<(), Vec<String>> {
        let mut faults = Vec::new();
        self.audit_books(&mut faults);
        self.audit_jobs(&mut faults);
        self.audit_leases(&mut faults);
        self.audit_queues(&mut faults);
        self.audit_shared_keys(&mut faults);
        self.audit_fleet(&mut faults);
        self.audit_forms(&mut faults);
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    fn audit_books(&self, faults: &mut Vec<String>) {
        let ledger = &self.state.ledger;
        let sum: Kudos = ledger.balances().map(|(_, balance)| balance).sum();
        if sum != Kudos::ZERO {
            faults.push(format!("all accounts sum to {sum}"));
        }
        let mut held = HashMap::<AccountId, Kudos>::new();
        for hold in ledger.holds() {
            *held.entry(hold.account).or_default() += hold.amount;
            let state = self.job(hold.job).map(|job| job.state);
            if !matches!(state, Some(JobState::Waiting | JobState::Leased(_))) {
                faults.push(format!("a hold is pending for a job that stands at {state:?}"));
            }
        }
        for user in self.state.users.values() {
            let account = AccountId::of(user.id);
            let held = held.remove(&account).unwrap_or_default();
            if held != ledger.held(account) {
                let kept = ledger.held(account);
                faults.push(format!("user {} holds {held}, but {kept} is kept", user.id));
            }
            // Who never spent may stand below the floor, at nothing.
            let lowest = user.identity.floor().min(Kudos::ZERO);
            let free = ledger.balance(account) - held;
            if free < lowest || held.is_positive() && free < user.identity.floor() {
                faults.push(format!("user {} has {free} left beside its holds", user.id));
            }
            if ledger.balance(AccountId::escrow_of(user.id)) < Kudos::ZERO {
                faults.push(format!("the escrow of user {} is negative", user.id));
            }
            if user.counts.rated > user.counts.paid_shared {
                faults.push(format!("user {} was paid more for ratings than it paid for what it shared", user.id));
            }
        }
        if !held.is_empty() {
            faults.push("a hold is on an account of nobody".to_owned());
        }
        let of_house = [AccountId::TREASURY, AccountId::BURN];
        let is_known = |account: AccountId| match account.user() {
            Some(user) => self.state.users.contains_key(&user),
            None => of_house.contains(&account),
        };
        for (account, balance) in ledger.balances().filter(|(account, _)| !is_known(*account)) {
            faults.push(format!("account {} of nobody holds {balance}", account.0));
        }
    }

    fn audit_shared_keys(&self, faults: &mut Vec<String>) {
        let mut known = 0;
        for key in self.state.shared_keys.values() {
            if !self.state.users.contains_key(&key.owner) {
                faults.push(format!("a shared key of {} has no owner", key.owner));
            }
            if key.allowance.is_some_and(|left| left < Kudos::ZERO) || key.utilized < Kudos::ZERO {
                faults.push(format!("a shared key of {} is overdrawn", key.owner));
            }
            let listed = self.state.shared_keys_of.get(&key.owner).is_some_and(|keys| keys.contains(&key.id));
            known += usize::from(listed);
        }
        let listed: usize = self.state.shared_keys_of.values().map(std::collections::BTreeSet::len).sum();
        if listed != known || listed != self.state.shared_keys.len() {
            faults.push(format!("{listed} shared keys are listed, {} are there", self.state.shared_keys.len()));
        }
    }

    fn audit_fleet(&self, faults: &mut Vec<String>) {
        let state = &self.state;
        for live in state.workers.values() {
            let record = &live.record;
            if state.names.get(&record.name) != Some(&record.id) {
                faults.push(format!("the name of worker {} leads elsewhere", record.id));
            }
            if record.team.is_some_and(|team| !state.teams.contains_key(&team)) {
                faults.push(format!("worker {} is of no team that exists", record.id));
            }
        }
        if state.names.len() != state.workers.len() {
            faults.push("a name belongs to no worker".to_owned());
        }
        for message in state.messages.values() {
            if message.worker.is_some_and(|worker| !state.workers.contains_key(&worker)) {
                faults.push(format!("message {} is for nobody", message.id));
            }
        }
        let mut names: Vec<String> = state.teams.values().map(|team| team.name.to_lowercase()).collect();
        names.sort();
        names.dedup();
        if names.len() != state.teams.len() {
            faults.push("two teams have one name".to_owned());
        }
    }

    fn audit_jobs(&self, faults: &mut Vec<String>) {
        for live in self.state.requests.values() {
            let id = live.record.id;
            if live.tally() != Tally::of(&live.jobs) {
                faults.push(format!("request {id} counts its jobs wrongly"));
            }
            if live.jobs.len() != usize::from(live.record.request.n) {
                faults.push(format!("request {id} has {} jobs", live.jobs.len()));
            }
            for job in &live.jobs {
                self.audit_job(live, job.id.slot, job.state, faults);
            }
            if !self.state.lives.contains(&(live.record.progress.expires, id)) {
                faults.push(format!("request {id} would live for ever"));
            }
        }
        if self.state.lives.len() != self.state.requests.len() {
            faults.push("a life belongs to no request".to_owned());
        }
    }

    fn audit_job(&self, live: &LiveRequest, slot: u16, state: JobState, faults: &mut Vec<String>) {
        let id = live.record.id;
        let of_job = live
            .generations
            .iter()
            .filter_map(|generation| self.state.generations.get(generation))
            .filter(|generation| generation.job.slot == slot);
        let (mut done, mut leased): (Vec<GenerationId>, Vec<GenerationId>) = Default::default();
        for generation in of_job {
            match generation.state {
                GenerationState::Done(_) => done.push(generation.id),
                GenerationState::Leased => leased.push(generation.id),
                _ => {}
            }
        }
        let right = match state {
            JobState::Done(generation) => done == [generation] && leased.is_empty(),
            JobState::Leased(generation) => done.is_empty() && leased == [generation],
            JobState::Waiting | JobState::Cancelled | JobState::Faulted => done.is_empty() && leased.is_empty(),
        };
        if !right {
            faults.push(format!("job {slot} of {id} is {state:?} with {done:?} done and {leased:?} leased"));
        }
        let progress = live.record.progress;
        if state == JobState::Waiting && (progress.faulted || progress.cancelled) {
            faults.push(format!("job {slot} of {id} waits though its request is over"));
        }
    }

    fn audit_leases(&self, faults: &mut Vec<String>) {
        let mut leased = 0;
        for generation in self.state.generations.values() {
            if generation.state == GenerationState::Leased {
                leased += 1;
                if !self.state.leases.contains(&(generation.lease_ends, generation.id)) {
                    faults.push(format!("lease {} has no end", generation.id));
                }
            }
            if !self.state.workers.contains_key(&generation.worker) {
                faults.push(format!("generation {} was leased to nobody", generation.id));
            }
            if !self.state.requests.contains_key(&generation.job.request) {
                faults.push(format!("generation {} belongs to no request", generation.id));
            }
        }
        if leased != self.state.leases.len() {
            faults.push(format!("{leased} leases run, {} ends are known", self.state.leases.len()));
        }
    }

    /// Looks whether what is kept of forms is what the jobs say.
    fn audit_forms(&self, faults: &mut Vec<String>) {
        let mut awaited = HashMap::<UserId, u32>::new();
        for live in self.state.requests.values() {
            let Some(work) = live.record.request.alchemy() else { continue };
            if work.forms.len() != usize::from(live.record.request.n) {
                faults.push(format!("request {} wants another number of forms than it names", live.record.id));
            }
            let mut waiting = BTreeMap::<&str, u32>::new();
            for job in live.jobs.iter().filter(|job| job.state == JobState::Waiting) {
                *waiting.entry(work.form(job.id.slot).map_or("", |form| &*form.name)).or_default() += 1;
            }
            let kept: BTreeMap<&str, u32> = live.demand.forms.iter().map(|(form, count)| (&**form, *count)).collect();
            if waiting != kept {
                faults.push(format!("request {} waits for {waiting:?}, but is queued for {kept:?}", live.record.id));
            }
            let tally = live.tally();
            if tally.waiting + tally.leased > 0 {
                *awaited.entry(live.record.request.user).or_default() += tally.waiting + tally.leased;
            }
        }
        if awaited != self.state.forms_awaited {
            faults.push(format!("{awaited:?} forms are awaited, but {:?} are counted", self.state.forms_awaited));
        }
    }

    fn audit_queues(&self, faults: &mut Vec<String>) {
        for kind in Kind::ALL {
            let of_kind = |live: &&LiveRequest| live.record.request.kind() == kind;
            let mut wanted: Vec<_> = self
                .state
                .requests
                .values()
                .filter(of_kind)
                .filter_map(|live| Some((live.key, live.weight()?)))
                .collect();
            wanted.sort_by_key(|(key, _)| *key);
            let queue = self.state.queues.of(kind);
            let found: Vec<(QueueKey, _)> = queue.order().map(|(key, weight)| (*key, *weight)).collect();
            if wanted != found {
                faults.push(format!(
                    "the {} queue holds {} requests, but {} wait",
                    kind.as_str(),
                    found.len(),
                    wanted.len()
                ));
            }
            let totals = queue.totals();
            let waiting: u64 = wanted.iter().map(|(_, weight)| u64::from(weight.waiting)).sum();
            let things: u64 = wanted.iter().map(|(_, weight)| weight.things).sum();
            if (waiting, things) != (totals.waiting, totals.things) {
                faults.push(format!("the {} queue's sums are wrong", kind.as_str()));
            }
        }
    }
}
