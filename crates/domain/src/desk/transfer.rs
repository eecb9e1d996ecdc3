//! Kudos go from user to user, or are granted, awarded or taken by the house. Monthly grants are in `monthly.rs`.

use crate::desk::Desk;
use crate::desk::answer::{Gift, Recipient, Transferred};
use crate::desk::events::Event;
use crate::desk::pay::Payment;
use crate::id::{AccountId, Ids, UserId};
use crate::kudos::Kudos;
use crate::ledger::TransferCode;
use crate::limits::GIFT_BACK_AFTER;
use crate::refusal::{AwardRefusal, TransferRefusal};
use crate::time::Timestamp;

/// Who alone may award: the first who registered.
const AWARDER: UserId = UserId(1);

impl Desk {
    /// Moves kudos from user to user.
    pub fn transfer(
        &mut self,
        gift: &Gift,
        now: Timestamp,
        ids: &mut dyn Ids,
        out: &mut Vec<Event>,
    ) -> Result<Transferred, TransferRefusal> {
        let to = self.may_give(gift, now)?;
        let Gift { from, amount, .. } = *gift;
        let mut payment = Payment::new(gift.cause.unwrap_or_else(|| ids.uuid(now)), now);
        let (debit, credit) = (AccountId::of(from), AccountId::of(to));
        self.pay(&mut payment, debit, credit, amount, TransferCode::Gift, out);
        let to_school = self.state.users.get(&to).is_some_and(|user| user.roles.education);
        self.count_user(from, out, |counts| {
            let given = if to_school { &mut counts.donated } else { &mut counts.gifted };
            *given -= amount;
        });
        self.count_user(to, out, |counts| counts.received += amount);
        if let Recipient::Key(key) = gift.to {
            self.raise_allowance(key, amount, out);
        }
        self.state.gifts.retain(|_, at| now.since(*at) < GIFT_BACK_AFTER);
        self.state.gifts.insert((from, to), now);
        Ok(Transferred { amount })
    }

    /// Checks a gift; tells who gets it.
    fn may_give(&self, gift: &Gift, now: Timestamp) -> Result<UserId, TransferRefusal> {
        use TransferRefusal as R;
        let refuse = |no: bool, refusal| if no { Err(refusal) } else { Ok(()) };
        let Gift { from, amount, .. } = *gift;
        refuse(from.is_anonymous(), R::FromAnon)?;
        let to = match gift.to {
            Recipient::User(user) => user,
            Recipient::Key(key) => {
                let key = self.state.shared_keys.get(&key).ok_or(R::InvalidTarget)?;
                refuse(key.is_expired(now), R::SharedKeyExpired)?;
                key.owner
            }
        };
        let target = self.state.users.get(&to).filter(|user| !user.profile.wiped).ok_or(R::InvalidTarget)?.roles;
        refuse(to.is_anonymous(), R::ToAnon)?;
        refuse(from == to, R::ToSelf)?;
        let given_back = self.state.gifts.get(&(to, from));
        refuse(given_back.is_some_and(|at| now.since(*at) < GIFT_BACK_AFTER), R::TooFast)?;
        let source = self.state.users.get(&from).ok_or(R::DeletedUser)?.roles;
        refuse(source.suspicious, R::SourceSuspicious)?;
        refuse(source.flagged, R::SourceFlagged)?;
        refuse(source.education, R::EducationCannotSend)?;
        refuse(target.suspicious, R::TargetSuspicious)?;
        refuse(target.flagged, R::TargetFlagged)?;
        refuse(source.deleted || target.deleted, R::DeletedUser)?;
        refuse(amount < Kudos::ZERO, R::Negative)?;
        refuse(amount == Kudos::ZERO, R::Zero)?;
        let available = self.available(from).max(Kudos::ZERO);
        refuse(amount > available, R::NotEnough { available })?;
        Ok(to)
    }

    /// Rewards a user for what no machine can measure. The gift is the treasury's; who gives it only says so.
    pub fn award(
        &mut self,
        gift: &Gift,
        now: Timestamp,
        ids: &mut dyn Ids,
        out: &mut Vec<Event>,
    ) -> Result<Transferred, AwardRefusal> {
        use AwardRefusal as R;
        let refuse = |no: bool, refusal| if no { Err(refusal) } else { Ok(()) };
        let Gift { from, amount, cause, .. } = *gift;
        refuse(from != AWARDER, R::NotAllowed)?;
        refuse(self.state.users.get(&from).is_none_or(|user| user.roles.deleted), R::DeletedUser)?;
        let Recipient::User(to) = gift.to else { return Err(R::InvalidTarget) };
        let target = self.state.users.get(&to).filter(|user| !user.profile.wiped).ok_or(R::InvalidTarget)?.roles;
        refuse(to.is_anonymous(), R::ToAnon)?;
        refuse(target.flagged, R::TargetFlagged)?;
        refuse(target.deleted, R::DeletedUser)?;
        refuse(amount < Kudos::ZERO, R::Negative)?;
        refuse(amount == Kudos::ZERO, R::Zero)?;
        let mut payment = Payment::new(cause.unwrap_or_else(|| ids.uuid(now)), now);
        self.pay(&mut payment, AccountId::TREASURY, AccountId::of(to), amount, TransferCode::Award, out);
        self.count_user(to, out, |counts| counts.awarded += amount);
        Ok(Transferred { amount })
    }

    /// Grants kudos from the treasury; false if there is no such user or the amount is not positive.
    pub fn grant(
        &mut self,
        to: UserId,
        amount: Kudos,
        now: Timestamp,
        ids: &mut dyn Ids,
        out: &mut Vec<Event>,
    ) -> bool {
        if !self.state.users.contains_key(&to) || !amount.is_positive() {
            return false;
        }
        self.correct(&mut Payment::new(ids.uuid(now), now), to, amount, out);
        true
    }

    /// Gives a user kudos of the treasury's, or takes some back; what is taken beyond the floor is forgiven first.
    pub(super) fn correct(&mut self, payment: &mut Payment, user: UserId, amount: Kudos, out: &mut Vec<Event>) {
        let account = AccountId::of(user);
        if amount.is_positive() {
            self.pay(payment, AccountId::TREASURY, account, amount, TransferCode::Grant, out);
        } else {
            self.lift(payment, user, -amount, out);
            self.pay(payment, account, AccountId::TREASURY, -amount, TransferCode::Grant, out);
        }
        self.count_user(user, out, |counts| counts.admin += amount);
    }
}
