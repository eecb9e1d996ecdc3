//! Teams are founded, changed and dissolved. Joining one is a change to a worker (`worker.rs`). What a team has done is counted where its
//! workers earn (`submit.rs`, `check_in.rs`), in the same batch: so it is exact whoever joins, leaves or crashes, and needs no history of
//! who was a member when.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::desk::Desk;
use crate::desk::answer::{NewTeam, Said, TeamEdit, TeamEdited, TeamView};
use crate::desk::events::Event;
use crate::desk::restore::{TeamCounts, TeamRecord, WorkerRecord};
use crate::id::{Ids, TeamId, UserId, WorkerId};
use crate::limits::TEAMS_PER_FOUNDER_MAX;
use crate::refusal::TeamRefusal as R;
use crate::time::Timestamp;

impl Desk {
    /// Founds a team.
    pub fn found_team(
        &mut self,
        caller: UserId,
        new: &NewTeam,
        now: Timestamp,
        ids: &mut dyn Ids,
        out: &mut Vec<Event>,
    ) -> Result<Arc<TeamRecord>, R> {
        let user = self.state.users.get(&caller).ok_or(R::UnknownUser)?;
        allow(!caller.is_anonymous(), R::AnonForbidden)?;
        allow(user.roles.trusted, R::Untrusted)?;
        self.free_team_name(&new.name, None)?;
        allow(new.info.as_ref().is_none_or(|info| !info.foul), R::FoulInfo)?;
        let founded = self.state.teams.values().filter(|team| team.owner == caller).count();
        allow(founded < TEAMS_PER_FOUNDER_MAX, R::TooMany { limit: TEAMS_PER_FOUNDER_MAX })?;
        let team = Arc::new(TeamRecord {
            id: TeamId(ids.uuid(now)),
            owner: caller,
            name: Arc::clone(&new.name.text),
            info: new.info.as_ref().map(|info| Arc::clone(&info.text)),
            created: now,
            counts: TeamCounts::default(),
        });
        self.emit(Event::TeamSaved(Arc::clone(&team)), out);
        Ok(team)
    }

    /// Changes a team as its founder or a moderator wishes.
    pub fn edit_team(
        &mut self,
        caller: UserId,
        team: TeamId,
        edit: &TeamEdit,
        out: &mut Vec<Event>,
    ) -> Result<TeamEdited, R> {
        let (team, may) = self.team_in_hand(caller, team)?;
        let mut record = TeamRecord::clone(&team);
        if let Some(info) = &edit.info {
            allow(may, R::NotOwner)?;
            allow(!info.foul, R::FoulInfo)?;
            record.info = Some(Arc::clone(&info.text));
        }
        if let Some(name) = &edit.name {
            allow(may, R::NotModerator)?;
            self.free_team_name(name, Some(team.id))?;
            record.name = Arc::clone(&name.text);
        }
        allow(edit.info.is_some() || edit.name.is_some(), R::Nothing)?;
        let edited = TeamEdited {
            id: team.id,
            name: edit.name.as_ref().map(|name| Arc::clone(&name.text)),
            info: edit.info.as_ref().map(|info| Arc::clone(&info.text)),
        };
        if record != *team {
            self.emit(Event::TeamSaved(Arc::new(record)), out);
        }
        Ok(edited)
    }

    /// Dissolves a team: its workers leave it first.
    pub fn dissolve_team(&mut self, caller: UserId, team: TeamId, out: &mut Vec<Event>) -> Result<Arc<TeamRecord>, R> {
        let (team, may) = self.team_in_hand(caller, team)?;
        allow(may, R::NotModerator)?;
        for worker in self.members(team.id) {
            self.change_worker(worker, out, |record| record.team = None);
        }
        self.emit(Event::TeamDeleted(team.id), out);
        Ok(team)
    }

    /// Finds a team, and tells whether the caller may change it.
    fn team_in_hand(&self, caller: UserId, team: TeamId) -> Result<(Arc<TeamRecord>, bool), R> {
        let user = self.state.users.get(&caller).ok_or(R::UnknownUser)?;
        let team = self.state.teams.get(&team).ok_or(R::NotFound)?;
        let may = !caller.is_anonymous() && (team.owner == caller || user.roles.moderator);
        Ok((Arc::clone(team), may))
    }

    fn free_team_name(&self, name: &Said, own: Option<TeamId>) -> Result<(), R> {
        let lowered = name.text.to_lowercase();
        let is_taken = |team: &&Arc<TeamRecord>| Some(team.id) != own && team.name.to_lowercase() == lowered;
        allow(!self.state.teams.values().any(|team| is_taken(&team)), R::NameTaken)?;
        allow(!name.foul, R::FoulName)
    }

    fn members(&self, team: TeamId) -> Vec<WorkerId> {
        let mut members: Vec<WorkerId> = self
            .state
            .workers
            .values()
            .filter(|live| live.record.team == Some(team))
            .map(|live| live.record.id)
            .collect();
        members.sort();
        members
    }

    /// Tells about a team.
    pub fn team(&self, team: TeamId, now: Timestamp) -> Option<TeamView> {
        let record = self.state.teams.get(&team)?;
        let workers = self.members(team).into_iter().filter_map(|id| self.member(id, now)).collect();
        self.team_view(record, workers)
    }

    /// Lists all teams in the order they were founded.
    pub fn teams(&self, now: Timestamp) -> Vec<TeamView> {
        let mut members = BTreeMap::<TeamId, Vec<(Arc<WorkerRecord>, bool)>>::new();
        for live in self.state.workers.values() {
            if let Some(team) = live.record.team {
                members.entry(team).or_default().push((Arc::clone(&live.record), live.is_online(now)));
            }
        }
        let teams = self.state.teams.values();
        teams.filter_map(|team| self.team_view(team, members.remove(&team.id).unwrap_or_default())).collect()
    }

    fn member(&self, worker: WorkerId, now: Timestamp) -> Option<(Arc<WorkerRecord>, bool)> {
        let live = self.state.workers.get(&worker)?;
        Some((Arc::clone(&live.record), live.is_online(now)))
    }

    fn team_view(&self, record: &Arc<TeamRecord>, mut workers: Vec<(Arc<WorkerRecord>, bool)>) -> Option<TeamView> {
        workers.sort_by_key(|(worker, _)| (worker.created, worker.id));
        let owner = Arc::clone(self.state.users.get(&record.owner)?);
        Some(TeamView { record: Arc::clone(record), owner, workers })
    }
}

fn allow(yes: bool, refusal: R) -> Result<(), R> {
    if yes { Ok(()) } else { Err(refusal) }
}
