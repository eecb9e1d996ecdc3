//! Moderators and owners say something to workers. It is repeated with every pop until it expires, because nobody tells that it was read.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::desk::Desk;
use crate::desk::answer::{Message, MessageFilter, NewMessage, Validity};
use crate::desk::events::Event;
use crate::desk::restore::MessageRecord;
use crate::id::{Ids, MessageId, UserId, WorkerId};
use crate::limits::{MESSAGE_KEPT, MESSAGE_LIFE, MESSAGES_PER_AUTHOR_MAX, MESSAGES_PER_PAGE};
use crate::refusal::MessageRefusal as R;
use crate::time::Timestamp;

/// In whose name moderators speak if they do not say.
const OF_MODERATORS: &str = "AI Horde Moderators";

impl Desk {
    /// Sends a message: a moderator to any worker or to all, an owner to its own.
    pub fn send_message(
        &mut self,
        caller: UserId,
        new: &NewMessage,
        now: Timestamp,
        ids: &mut dyn Ids,
        out: &mut Vec<Event>,
    ) -> Result<Arc<MessageRecord>, R> {
        let user = self.state.users.get(&caller).ok_or(R::UnknownUser)?;
        if caller.is_anonymous() {
            return Err(R::AnonForbidden);
        }
        let moderates = user.roles.moderator;
        self.may_speak_to(caller, moderates, new.worker)?;
        if !moderates && self.unexpired_of(caller, now) >= MESSAGES_PER_AUTHOR_MAX {
            return Err(R::TooMany { limit: MESSAGES_PER_AUTHOR_MAX });
        }
        let origin = match (moderates, &new.origin) {
            (true, Some(origin)) => Arc::clone(origin),
            (true, None) => Arc::from(OF_MODERATORS),
            (false, _) => Arc::from(caller.to_string()),
        };
        let message = Arc::new(MessageRecord {
            id: MessageId(ids.uuid(now)),
            worker: new.worker,
            author: caller,
            text: Arc::clone(&new.text),
            origin,
            created: now,
            expires: now + new.life.unwrap_or(MESSAGE_LIFE),
        });
        self.emit(Event::MessageSaved(Arc::clone(&message)), out);
        Ok(message)
    }

    fn may_speak_to(&self, caller: UserId, moderates: bool, worker: Option<WorkerId>) -> Result<(), R> {
        let Some(id) = worker else {
            return if moderates { Ok(()) } else { Err(R::WorkerMissing) };
        };
        let live = self.state.workers.get(&id).ok_or(R::WorkerNotFound(id))?;
        if moderates || live.record.owner == caller { Ok(()) } else { Err(R::NotOwnWorker) }
    }

    fn unexpired_of(&self, author: UserId, now: Timestamp) -> usize {
        let messages = self.state.messages.values();
        messages.filter(|message| message.author == author && message.expires > now).count()
    }

    /// Takes a message back: its author's right, and every moderator's.
    pub fn delete_message(&mut self, caller: UserId, id: MessageId, out: &mut Vec<Event>) -> Result<(), R> {
        let user = self.state.users.get(&caller).ok_or(R::UnknownUser)?;
        let message = self.state.messages.get(&id).ok_or(R::NotFound)?;
        if message.author != caller && !user.roles.moderator {
            return Err(R::Forbidden);
        }
        self.emit(Event::MessageForgotten(id), out);
        Ok(())
    }

    /// Finds a message.
    pub fn message(&self, id: MessageId) -> Option<Arc<MessageRecord>> {
        self.state.messages.get(&id).map(Arc::clone)
    }

    /// Lists messages, the latest first: a moderator sees all of them, others their own and those for all.
    pub fn messages(
        &self,
        caller: UserId,
        filter: MessageFilter,
        now: Timestamp,
    ) -> Result<Vec<Arc<MessageRecord>>, R> {
        let user = self.state.users.get(&caller).ok_or(R::UnknownUser)?;
        let author = if user.roles.moderator { filter.author } else { Some(caller) };
        if author != filter.author && filter.author.is_some() {
            return Err(R::Forbidden);
        }
        let filter = MessageFilter { author, ..filter };
        let holds = |message: &MessageRecord| match filter.validity {
            Validity::Active => message.expires > now,
            Validity::Expired => message.expires <= now,
            Validity::All => true,
        };
        let messages = self.state.messages.values().rev();
        let wanted = messages.filter(|message| filter.wants(message) && holds(message));
        Ok(wanted.skip(filter.skip).take(MESSAGES_PER_PAGE).map(Arc::clone).collect())
    }

    /// Tells what a worker is told at a pop.
    pub(super) fn messages_to(&self, worker: WorkerId, now: Timestamp) -> Vec<Message> {
        let for_all = self.unexpired_for(None, now);
        let told = for_all.chain(self.unexpired_for(Some(worker), now)).map(|message| Message {
            id: message.id.0,
            text: Arc::clone(&message.text),
            origin: Arc::clone(&message.origin),
            expires: message.expires,
        });
        told.collect()
    }

    /// Tells what a worker alone is told.
    pub(super) fn own_messages(&self, worker: WorkerId, now: Timestamp) -> Vec<Arc<MessageRecord>> {
        self.unexpired_for(Some(worker), now).map(Arc::clone).collect()
    }

    fn unexpired_for(
        &self,
        worker: Option<WorkerId>,
        now: Timestamp,
    ) -> impl Iterator<Item = &Arc<MessageRecord>> + use<'_> {
        let ids = self.state.messages_for.get(&worker).into_iter().flatten();
        ids.filter_map(|id| self.state.messages.get(id)).filter(move |message| message.expires > now)
    }

    /// Forgets messages that ended long ago.
    pub(super) fn forget_messages(&mut self, now: Timestamp, out: &mut Vec<Event>) {
        let messages = self.state.messages.values();
        let old: Vec<MessageId> =
            messages.filter(|message| message.expires + MESSAGE_KEPT <= now).map(|message| message.id).collect();
        for message in old {
            self.emit(Event::MessageForgotten(message), out);
        }
    }
}
