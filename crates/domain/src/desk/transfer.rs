//! Kudos go from user to user, or are granted by the house.

use crate::desk::Desk;
use crate::desk::answer::Transferred;
use crate::desk::events::Event;
use crate::desk::pay::Payment;
use crate::id::{AccountId, Ids, UserId};
use crate::kudos::Kudos;
use crate::ledger::TransferCode;
use crate::limits::GIFT_BACK_AFTER;
use crate::refusal::TransferRefusal;
use crate::time::Timestamp;

impl Desk {
    /// Moves kudos from user to user.
    pub fn transfer(
        &mut self,
        from: UserId,
        to: UserId,
        amount: Kudos,
        now: Timestamp,
        ids: &mut dyn Ids,
        out: &mut Vec<Event>,
    ) -> Result<Transferred, TransferRefusal> {
        self.may_give(from, to, amount, now)?;
        let mut payment = Payment::new(ids.uuid(now), now);
        let (debit, credit) = (AccountId::of(from), AccountId::of(to));
        self.pay(&mut payment, debit, credit, amount, TransferCode::Gift, out);
        self.count_user(from, out, |counts| counts.gifted -= amount);
        self.count_user(to, out, |counts| counts.received += amount);
        self.state.gifts.retain(|_, at| now.since(*at) < GIFT_BACK_AFTER);
        self.state.gifts.insert((from, to), now);
        Ok(Transferred { amount })
    }

    fn may_give(&self, from: UserId, to: UserId, amount: Kudos, now: Timestamp) -> Result<(), TransferRefusal> {
        use TransferRefusal as R;
        let refuse = |no: bool, refusal| if no { Err(refusal) } else { Ok(()) };
        refuse(from.is_anonymous(), R::FromAnon)?;
        let target = self.state.users.get(&to).ok_or(R::InvalidTarget)?.roles;
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
        refuse(amount > available, R::NotEnough { available })
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
        let mut payment = Payment::new(ids.uuid(now), now);
        let (debit, credit) = (AccountId::TREASURY, AccountId::of(to));
        self.pay(&mut payment, debit, credit, amount, TransferCode::Grant, out);
        self.count_user(to, out, |counts| counts.admin += amount);
        true
    }
}
