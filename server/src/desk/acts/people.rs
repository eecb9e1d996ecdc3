//! The acts about people: gifts and awards, changes to users, shared keys. What moderators do to others is written down with it.

use serde_json::{Value, json};
use throng_domain::desk::answer::{
    Authority, Gift, Recipient, SharedKeyChange, SharedKeyView, Transferred, UserEdit, UserView,
};
use throng_domain::desk::moderation::Act;
use throng_domain::desk::restore::KeyHash;
use throng_domain::refusal::{AwardRefusal, EditRefusal, LeaveRefusal, SharedKeyRefusal, TransferRefusal};
use throng_domain::{SharedKeyId, UserId};
use uuid::Uuid;

use super::{Acted, DeskHandle, Unavailable};

impl DeskHandle {
    /// Moves kudos from user to user.
    pub async fn transfer(&self, gift: Gift) -> Acted<Transferred, TransferRefusal> {
        self.act(move |turn| turn.desk.transfer(&gift, turn.now, &mut turn.ids, turn.events)).await
    }

    /// Rewards a user from the treasury.
    pub async fn award(&self, gift: Gift) -> Acted<Transferred, AwardRefusal> {
        self.act(move |turn| {
            let awarded = turn.desk.award(&gift, turn.now, &mut turn.ids, turn.events)?;
            if let Recipient::User(to) = gift.to {
                let details = json!({"kudos": awarded.amount.to_number()});
                turn.note(gift.from, Act::Award, to, Some(to), details);
            }
            Ok(awarded)
        })
        .await
    }

    /// Changes a user. `cause` names what is paid for it, from a caller that may say the same twice; `details` are written down if it is
    /// more than a user may change about itself.
    pub async fn edit_user(
        &self,
        by: Authority,
        user: UserId,
        edit: UserEdit,
        cause: Option<Uuid>,
        details: Value,
    ) -> Acted<UserView, EditRefusal> {
        self.act(move |turn| {
            let view = turn.desk.edit_user(by, user, &edit, cause, turn.now, &mut turn.ids, turn.events)?;
            if by.caller != user || edit.is_privileged() {
                turn.note(by.caller, Act::UserEdit, user, Some(user), details);
            }
            Ok(view)
        })
        .await
    }

    /// Marks an account as deleted; wipes it if it is. `lock` is a hash that no key has.
    pub async fn leave(&self, by: Authority, user: UserId, lock: KeyHash) -> Acted<(), LeaveRefusal> {
        self.act(move |turn| {
            turn.desk.leave(by, user, lock, turn.now, turn.events)?;
            if by.caller != user {
                let wiped = turn.desk.user(user).is_some_and(|view| view.record.profile.wiped);
                turn.note(by.caller, Act::UserDelete, user, Some(user), json!({"wiped": wiped}));
            }
            Ok(())
        })
        .await
    }

    /// Makes a shared key. `id` is what it shall be, from a caller that may say the same twice.
    pub async fn make_shared_key(
        &self,
        owner: UserId,
        wish: SharedKeyChange,
        id: Option<SharedKeyId>,
    ) -> Acted<SharedKeyView, SharedKeyRefusal> {
        self.act(move |turn| turn.desk.make_shared_key(owner, &wish, id, turn.now, &mut turn.ids, turn.events)).await
    }

    /// Changes a shared key of the caller.
    pub async fn change_shared_key(
        &self,
        caller: UserId,
        id: SharedKeyId,
        change: SharedKeyChange,
    ) -> Acted<SharedKeyView, SharedKeyRefusal> {
        self.act(move |turn| turn.desk.change_shared_key(caller, id, &change, turn.now, turn.events)).await
    }

    /// Deletes a shared key of the caller.
    pub async fn delete_shared_key(&self, caller: UserId, id: SharedKeyId) -> Acted<(), SharedKeyRefusal> {
        self.act(move |turn| turn.desk.delete_shared_key(caller, id, turn.events)).await
    }

    /// Tells about a shared key.
    pub async fn shared_key(&self, id: SharedKeyId) -> Result<Option<SharedKeyView>, Unavailable> {
        self.read(move |desk| desk.shared_key(id)).await
    }
}
