//! Users are changed: by themselves, by moderators, by administrators. All of an edit happens, or nothing. Leaving is in `leave.rs`.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use uuid::Uuid;

use crate::desk::Desk;
use crate::desk::answer::{Authority, UserEdit, UserView};
use crate::desk::events::Event;
use crate::desk::pay::Payment;
use crate::desk::restore::UserRecord;
use crate::id::{Ids, UserId};
use crate::kudos::Kudos;
use crate::limits::{CONCURRENCY, CONCURRENCY_EDUCATION, SUSPICIONS_MAX, USER_NAME_CHARS_MAX};
use crate::refusal::EditRefusal;
use crate::standing::Roles;
use crate::time::Timestamp;

impl Desk {
    /// Changes a user. `cause` names what is paid for it, from a caller that may say the same twice.
    #[expect(clippy::too_many_arguments, reason = "time, chance and events come on top of who, whom and what")]
    pub fn edit_user(
        &mut self,
        by: Authority,
        user: UserId,
        edit: &UserEdit,
        cause: Option<Uuid>,
        now: Timestamp,
        ids: &mut dyn Ids,
        out: &mut Vec<Event>,
    ) -> Result<UserView, EditRefusal> {
        let before = self.present(user).map(Arc::clone).ok_or(EditRefusal::NotFound)?;
        self.may_edit(by, &before, edit)?;
        let mut after = changed(&before, edit);
        let raise = edit.monthly.unwrap_or_default();
        if edit.monthly.is_some() {
            after.profile.monthly += raise;
            after.profile.monthly = after.profile.monthly.max(Kudos::ZERO);
            after.profile.monthly_at = after.profile.monthly_at.or(Some(now));
        }
        let now_trusted = after.roles.trusted && !before.roles.trusted;
        if after != *before {
            self.emit(Event::UserSaved(Arc::new(after)), out);
        }
        if edit.reset_suspicion {
            self.reset_suspicion(user, out);
        }
        let mut payment = Payment::new(cause.unwrap_or_else(|| ids.uuid(now)), now);
        if let Some(kudos) = edit.kudos {
            self.correct(&mut payment, user, kudos, out);
        }
        self.pay_recurring(&mut payment, user, raise, out);
        if now_trusted {
            self.pay_escrow_out(user, &mut payment, out);
            self.let_workers_go_on(user, out);
        }
        self.user(user).ok_or(EditRefusal::NotFound)
    }

    /// Finds a user of whom more than the number is left.
    pub(super) fn present(&self, user: UserId) -> Option<&Arc<UserRecord>> {
        self.state.users.get(&user).filter(|user| !user.profile.wiped)
    }

    /// Tells whether somebody may do what moderators do. An administrator may.
    pub(super) fn is_moderator(&self, by: Authority) -> bool {
        by.admin || self.present(by.caller).is_some_and(|caller| caller.roles.moderator)
    }

    fn may_edit(&self, by: Authority, user: &UserRecord, edit: &UserEdit) -> Result<(), EditRefusal> {
        use EditRefusal as R;
        let refuse = |no: bool, refusal| if no { Err(refusal) } else { Ok(()) };
        refuse(self.present(by.caller).is_none(), R::UnknownCaller)?;
        refuse(by.caller.is_anonymous(), R::Anonymous)?;
        refuse(needs_admin(edit) && !by.admin, R::NotAdmin)?;
        let moderator = self.is_moderator(by);
        refuse(needs_moderator(edit) && !moderator, R::NotModerator)?;
        refuse(needs_self(edit) && !moderator && by.caller != user.id, R::NotModerator)?;
        let after = changed(user, edit);
        refuse(user.id.is_anonymous() && after.roles != Roles::default(), R::Anonymous)?;
        let chars = after.name.chars().count();
        refuse(edit.name.is_some() && (chars == 0 || chars > USER_NAME_CHARS_MAX), R::NameLength)?;
        edit.foul.map_or(Ok(()), |text| Err(R::Foul(text)))?;
        refuse(edit.passkey.is_some() && !after.roles.service, R::NotService)?;
        refuse(edit.undelete && !user.roles.deleted, R::NotDeleted)?;
        refuse(*edit == UserEdit::default(), R::Nothing)
    }
}

impl UserEdit {
    /// Tells whether it is more than a user may change about itself.
    pub fn is_privileged(&self) -> bool {
        needs_admin(self) || needs_moderator(self)
    }
}

fn needs_admin(edit: &UserEdit) -> bool {
    edit.kudos.is_some() || edit.monthly.is_some() || edit.usage_hundredths.is_some() || edit.moderator.is_some()
}

fn needs_moderator(edit: &UserEdit) -> bool {
    let roles = [edit.trusted, edit.flagged, edit.customizer, edit.vpn, edit.service, edit.special, edit.education];
    edit.concurrency.is_some()
        || edit.worker_invited.is_some()
        || edit.reset_suspicion
        || edit.admin_comment.is_some()
        || roles.iter().any(Option::is_some)
}

fn needs_self(edit: &UserEdit) -> bool {
    edit.public_workers.is_some()
        || edit.name.is_some()
        || edit.contact.is_some()
        || edit.passkey.is_some()
        || edit.undelete
}

/// Makes the record as the edit wants it, kudos aside.
fn changed(user: &UserRecord, edit: &UserEdit) -> UserRecord {
    let mut after = user.clone();
    let roles = &mut after.roles;
    // Who keeps order is trusted, unless the same edit says otherwise.
    roles.trusted = edit.trusted.unwrap_or(roles.trusted || edit.moderator == Some(true));
    roles.moderator = edit.moderator.unwrap_or(roles.moderator);
    roles.flagged = edit.flagged.unwrap_or(roles.flagged);
    roles.customizer = edit.customizer.unwrap_or(roles.customizer);
    roles.vpn = edit.vpn.unwrap_or(roles.vpn);
    roles.service = edit.service.unwrap_or(roles.service);
    roles.special = edit.special.unwrap_or(roles.special);
    roles.education = edit.education.unwrap_or(roles.education);
    roles.deleted &= !edit.undelete;
    roles.suspicious = is_suspicious(user, *roles);
    after.concurrency = edit.concurrency.unwrap_or_else(|| concurrency(user.concurrency, edit.education));
    after.worker_invited = edit.worker_invited.unwrap_or(after.worker_invited);
    after.public_workers = edit.public_workers.unwrap_or(after.public_workers);
    after.name = edit.name.clone().unwrap_or(after.name);
    let profile = &mut after.profile;
    profile.usage_hundredths = edit.usage_hundredths.unwrap_or(profile.usage_hundredths);
    profile.admin_comment = edit.admin_comment.clone().or_else(|| profile.admin_comment.take());
    profile.contact = edit.contact.clone().or_else(|| profile.contact.take());
    profile.passkey = edit.passkey.or(profile.passkey);
    after
}

/// Tells whether a user is suspicious in its new roles: the trusted are beyond it, and who is trusted no longer is again what it was.
fn is_suspicious(before: &UserRecord, roles: Roles) -> bool {
    let was_beyond = before.roles.trusted && before.counts.suspicions.total() >= SUSPICIONS_MAX;
    !roles.trusted && (roles.suspicious || was_beyond)
}

/// Tells a user's concurrency after it became a school, or ceased to be one.
fn concurrency(before: u32, education: Option<bool>) -> u32 {
    match education {
        Some(true) => before.max(CONCURRENCY_EDUCATION),
        Some(false) if before == CONCURRENCY_EDUCATION => CONCURRENCY,
        _ => before,
    }
}
