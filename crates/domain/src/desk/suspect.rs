//! What is odd is counted against a worker and its owner; too much of it pauses the worker and makes the owner suspicious. The trusted
//! are beyond it, and so is the account that everybody shares. What the reasons are is in `suspicion.rs`.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::desk::Desk;
use crate::desk::events::Event;
use crate::desk::restore::{GenerationRecord, UserRecord, WorkerRecord};
use crate::id::{UserId, WorkerId};
use crate::kind::Kind;
use crate::limits::{
    IMAGE_FASTEST_PER_SECOND, SUSPICIONS_MAX, TEXT_FASTEST_BY_PARAMETERS, TEXT_FASTEST_EXPERTS, TEXT_FASTEST_PER_SECOND,
};
use crate::standing::Roles;
use crate::suspicion::{Reason, Suspicions};
use crate::time::{Span, Timestamp};

impl Desk {
    /// Counts something odd against a user.
    pub fn suspect_user(&mut self, user: UserId, reason: Reason, out: &mut Vec<Event>) {
        if user.is_anonymous() || self.is_trusted(user) {
            return;
        }
        self.count_user(user, out, |counts| {
            counts.suspicions.add(reason);
        });
        let Some(record) = self.state.users.get(&user) else { return };
        if record.counts.suspicions.total() >= SUSPICIONS_MAX && !record.roles.suspicious {
            let roles = Roles { suspicious: true, ..record.roles };
            self.set_roles(user, roles, out);
        }
    }

    /// Counts something odd against a worker, and against its owner with it.
    pub(super) fn suspect_worker(&mut self, worker: WorkerId, reason: Reason, out: &mut Vec<Event>) {
        let Some(live) = self.state.workers.get(&worker) else { return };
        let record = Arc::clone(&live.record);
        if self.is_trusted(record.owner) {
            return;
        }
        let mut counts = record.counts.clone();
        if !counts.suspicions.add(reason) {
            return;
        }
        if counts.suspicions.total() >= SUSPICIONS_MAX && !record.paused {
            let saved = WorkerRecord { paused: true, counts, ..WorkerRecord::clone(&record) };
            self.emit(Event::WorkerSaved(Arc::new(saved)), out);
        } else {
            self.emit(Event::WorkerCounted { worker, counts }, out);
        }
        self.suspect_user(record.owner, reason, out);
    }

    /// Clears a user and all its workers of suspicion; false if there is no such user. Paused workers stay paused.
    pub fn reset_suspicion(&mut self, user: UserId, out: &mut Vec<Event>) -> bool {
        let Some(record) = self.state.users.get(&user) else { return false };
        let mut cleared = UserRecord::clone(record);
        cleared.counts.suspicions = Suspicions::default();
        cleared.roles.suspicious = false;
        if cleared != **record {
            self.emit(Event::UserSaved(Arc::new(cleared)), out);
        }
        for worker in self.state.workers_of.get(&user).cloned().unwrap_or_default() {
            let Some(live) = self.state.workers.get(&worker) else { continue };
            if live.record.counts.suspicions != Suspicions::default() {
                let mut counts = live.record.counts.clone();
                counts.suspicions = Suspicions::default();
                self.emit(Event::WorkerCounted { worker, counts }, out);
            }
        }
        true
    }

    /// Lets all paused workers of a user go on: it has become trusted.
    pub(super) fn let_workers_go_on(&mut self, user: UserId, out: &mut Vec<Event>) {
        for worker in self.state.workers_of.get(&user).cloned().unwrap_or_default() {
            self.set_paused(worker, false, out);
        }
    }

    /// Looks whether a result came faster than any machine makes it. Less than a second is taken for one: on so short a time the
    /// clock tells more about the network than about the worker.
    pub(super) fn judge_speed(
        &mut self,
        generation: &GenerationRecord,
        kind: Kind,
        things: u64,
        now: Timestamp,
        out: &mut Vec<Event>,
    ) {
        let micros = now.since(generation.leased).0.max(Span::seconds(1).0).unsigned_abs();
        let fastest = match kind {
            Kind::Image => IMAGE_FASTEST_PER_SECOND,
            Kind::Text => self.fastest_scribe(&generation.model),
            // A form may be a glance at a cache.
            Kind::Alchemy => return,
        };
        if u128::from(things) * 1_000_000 > u128::from(fastest) * u128::from(micros) {
            self.suspect_worker(generation.worker, Reason::UnreasonablyFast, out);
        }
    }

    /// Tells the tokens a second that nobody exceeds with a model.
    fn fastest_scribe(&self, model: &str) -> u64 {
        let Some(known) = self.settings.models.text(model) else { return TEXT_FASTEST_PER_SECOND };
        let by_size = TEXT_FASTEST_BY_PARAMETERS.iter().find(|(from, _)| known.parameters >= *from);
        let experts = if model.contains("8x") { TEXT_FASTEST_EXPERTS } else { 1 };
        by_size.map_or(TEXT_FASTEST_PER_SECOND, |(_, fastest)| TEXT_FASTEST_PER_SECOND.min(fastest * experts))
    }
}
