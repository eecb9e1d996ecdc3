//! Applies what happens to workers that go, to teams and to messages.

use std::sync::Arc;

use crate::desk::Desk;
use crate::desk::events::Event;
use crate::desk::restore::{MessageRecord, TeamCounts, TeamRecord};
use crate::id::{MessageId, TeamId, WorkerId};

impl Desk {
    pub(super) fn delete_worker_record(&mut self, id: WorkerId) {
        let state = &mut self.state;
        let Some(live) = state.workers.remove(&id) else { return };
        state.names.remove(&live.record.name);
        if let Some(workers) = state.workers_of.get_mut(&live.record.owner) {
            workers.retain(|worker| *worker != id);
            if workers.is_empty() {
                state.workers_of.remove(&live.record.owner);
            }
        }
    }

    pub(super) fn save_team(&mut self, team: &Arc<TeamRecord>) {
        self.state.teams.insert(team.id, Arc::clone(team));
    }

    pub(super) fn save_team_counts(&mut self, team: TeamId, counts: TeamCounts) {
        if let Some(record) = self.state.teams.get_mut(&team) {
            Arc::make_mut(record).counts = counts;
        }
    }

    pub(super) fn save_message(&mut self, message: &Arc<MessageRecord>) {
        self.state.messages_for.entry(message.worker).or_default().insert(message.id);
        self.state.messages.insert(message.id, Arc::clone(message));
    }

    pub(super) fn forget_message(&mut self, id: MessageId) {
        let state = &mut self.state;
        let Some(message) = state.messages.remove(&id) else { return };
        if let Some(messages) = state.messages_for.get_mut(&message.worker) {
            messages.remove(&id);
            if messages.is_empty() {
                state.messages_for.remove(&message.worker);
            }
        }
    }

    /// Saves a team's counts after a change to them; none is nobody's.
    pub(in crate::desk) fn count_team(
        &mut self,
        team: Option<TeamId>,
        out: &mut Vec<Event>,
        change: impl FnOnce(&mut TeamCounts),
    ) {
        let Some(record) = team.and_then(|team| self.state.teams.get(&team)) else { return };
        let (team, mut counts) = (record.id, record.counts);
        change(&mut counts);
        self.emit(Event::TeamCounted { team, counts }, out);
    }
}
