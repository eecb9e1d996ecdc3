//! Monthly kudos: what the house grants each calendar month, to moderators and to whoever has a grant.

use std::sync::Arc;

use uuid::{Builder, Uuid};

use crate::desk::Desk;
use crate::desk::events::Event;
use crate::desk::pay::Payment;
use crate::desk::restore::{UserProfile, UserRecord};
use crate::id::{AccountId, UserId};
use crate::kudos::Kudos;
use crate::ledger::TransferCode;
use crate::limits::{ACTIVE_EVERY, MONTHLY_EVERY, MONTHLY_MODERATOR};
use crate::time::Timestamp;

impl Desk {
    /// Pays all whose month is over. It looks once an hour.
    pub(super) fn pay_monthly(&mut self, now: Timestamp, out: &mut Vec<Event>) {
        if self.state.monthly_looked.is_some_and(|at| now.since(at) < MONTHLY_EVERY) {
            return;
        }
        self.state.monthly_looked = Some(now);
        let users = self.state.users.values();
        let due: Vec<Arc<UserRecord>> = users.filter(|user| is_due(user, now)).map(Arc::clone).collect();
        for user in due {
            let (id, amount) = (user.id, monthly(&user));
            self.change_profile(id, out, |profile| profile.monthly_at = Some(now));
            self.pay_recurring(&mut Payment::new(cause(id, now), now), id, amount, out);
        }
    }

    /// Pays a monthly grant, or its raise.
    pub(super) fn pay_recurring(&mut self, payment: &mut Payment, user: UserId, amount: Kudos, out: &mut Vec<Event>) {
        if amount.is_positive() {
            self.pay(payment, AccountId::TREASURY, AccountId::of(user), amount, TransferCode::Monthly, out);
            self.count_user(user, out, |counts| counts.recurring += amount);
        }
    }

    /// Saves a user's profile after a change to it.
    pub(super) fn change_profile(&mut self, user: UserId, out: &mut Vec<Event>, change: impl FnOnce(&mut UserProfile)) {
        let Some(record) = self.state.users.get(&user) else { return };
        let mut changed = UserRecord::clone(record);
        change(&mut changed.profile);
        if changed.profile != record.profile {
            self.emit(Event::UserSaved(Arc::new(changed)), out);
        }
    }

    /// Takes down that a user was here today.
    pub(super) fn seen(&mut self, user: UserId, now: Timestamp, out: &mut Vec<Event>) {
        let Some(record) = self.state.users.get(&user).filter(|_| !user.is_anonymous()) else { return };
        if record.profile.active.is_none_or(|at| now.since(at) >= ACTIVE_EVERY) {
            self.change_profile(user, out, |profile| profile.active = Some(now));
        }
    }

    /// Tells how much of a user's work is recorded as its use.
    pub(super) fn recorded_use(&self, user: UserId, things: u64) -> u64 {
        let hundredths = self.state.users.get(&user).map_or(100, |user| user.profile.usage_hundredths);
        things.saturating_mul(u64::from(hundredths)) / 100
    }
}

/// Tells what a user gets each month.
pub(super) fn monthly(user: &UserRecord) -> Kudos {
    user.profile.monthly + if user.roles.moderator { MONTHLY_MODERATOR } else { Kudos::ZERO }
}

fn is_due(user: &UserRecord, now: Timestamp) -> bool {
    let over = user.profile.monthly_at.is_none_or(|at| at.a_month_later() <= now);
    over && monthly(user).is_positive() && !user.roles.deleted && !user.id.is_anonymous()
}

/// Names a payment by whom and when, so that a second one of the same moment would be the same.
fn cause(user: UserId, now: Timestamp) -> Uuid {
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&user.0.to_be_bytes()[2..]);
    bytes[8..].copy_from_slice(&now.0.to_be_bytes());
    Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::answer::{Authority, UserEdit};
    use crate::kit::{START, SeededIds, open_desk, register, settings};
    use crate::time::Span;

    const HOUR: Span = Span::minutes(60);

    #[test]
    fn a_grant_comes_at_once_and_then_once_in_each_calendar_month() {
        let (mut out, mut ids) = (Vec::new(), SeededIds::new(1));
        let mut desk = open_desk(&mut out);
        let ada = register(&mut desk, "ada", START, &mut out);
        let admin = Authority { caller: ada, admin: true };
        let grant = |kudos| UserEdit { monthly: Some(Kudos::whole(kudos)), ..UserEdit::default() };
        desk.edit_user(admin, ada, &grant(1000), None, START, &mut ids, &mut out).expect("granted");
        let balance = |desk: &Desk| desk.user(ada).expect("ada").balance;
        assert_eq!(balance(&desk), Kudos::whole(1000), "the raise is paid at once");
        let month = START.a_month_later();
        desk.tick(month - HOUR, &mut out);
        assert_eq!(balance(&desk), Kudos::whole(1000));
        desk.tick(month, &mut out);
        desk.tick(month + HOUR, &mut out);
        assert_eq!(balance(&desk), Kudos::whole(2000));
        desk.edit_user(admin, ada, &grant(-400), None, month, &mut ids, &mut out).expect("lowered");
        assert_eq!(balance(&desk), Kudos::whole(2000), "a smaller grant takes nothing back");
        // After a long outage one month is paid, not three.
        let late = month.a_month_later().a_month_later() + HOUR;
        desk.tick(late, &mut out);
        desk.tick(late + HOUR, &mut out);
        assert_eq!(balance(&desk), Kudos::whole(2600));
        assert_eq!(desk.user(ada).expect("ada").record.counts.recurring, Kudos::whole(2600));
        let replayed = Desk::replay(settings(), out);
        assert_eq!(replayed.records(), desk.records());
        assert_eq!(replayed.audit(), Ok(()));
    }

    #[test]
    fn moderators_are_thanked_every_month_while_they_stay() {
        let (mut out, mut ids) = (Vec::new(), SeededIds::new(1));
        let mut desk = open_desk(&mut out);
        let ada = register(&mut desk, "ada", START, &mut out);
        let admin = Authority { caller: ada, admin: true };
        let role = |on| UserEdit { moderator: Some(on), ..UserEdit::default() };
        desk.edit_user(admin, ada, &role(true), None, START, &mut ids, &mut out).expect("raised");
        desk.tick(START + HOUR, &mut out);
        desk.edit_user(admin, ada, &role(false), None, START, &mut ids, &mut out).expect("lowered");
        desk.tick(START.a_month_later() + HOUR + HOUR, &mut out);
        assert_eq!(desk.user(ada).expect("ada").balance, MONTHLY_MODERATOR);
    }

    #[test]
    fn no_two_payments_of_a_month_share_a_name() {
        let mut names = std::collections::BTreeSet::new();
        for user in [1, 4097, 65_537, 1 << 40] {
            for hour in 0..3 {
                assert!(names.insert(cause(UserId(user), START + Span::minutes(60 * hour))));
            }
        }
    }
}
