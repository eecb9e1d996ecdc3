//! Its owner or a moderator changes a worker, or deletes it. All of a change happens, or nothing of it.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::desk::Desk;
use crate::desk::answer::{Said, TeamChoice, WorkerDeleted, WorkerEdit, WorkerEdited};
use crate::desk::events::Event;
use crate::desk::restore::{UserRecord, WorkerRecord};
use crate::id::{TeamId, UserId, WorkerId};
use crate::limits::MAINTENANCE_CHARS_MAX;
use crate::refusal::WorkerEditRefusal as R;
use crate::request::Name;
use crate::suspicion::Reason;

/// What a worker in maintenance is told. Old workers look for the words "maintenance mode".
const IN_MAINTENANCE: &str = "This worker has been put into maintenance mode by its owner";

/// Who wants to change which worker.
struct Hand {
    user: Arc<UserRecord>,
    worker: Arc<WorkerRecord>,
}

impl Hand {
    fn is_owner(&self) -> bool {
        self.worker.owner == self.user.id
    }

    fn may(&self) -> bool {
        self.is_owner() || self.user.roles.moderator
    }
}

impl Desk {
    /// Changes a worker as its owner or a moderator wishes. Foul words are refused, and counted against the owner who tried them.
    pub fn edit_worker(
        &mut self,
        caller: UserId,
        worker: WorkerId,
        edit: &WorkerEdit,
        out: &mut Vec<Event>,
    ) -> Result<WorkerEdited, R> {
        let hand = self.hand(caller, worker)?;
        match self.edited(&hand, edit) {
            Ok((record, edited)) => {
                if record != *hand.worker {
                    self.emit(Event::WorkerSaved(Arc::new(record)), out);
                }
                Ok(edited)
            }
            Err(refusal) => {
                if matches!(refusal, R::FoulInfo | R::FoulName) && hand.is_owner() {
                    self.suspect_worker(worker, Reason::WorkerProfanity, out);
                }
                Err(refusal)
            }
        }
    }

    fn hand(&self, caller: UserId, worker: WorkerId) -> Result<Hand, R> {
        let user = Arc::clone(self.state.users.get(&caller).ok_or(R::UnknownUser)?);
        if caller.is_anonymous() {
            return Err(R::AnonForbidden);
        }
        let worker = Arc::clone(&self.state.workers.get(&worker).ok_or(R::NotFound)?.record);
        Ok(Hand { user, worker })
    }

    /// Works out what a worker becomes.
    fn edited(&self, hand: &Hand, edit: &WorkerEdit) -> Result<(WorkerRecord, WorkerEdited), R> {
        let mut record = WorkerRecord::clone(&hand.worker);
        let mut edited = WorkerEdited::default();
        if let Some(maintenance) = edit.maintenance {
            allow(hand.may(), R::NotOwner)?;
            record.maintenance = maintenance.then(|| in_maintenance(edit.maintenance_message.as_deref()));
            edited.maintenance = Some(maintenance);
        }
        if let Some(paused) = edit.paused {
            allow(hand.user.roles.moderator, R::NotModerator)?;
            record.paused = paused;
            edited.paused = Some(paused);
        }
        if let Some(info) = &edit.info {
            allow(hand.may(), R::NotOwner)?;
            allow(!info.foul, R::FoulInfo)?;
            record.info = (!info.text.is_empty()).then(|| Arc::clone(&info.text));
            edited.info = Some(Arc::clone(&info.text));
        }
        if let Some(name) = &edit.name {
            allow(hand.may(), R::NotModerator)?;
            record.name = self.free_name(name, &hand.worker)?;
            edited.name = Some(record.name.clone());
        }
        if let Some(choice) = edit.team {
            allow(hand.may(), R::NotModerator)?;
            let team = self.chosen_team(choice)?;
            record.team = team.as_ref().map(|(id, _)| *id);
            edited.team = Some(team.map_or_else(|| Name::from(""), |(_, name)| name));
        }
        if edited == WorkerEdited::default() {
            return Err(R::Nothing);
        }
        Ok((record, edited))
    }

