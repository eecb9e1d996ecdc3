//! A user leaves: first the account is marked as deleted, which can be taken back; later it is wiped, which cannot. The books keep its
//! number for ever.

use std::sync::Arc;

use crate::desk::Desk;
use crate::desk::answer::Authority;
use crate::desk::events::Event;
use crate::desk::restore::{KeyHash, UserProfile, UserRecord};
use crate::id::UserId;
use crate::limits::WIPE_AFTER;
use crate::refusal::LeaveRefusal;
use crate::request::Name;
use crate::standing::Roles;
use crate::time::Timestamp;

/// What stands where a name stood.
const WIPED: &str = "<wiped>";

impl Desk {
    /// Marks an account as deleted; wipes it if it is. `lock` is a hash that no key has: a wiped account's key opens nothing.
    pub fn leave(
        &mut self,
        by: Authority,
        user: UserId,
        lock: KeyHash,
        now: Timestamp,
        out: &mut Vec<Event>,
    ) -> Result<(), LeaveRefusal> {
        use LeaveRefusal as R;
        self.present(by.caller).ok_or(R::UnknownCaller)?;
        let record = self.present(user).map(Arc::clone).ok_or(R::NotFound)?;
        if by.caller.is_anonymous() || user.is_anonymous() {
            return Err(R::Anonymous);
        }
        if record.roles.moderator {
            return Err(R::Moderator);
        }
        if by.caller != user && !self.is_moderator(by) {
            return Err(R::NotUserOrModerator);
        }
        if !record.roles.deleted {
            let roles = Roles { deleted: true, ..record.roles };
            self.emit(Event::UserSaved(Arc::new(UserRecord { roles, ..UserRecord::clone(&record) })), out);
            return Ok(());
        }
        if now.since(record.profile.active.unwrap_or(record.created)) < WIPE_AFTER {
            return Err(R::Active);
        }
        self.wipe(&record, lock, out);
        Ok(())
    }

    fn wipe(&mut self, user: &UserRecord, lock: KeyHash, out: &mut Vec<Event>) {
        for key in self.state.shared_keys_of.get(&user.id).cloned().unwrap_or_default() {
            self.emit(Event::SharedKeyForgotten(key), out);
        }
        // Workers keep their ids, because books and results name them; nothing tells any more whose they were.
        for worker in self.state.workers_of.get(&user.id).cloned().unwrap_or_default() {
            self.change_worker(worker, out, |record| {
                record.name = Name::from(format!("{WIPED} {worker}"));
                record.info = None;
                record.paused = true;
                record.profile.address = Name::from("");
            });
        }
        let wiped = UserRecord {
            name: Name::from(WIPED),
            key: lock,
            roles: Roles { deleted: true, ..Roles::default() },
            public_workers: false,
            profile: UserProfile { wiped: true, active: user.profile.active, ..UserProfile::default() },
            ..user.clone()
        };
        self.emit(Event::UserSaved(Arc::new(wiped)), out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::answer::{Gift, SharedKeyChange, UserEdit};
    use crate::kit::{START, SeededIds, ask, dreamer, open_desk, picture, register, settings};
    use crate::kudos::Kudos;
    use crate::refusal::{AskRefusal, PopRefusal, TransferRefusal};
    use crate::time::Span;

    #[test]
    fn who_leaves_can_come_back_until_wiped() {
        let (mut out, mut ids) = (Vec::new(), SeededIds::new(1));
        let mut desk = open_desk(&mut out);
        let (ada, bob) = (register(&mut desk, "ada", START, &mut out), register(&mut desk, "bob", START, &mut out));
        let own = Authority { caller: ada, admin: false };
        let lock = |byte| KeyHash([byte; 32]);
        desk.pop(&dreamer(ada, "rig"), START, &mut ids, &mut out).expect("a worker");
        desk.make_shared_key(ada, &SharedKeyChange::default(), None, START, &mut ids, &mut out).expect("a key");
        assert!(desk.grant(bob, Kudos::whole(100), START, &mut ids, &mut out));

        let stranger = Authority { caller: bob, admin: false };
        assert_eq!(desk.leave(stranger, ada, lock(1), START, &mut out), Err(LeaveRefusal::NotUserOrModerator));
        desk.leave(own, ada, lock(1), START, &mut out).expect("deleted");
        let asked = desk.ask(&ask(picture(ada, 1)), START, &mut ids, &mut out);
        assert_eq!(asked, Err(AskRefusal::DeletedUser));
        assert_eq!(desk.pop(&dreamer(ada, "rig"), START, &mut ids, &mut out), Err(PopRefusal::DeletedUser));
        let gift = Gift::new(bob, ada, Kudos::whole(1));
        assert_eq!(desk.transfer(&gift, START, &mut ids, &mut out), Err(TransferRefusal::DeletedUser));

        let undelete = UserEdit { undelete: true, ..UserEdit::default() };
        desk.edit_user(own, ada, &undelete, None, START, &mut ids, &mut out).expect("back");
        desk.leave(own, ada, lock(1), START, &mut out).expect("deleted again");
        assert_eq!(desk.leave(own, ada, lock(1), START, &mut out), Err(LeaveRefusal::Active));
        desk.leave(own, ada, lock(1), START + WIPE_AFTER, &mut out).expect("wiped");
        assert_eq!(desk.user(ada), None);
        assert!(desk.users(false, 0, 25).iter().all(|user| user.record.id != ada));
        assert_eq!(desk.transfer(&gift, START, &mut ids, &mut out), Err(TransferRefusal::InvalidTarget));
        assert_eq!(desk.worker_by_name("rig", START), None);
        assert!(desk.records().shared_keys.is_empty());
        // A second one can be wiped too, and its name is free.
        desk.leave(stranger, bob, lock(2), START, &mut out).expect("deleted");
        desk.leave(stranger, bob, lock(2), START + WIPE_AFTER + Span::seconds(1), &mut out).expect("wiped");
        assert_eq!(desk.audit(), Ok(()));
        assert_eq!(Desk::replay(settings(), out).records(), desk.records());
    }
}
