//! Whose key is it: the hashes of all keys and passkeys, in memory, so that recognising a caller costs neither a query nor a turn at the desk.
//! Not here: what the caller may do (the desk), how a key is hashed (`secret.rs`).

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use throng_domain::desk::restore::{KeyHash, UserRecord};
use throng_domain::{Event, UserId};

/// All keys that are durable. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct KeyRing(Arc<RwLock<Ring>>);

#[derive(Debug, Default)]
struct Ring {
    users: HashMap<KeyHash, UserId>,
    keys: HashMap<UserId, KeyHash>,
    /// Only of those whose passkey holds.
    passkeys: HashMap<UserId, KeyHash>,
    services: HashMap<KeyHash, UserId>,
}

impl Ring {
    fn put(&mut self, user: &UserRecord) {
        // A user who got a new key loses the old one.
        if let Some(old) = self.keys.insert(user.id, user.key)
            && old != user.key
        {
            self.users.remove(&old);
        }
        self.users.insert(user.key, user.id);
        if let Some(old) = self.passkeys.remove(&user.id) {
            self.services.remove(&old);
        }
        let roles = user.roles;
        let holds = roles.service && !roles.flagged && !roles.deleted;
        if let Some(passkey) = user.profile.passkey.filter(|_| holds) {
            self.passkeys.insert(user.id, passkey.hash);
            self.services.insert(passkey.hash, user.id);
        }
    }
}

impl KeyRing {
    /// Finds whose key it is.
    pub fn find(&self, key: &KeyHash) -> Option<UserId> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).users.get(key).copied()
    }

    /// Finds the service account whose passkey it is.
    pub fn service(&self, passkey: &KeyHash) -> Option<UserId> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).services.get(passkey).copied()
    }

    /// Forgets everything and learns these users.
    pub(crate) fn fill<'a>(&self, users: impl IntoIterator<Item = &'a UserRecord>) {
        let mut ring = Ring::default();
        for user in users {
            ring.put(user);
        }
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = ring;
    }

    /// Learns from events that are durable.
    pub(crate) fn learn(&self, events: &[Event]) {
        let mut users = events.iter().filter_map(|event| match event {
            Event::UserSaved(user) => Some(user),
            _ => None,
        });
        if let Some(first) = users.next() {
            let mut ring = self.0.write().unwrap_or_else(PoisonError::into_inner);
            ring.put(first);
            users.for_each(|user| ring.put(user));
        }
    }
}