    fn free_name(&self, name: &Said, worker: &WorkerRecord) -> Result<Name, R> {
        allow(!name.foul, R::FoulName)?;
        let taken = self.state.names.get(&name.text).is_some_and(|other| *other != worker.id);
        allow(!taken, R::NameTaken)?;
        Ok(Arc::clone(&name.text))
    }

    fn chosen_team(&self, choice: TeamChoice) -> Result<Option<(TeamId, Name)>, R> {
        match choice {
            TeamChoice::Leave => Ok(None),
            TeamChoice::Unknown => Err(R::TeamNotFound),
            TeamChoice::Join(team) => {
                let team = self.state.teams.get(&team).ok_or(R::TeamNotFound)?;
                Ok(Some((team.id, team.name.clone())))
            }
        }
    }

    /// Deletes a worker that nothing speaks of any more: no generation of a request that is still known, and no request meant for it.
    pub fn delete_worker(
        &mut self,
        caller: UserId,
        worker: WorkerId,
        out: &mut Vec<Event>,
    ) -> Result<WorkerDeleted, R> {
        let hand = self.hand(caller, worker)?;
        allow(hand.may(), R::NotModerator)?;
        allow(!self.is_spoken_of(worker), R::Locked)?;
        let messages = self.state.messages_for.get(&Some(worker)).cloned().unwrap_or_default();
        for message in messages {
            self.emit(Event::MessageForgotten(message), out);
        }
        self.emit(Event::WorkerDeleted(worker), out);
        Ok(WorkerDeleted { id: worker, name: hand.worker.name.clone() })
    }

    /// Tells whether a generation or a request names a worker.
    fn is_spoken_of(&self, worker: WorkerId) -> bool {
        let generations = &self.state.generations;
        generations.values().any(|generation| generation.worker == worker)
            || self.state.requests.values().any(|live| {
                live.record.request.targeting.as_ref().is_some_and(|targeting| targeting.workers.contains(&worker))
            })
    }

    /// Puts a worker into maintenance with a message, or takes it out; false if there is no such worker.
    pub fn set_maintenance(&mut self, worker: WorkerId, message: Option<Arc<str>>, out: &mut Vec<Event>) -> bool {
        self.change_worker(worker, out, |record| record.maintenance = message)
    }

    /// Pauses a worker, or lets it go on; false if there is no such worker.
    pub fn set_paused(&mut self, worker: WorkerId, paused: bool, out: &mut Vec<Event>) -> bool {
        self.change_worker(worker, out, |record| record.paused = paused)
    }

    pub(super) fn change_worker(
        &mut self,
        worker: WorkerId,
        out: &mut Vec<Event>,
        change: impl FnOnce(&mut WorkerRecord),
    ) -> bool {
        let Some(live) = self.state.workers.get(&worker) else { return false };
        let mut record = WorkerRecord::clone(&live.record);
        change(&mut record);
        if record != *live.record {
            self.emit(Event::WorkerSaved(Arc::new(record)), out);
        }
        true
    }
}

fn allow(yes: bool, refusal: R) -> Result<(), R> {
    if yes { Ok(()) } else { Err(refusal) }
}

/// What a worker in maintenance is told: the owner's words behind those that workers look for.
fn in_maintenance(message: Option<&str>) -> Arc<str> {
    let message = message.map(str::trim).filter(|message| !message.is_empty());
    let told = match message {
        Some(message) if message.contains("maintenance mode") => message.to_owned(),
        Some(message) => format!("{IN_MAINTENANCE}: {message}"),
        None => format!("{IN_MAINTENANCE}."),
    };
    told.chars().take(MAINTENANCE_CHARS_MAX).collect::<String>().into()
}
