//! What owners, moderators and administrators do in the simulation, beside those who ask and make.

use rand::Rng;
use rand::seq::IndexedRandom;
use throng_domain::desk::answer::{
    Authority, NewMessage, NewTeam, Said, SharedKeyChange, TeamChoice, UserEdit, WorkerEdit,
};
use throng_domain::standing::Roles;
use throng_domain::{Kudos, TeamId};

use super::World;

impl World {
    /// Keys are shared and taken back; an administrator gives, takes and trusts.
    pub(super) fn governs(&mut self) {
        let (user, now) = (self.user(), self.now);
        let allowance = Some(Some(Kudos::whole(self.dice.random_range(0..300))));
        let wish = SharedKeyChange { allowance, ..SharedKeyChange::default() };
        match self.dice.random_range(0..4) {
            0 => drop(
                self.keys.choose(&mut self.dice).map(|key| self.desk.delete_shared_key(user, *key, &mut self.batch)),
            ),
            1 => {
                let by = Authority { caller: self.users[1], admin: true };
                let kudos = Some(Kudos::whole(self.dice.random_range(-200..200)));
                let edit = UserEdit { kudos, trusted: Some(self.dice.random_bool(0.3)), ..UserEdit::default() };
                let _ = self.desk.edit_user(by, user, &edit, None, now, &mut self.ids, &mut self.batch);
            }
            _ => {
                let made = self.desk.make_shared_key(user, &wish, None, now, &mut self.ids, &mut self.batch);
                self.keys.extend(made.map(|view| view.record.id));
            }
        }
    }

    /// Somebody founds a team, joins or dissolves one, writes to a worker, renames or deletes one, or clears everybody of suspicion.
    pub(super) fn rallies(&mut self) {
        let caller = self.user();
        let moderator = Roles { moderator: true, trusted: true, ..Roles::default() };
        let Some(worker) = self.workers.choose(&mut self.dice).copied() else { return };
        let (now, number) = (self.now, self.dice.random_range(0..6));
        let said = |text: String| Said { text: text.into(), foul: false };
        let (desk, ids, out) = (&mut self.desk, &mut self.ids, &mut self.batch);
        let teams = desk.teams(now);
        let team = teams.first().map(|view| view.record.id);
        desk.set_roles(self.users[3], moderator, out);
        let (moderator, name) = (self.users[3], said(format!("new name {number} of {worker}")));
        match self.dice.random_range(0..7) {
            0 => drop(desk.found_team(caller, &NewTeam { name, info: None }, now, ids, out)),
            1 if team.is_some() => drop(desk.dissolve_team(moderator, team.unwrap_or(TeamId(worker.0)), out)),
            2 => {
                let new = NewMessage { worker: Some(worker), text: "hello".into(), origin: None, life: None };
                let _ = desk.send_message(caller, &new, now, ids, out);
            }
            3 => {
                let _ = desk.delete_worker(moderator, worker, out);
            }
            4 => {
                let edit = WorkerEdit { name: Some(name), ..WorkerEdit::default() };
                let _ = desk.edit_worker(moderator, worker, &edit, out);
            }
            5 => {
                for user in &self.users {
                    desk.reset_suspicion(*user, out);
                }
            }
            _ => {
                let choice = team.map_or(TeamChoice::Leave, TeamChoice::Join);
                let edit = WorkerEdit { team: Some(choice), ..WorkerEdit::default() };
                let _ = desk.edit_worker(moderator, worker, &edit, out);
            }
        }
    }
}
