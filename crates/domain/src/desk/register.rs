//! A user registers. Proving who somebody is, and making keys, is not here.

use std::sync::Arc;

use crate::desk::Desk;
use crate::desk::answer::Register;
use crate::desk::events::Event;
use crate::desk::restore::{KeyHash, UserCounts, UserProfile, UserRecord};
use crate::id::UserId;
use crate::limits::{CONCURRENCY, CONCURRENCY_ANONYMOUS, USER_NAME_CHARS_MAX};
use crate::refusal::RegisterRefusal;
use crate::request::Name;
use crate::standing::{Identity, Roles};
use crate::time::Timestamp;

/// Makes the record of the shared account.
pub(super) fn anonymous(key: KeyHash, now: Timestamp) -> UserRecord {
    UserRecord {
        id: UserId::ANONYMOUS,
        name: Name::from("Anonymous"),
        identity: Identity::Anonymous,
        key,
        created: now,
        roles: Roles::default(),
        concurrency: CONCURRENCY_ANONYMOUS,
        worker_invited: 0,
        public_workers: true,
        profile: UserProfile::default(),
        counts: UserCounts::default(),
    }
}

impl Desk {
    /// Registers a user with the next free number.
    pub fn register(
        &mut self,
        register: &Register,
        now: Timestamp,
        out: &mut Vec<Event>,
    ) -> Result<UserId, RegisterRefusal> {
        let chars = register.name.chars().count();
        if chars == 0 || chars > USER_NAME_CHARS_MAX {
            return Err(RegisterRefusal::NameLength);
        }
        if self.state.keys.contains_key(&register.key) {
            return Err(RegisterRefusal::KeyTaken);
        }
        let last = self.state.users.last_key_value().map_or(UserId::ANONYMOUS, |(id, _)| *id);
        let id = UserId(last.0 + 1);
        let user = UserRecord {
            id,
            name: register.name.clone(),
            identity: register.identity,
            key: register.key,
            created: now,
            roles: Roles::default(),
            concurrency: CONCURRENCY,
            worker_invited: 0,
            public_workers: false,
            profile: UserProfile::default(),
            counts: UserCounts::default(),
        };
        self.emit(Event::UserSaved(Arc::new(user)), out);
        Ok(id)
    }

    /// Gives a user another key; the one it had opens nothing any more. False if there is no such user, or somebody has that key.
    pub fn change_key(&mut self, user: UserId, key: KeyHash, out: &mut Vec<Event>) -> bool {
        let Some(record) = self.present(user).filter(|_| !user.is_anonymous()) else { return false };
        if self.state.keys.contains_key(&key) {
            return false;
        }
        let changed = UserRecord { key, ..UserRecord::clone(record) };
        self.emit(Event::UserSaved(Arc::new(changed)), out);
        true
    }

    /// Changes a user's roles; false if there is no such user or it is the anonymous one, which can have none.
    pub fn set_roles(&mut self, user: UserId, roles: Roles, out: &mut Vec<Event>) -> bool {
        let Some(record) = self.state.users.get(&user).filter(|_| !user.is_anonymous()) else {
            return false;
        };
        // The trusted are beyond suspicion.
        let becomes_trusted = roles.trusted && !record.roles.trusted;
        let roles = Roles { suspicious: roles.suspicious && !roles.trusted, ..roles };
        let changed = UserRecord { roles, ..UserRecord::clone(record) };
        self.emit(Event::UserSaved(Arc::new(changed)), out);
        if becomes_trusted {
            self.let_workers_go_on(user, out);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::{START, open_desk, register, settings};

    #[test]
    fn a_new_key_takes_the_place_of_the_old_one() {
        let mut out = Vec::new();
        let mut desk = open_desk(&mut out);
        let (ada, bob) = (register(&mut desk, "ada", START, &mut out), register(&mut desk, "bob", START, &mut out));
        let (old, new) = (desk.user(ada).expect("ada").record.key, KeyHash([9; 32]));
        assert!(desk.change_key(ada, new, &mut out));
        assert_eq!((desk.user_by_key(&old), desk.user_by_key(&new)), (None, Some(ada)));
        assert!(!desk.change_key(bob, new, &mut out), "it is another's");
        for nobody in [UserId::ANONYMOUS, UserId(99)] {
            assert!(!desk.change_key(nobody, KeyHash([8; 32]), &mut out), "{nobody}");
        }
        assert_eq!(Desk::replay(settings(), out).records(), desk.records());
    }
}
