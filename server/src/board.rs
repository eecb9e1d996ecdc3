//! What many calls need to know of the desk without a turn at it: which modes are on, whose prompts are rewritten, and from whom many
//! calls are welcome. It shows only what is durable. The desk decides by its own state all the same.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};

use throng_domain::desk::modes::Modes;
use throng_domain::desk::restore::{Records, UserRecord};
use throng_domain::{Event, UserId};

/// The board. Cheap to clone: all clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Board(Arc<RwLock<Posted>>);

#[derive(Debug, Default)]
struct Posted {
    modes: Modes,
    flagged: HashSet<UserId>,
    esteemed: HashSet<UserId>,
}

impl Posted {
    fn put(&mut self, user: &UserRecord) {
        let roles = user.roles;
        let esteemed = roles.trusted || roles.service || roles.education;
        for (is, all) in [(roles.flagged, &mut self.flagged), (esteemed, &mut self.esteemed)] {
            if is {
                all.insert(user.id);
            } else {
                all.remove(&user.id);
            }
        }
    }
}

impl Board {
    /// Tells which modes are on.
    pub fn modes(&self) -> Modes {
        self.0.read().unwrap_or_else(PoisonError::into_inner).modes
    }

    /// Tells whether a user is flagged.
    pub fn is_flagged(&self, user: UserId) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).flagged.contains(&user)
    }

    /// Tells whether many calls are welcome from where a user asks: the trusted, services and schools.
    pub fn is_esteemed(&self, user: UserId) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).esteemed.contains(&user)
    }

    /// Forgets everything and shows these records.
    pub(crate) fn fill(&self, records: &Records) {
        let mut posted = Posted { modes: records.modes, ..Posted::default() };
        records.users.iter().for_each(|user| posted.put(user));
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = posted;
    }

    /// Learns from events that are durable.
    pub(crate) fn learn(&self, events: &[Event]) {
        let matters = |event: &&Event| matches!(event, Event::UserSaved(_) | Event::ModesSet(_));
        let mut news = events.iter().filter(matters).peekable();
        if news.peek().is_none() {
            return;
        }
        let mut posted = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for event in news {
            match event {
                Event::UserSaved(user) => posted.put(user),
                Event::ModesSet(modes) => posted.modes = *modes,
                _ => {}
            }
        }
    }
}
