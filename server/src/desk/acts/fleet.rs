//! Acts and reads about workers, teams and messages. What moderators do to those of others is written down with it.

use std::sync::Arc;

use serde_json::{Value, json};
use throng_domain::desk::answer::{
    MessageFilter, NewMessage, NewTeam, TeamEdit, TeamEdited, TeamView, WorkerDeleted, WorkerEdit, WorkerEdited,
};
use throng_domain::desk::moderation::Act;
use throng_domain::desk::restore::{MessageRecord, TeamRecord};
use throng_domain::refusal::{MessageRefusal, TeamRefusal, WorkerEditRefusal};
use throng_domain::suspicion::Reason;
use throng_domain::{MessageId, TeamId, UserId, WorkerId};

use super::Acted;
use crate::desk::{DeskHandle, Turn, Unavailable};

/// Who owns a worker.
fn owner(turn: &mut Turn<'_>, worker: WorkerId) -> Option<UserId> {
    turn.desk.worker(worker, turn.now).map(|view| view.owner.id)
}

impl DeskHandle {
    /// Changes a worker as its owner or a moderator wishes.
    pub async fn edit_worker(
        &self,
        caller: UserId,
        worker: WorkerId,
        edit: WorkerEdit,
        details: Value,
    ) -> Acted<WorkerEdited, WorkerEditRefusal> {
        self.act(move |turn| {
            let owner = owner(turn, worker);
            let edited = turn.desk.edit_worker(caller, worker, &edit, turn.events)?;
            // Only moderators pause, their own workers too.
            if owner != Some(caller) || edit.paused.is_some() {
                turn.note(caller, Act::WorkerEdit, worker, owner, details);
            }
            Ok(edited)
        })
        .await
    }

    /// Deletes a worker that nothing speaks of any more.
    pub async fn delete_worker(&self, caller: UserId, worker: WorkerId) -> Acted<WorkerDeleted, WorkerEditRefusal> {
        self.act(move |turn| {
            let owner = owner(turn, worker);
            let deleted = turn.desk.delete_worker(caller, worker, turn.events)?;
            if owner != Some(caller) {
                turn.note(caller, Act::WorkerDelete, worker, owner, json!({"name": &*deleted.name}));
            }
            Ok(deleted)
        })
        .await
    }

    /// Founds a team.
    pub async fn found_team(&self, caller: UserId, new: NewTeam) -> Acted<Arc<TeamRecord>, TeamRefusal> {
        self.act(move |turn| turn.desk.found_team(caller, &new, turn.now, &mut turn.ids, turn.events)).await
    }

    /// Changes a team.
    pub async fn edit_team(
        &self,
        caller: UserId,
        team: TeamId,
        edit: TeamEdit,
        details: Value,
    ) -> Acted<TeamEdited, TeamRefusal> {
        self.act(move |turn| {
            let edited = turn.desk.edit_team(caller, team, &edit, turn.events)?;
            let founder = turn.desk.team(team, turn.now).map(|view| view.record.owner);
            if founder != Some(caller) {
                turn.note(caller, Act::TeamEdit, team, founder, details);
            }
            Ok(edited)
        })
        .await
    }

    /// Dissolves a team.
    pub async fn dissolve_team(&self, caller: UserId, team: TeamId) -> Acted<Arc<TeamRecord>, TeamRefusal> {
        self.act(move |turn| {
            let gone = turn.desk.dissolve_team(caller, team, turn.events)?;
            if gone.owner != caller {
                turn.note(caller, Act::TeamDissolve, team, Some(gone.owner), json!({"name": &*gone.name}));
            }
            Ok(gone)
        })
        .await
    }

    /// Tells about a team.
    pub async fn team(&self, team: TeamId) -> Result<Option<TeamView>, Unavailable> {
        self.turn(move |turn| turn.desk.team(team, turn.now)).await
    }

    /// Lists all teams.
    pub async fn teams(&self) -> Result<Vec<TeamView>, Unavailable> {
        self.turn(|turn| turn.desk.teams(turn.now)).await
    }

    /// Sends a message to a worker, or to all.
    pub async fn send_message(&self, caller: UserId, new: NewMessage) -> Acted<Arc<MessageRecord>, MessageRefusal> {
        self.act(move |turn| {
            let sent = turn.desk.send_message(caller, &new, turn.now, &mut turn.ids, turn.events)?;
            let owner = sent.worker.and_then(|worker| owner(turn, worker));
            if owner != Some(caller) {
                let target = sent.worker.map_or_else(|| "all".to_owned(), |worker| worker.to_string());
                let details = json!({"id": sent.id.to_string(), "origin": &*sent.origin, "message": &*sent.text});
                turn.note(caller, Act::MessageSend, target, owner, details);
            }
            Ok(sent)
        })
        .await
    }

    /// Takes a message back.
    pub async fn delete_message(&self, caller: UserId, message: MessageId) -> Acted<(), MessageRefusal> {
        self.act(move |turn| {
            let author = turn.desk.message(message).map(|found| found.author);
            turn.desk.delete_message(caller, message, turn.events)?;
            if author != Some(caller) {
                turn.note(caller, Act::MessageDelete, message, author, json!({}));
            }
            Ok(())
        })
        .await
    }

    /// Finds a message.
    pub async fn message(&self, message: MessageId) -> Result<Option<Arc<MessageRecord>>, Unavailable> {
        self.read(move |desk| desk.message(message)).await
    }

    /// Lists messages.
    pub async fn messages(
        &self,
        caller: UserId,
        filter: MessageFilter,
    ) -> Acted<Vec<Arc<MessageRecord>>, MessageRefusal> {
        self.act(move |turn| turn.desk.messages(caller, filter, turn.now)).await
    }

    /// Counts something odd against a user.
    pub async fn suspect_user(&self, user: UserId, reason: Reason) -> Result<(), Unavailable> {
        self.turn(move |turn| turn.desk.suspect_user(user, reason, turn.events)).await
    }
}
