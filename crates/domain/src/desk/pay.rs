//! How acts move kudos: every movement is a transfer with two accounts, and a balance that would fall below its floor is lifted by the
//! treasury first. What things cost is not here but in `price.rs`.

use uuid::Uuid;

use crate::desk::Desk;
use crate::desk::events::Event;
use crate::desk::restore::HoldRecord;
use crate::id::{AccountId, GenerationId, JobId, RequestId, UserId};
use crate::kudos::Kudos;
use crate::ledger::{HoldState, Transfer, TransferCode, TransferId};
use crate::time::Timestamp;

/// The transfers of one cause, numbered as they come.
pub(super) struct Payment {
    cause: Uuid,
    leg: i16,
    at: Timestamp,
    request: Option<RequestId>,
    generation: Option<GenerationId>,
}

impl Payment {
    /// Begins the transfers of a cause.
    pub(super) fn new(cause: Uuid, at: Timestamp) -> Self {
        Self { cause, leg: 0, at, request: None, generation: None }
    }

    /// Says which request they are for.
    pub(super) fn request(self, request: RequestId) -> Self {
        Self { request: Some(request), ..self }
    }

    /// Says which generation they are for.
    pub(super) fn generation(self, generation: GenerationId) -> Self {
        Self { generation: Some(generation), ..self }
    }
}

impl Desk {
    /// Moves an amount, unless it is nothing or would go in a circle.
    pub(super) fn pay(
        &mut self,
        payment: &mut Payment,
        debit: AccountId,
        credit: AccountId,
        amount: Kudos,
        code: TransferCode,
        out: &mut Vec<Event>,
    ) {
        if !amount.is_positive() || debit == credit {
            return;
        }
        let transfer = Transfer {
            id: TransferId { cause: payment.cause, leg: payment.leg },
            debit,
            credit,
            amount,
            code,
            at: payment.at,
            request: payment.request,
            generation: payment.generation,
        };
        payment.leg += 1;
        self.emit(Event::Transferred(transfer), out);
    }

    /// Lifts a user's balance so far that `debit` leaves it at its floor and its holds covered; what is lifted is forgiven. Tells how much
    /// that was.
    pub(super) fn lift(&mut self, payment: &mut Payment, user: UserId, debit: Kudos, out: &mut Vec<Event>) -> Kudos {
        if !debit.is_positive() {
            return Kudos::ZERO;
        }
        let lacking = debit.minus_or_zero(self.available(user));
        let (account, code) = (AccountId::of(user), TransferCode::Forgiveness);
        self.pay(payment, AccountId::TREASURY, account, lacking, code, out);
        lacking
    }

    /// Tells what a user could spend: the balance above the floor that no hold reserves. Negative for those who never spent.
    pub(super) fn available(&self, user: UserId) -> Kudos {
        let account = AccountId::of(user);
        let ledger = &self.state.ledger;
        let floor = self.state.users.get(&user).map_or(Kudos::ZERO, |user| user.identity.floor());
        ledger.balance(account) - floor - ledger.held(account)
    }

    /// Ends the hold of a job, if there is one.
    pub(super) fn end_hold(
        &mut self,
        job: JobId,
        state: HoldState,
        posted: Kudos,
        now: Timestamp,
        out: &mut Vec<Event>,
    ) {
        if let Some(hold) = self.state.ledger.hold(job) {
            let posted = posted.at_most(hold.amount);
            self.emit(Event::HoldSaved(HoldRecord { state, posted, ended: Some(now), ..hold }), out);
        }
    }

    /// Pays the owner of a worker: all to the balance of the trusted, half to the escrow of others. What `payer` gives falls short of is
    /// added by the treasury. Tells what is left of it.
    pub(super) fn pay_owner(
        &mut self,
        payment: &mut Payment,
        payer: UserId,
        mut purse: Kudos,
        owner: UserId,
        earned: Kudos,
        out: &mut Vec<Event>,
    ) -> Kudos {
        let escrow = if self.is_trusted(owner) { Kudos::ZERO } else { earned.half() };
        let parts = [(AccountId::of(owner), earned - escrow), (AccountId::escrow_of(owner), escrow)];
        for (credit, part) in parts {
            let given = part.at_most(purse);
            purse -= given;
            let from = AccountId::of(payer);
            self.pay(payment, from, credit, given, TransferCode::Generation, out);
            let added = part - given;
            self.pay(payment, AccountId::TREASURY, credit, added, TransferCode::Subsidy, out);
        }
        purse
    }

    /// Tells whether a user is trusted.
    pub(super) fn is_trusted(&self, user: UserId) -> bool {
        self.state.users.get(&user).is_some_and(|user| user.roles.trusted)
    }

    /// Trusts a user whose escrow has grown beyond the threshold, and pays the escrow out.
    pub(super) fn trust_by_time(
        &mut self,
        user: UserId,
        now: Timestamp,
        ids: &mut dyn crate::id::Ids,
        out: &mut Vec<Event>,
    ) {
        let Some(record) = self.state.users.get(&user) else { return };
        let escrow = self.state.ledger.balance(AccountId::escrow_of(user));
        let old_enough = now.since(record.created) >= crate::limits::TRUST_AGE;
        let deserves = self.settings.trust_threshold.is_some_and(|threshold| escrow > threshold);
        let roles = record.roles;
        if roles.trusted || roles.suspicious || user.is_anonymous() || !old_enough || !deserves {
            return;
        }
        self.set_roles(user, crate::standing::Roles { trusted: true, ..roles }, out);
        self.pay_escrow_out(user, &mut Payment::new(ids.uuid(now), now), out);
    }

    /// Turns a user's escrow into balance.
    pub(super) fn pay_escrow_out(&mut self, user: UserId, payment: &mut Payment, out: &mut Vec<Event>) {
        let (from, to) = (AccountId::escrow_of(user), AccountId::of(user));
        let escrow = self.state.ledger.balance(from);
        self.pay(payment, from, to, escrow, TransferCode::Promotion, out);
        self.count_user(user, out, |counts| counts.accumulated += escrow);
    }
}
