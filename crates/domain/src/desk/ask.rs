//! A requester asks: limits, the upfront rule, the hold, the tax with the tip, and the jobs enter the queue.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::desk::Desk;
use crate::desk::answer::{Ask, Asked};
use crate::desk::events::Event;
use crate::desk::index::LiveRequest;
use crate::desk::pay::Payment;
use crate::desk::restore::{HoldRecord, JobRecord, JobState, RequestProgress, RequestRecord, UserRecord};
use crate::desk::upfront::{self, Busy};
use crate::id::{AccountId, Ids, JobId, RequestId, UserId};
use crate::kind::Kind;
use crate::kudos::Kudos;
use crate::ledger::{HoldState, TransferCode};
use crate::limits::{FORMS_AWAITED_MAX, FORMS_PER_CONCURRENCY, PRIORITY_DOWNGRADED, TARGETS_MAX};
use crate::refusal::{AskRefusal, UpfrontReason};
use crate::request::{Name, Request, Work};
use crate::time::Timestamp;
use crate::{price, priority};

/// The workflow that draws a code into a picture: at the AI Horde a worker takes one of its results at a time.
const QR_CODE: &str = "qr_code";

/// How a demanding request is admitted.
enum Terms {
    /// It is free for all.
    Free,
    /// So much is held for it.
    Hold(Kudos),
    /// It was shrunk.
    Shrunk,
}

/// A request that may be admitted.
struct Prepared {
    /// As it is admitted: tidied, perhaps shrunk.
    request: Request,
    /// Who asks.
    user: Arc<UserRecord>,
    /// On which terms.
    terms: Terms,
    /// It waits behind others for want of kudos.
    downgraded: bool,
}

impl Desk {
    /// Tells what a request would cost in all.
    pub fn quote(&self, request: &Request) -> Kudos {
        price::quote(&self.settings.models, request)
    }

    /// Tells what a request would cost in all if it were admitted now, or why it would not be (the dry run).
    pub fn try_ask(&self, ask: &Ask, now: Timestamp) -> Result<Kudos, AskRefusal> {
        self.prepare(ask, now).map(|prepared| self.quote(&prepared.request))
    }

    /// Admits a request.
    pub fn ask(
        &mut self,
        ask: &Ask,
        now: Timestamp,
        ids: &mut dyn Ids,
        out: &mut Vec<Event>,
    ) -> Result<Asked, AskRefusal> {
        if let Some(asked) = ask.id.and_then(|id| self.asked_before(id, now)) {
            return Ok(asked);
        }
        let Prepared { request, user, terms, downgraded } = self.prepare(ask, now)?;
        let (identity, roles) = (user.identity, user.roles);
        self.seen(request.user, now, out);

        let balance = self.state.ledger.balance(AccountId::of(request.user));
        let quote = self.quote(&request);
        let covered = roles.trusted || matches!(terms, Terms::Hold(_)) || balance - identity.floor() >= quote;
        let price = price::expected(&self.settings.models, &request, self.is_for_friends(&request));
        let record = RequestRecord {
            id: ask.id.unwrap_or_else(|| RequestId(ids.uuid(now))),
            created: now,
            priority: priority::at_admission(balance, roles.flagged, downgraded),
            price,
            requester_trusted: roles.trusted,
            covered,
            progress: RequestProgress {
                expires: LiveRequest::life_after(now, false),
                faulted: false,
                cancelled: false,
                consumed: Kudos::ZERO,
                faults: 0,
                rated: false,
            },
            request: Arc::new(request),
        };
        let id = record.id;
        self.admit_with(record, &terms, now, out);
        let possible = self.is_possible(id, now);
        Ok(Asked { request: id, price, possible, downgraded })
    }

    /// Tells whether a request is for its requester's friends alone: it names the workers that may serve it, where those serve whom they
    /// prefer. To name workers that may not is no friendship.
    pub(super) fn is_for_friends(&self, request: &Request) -> bool {
        self.settings.matched_targeting && request.targeting.as_ref().is_some_and(|targeting| !targeting.deny)
    }

    /// Makes a request ready to be admitted, or says why it cannot be.
    fn prepare(&self, ask: &Ask, now: Timestamp) -> Result<Prepared, AskRefusal> {
        let mut request = ask.request.clone();
        let mut downgraded = self.open_purse(&mut request, ask.allow_downgrade, now)?;
        let user = self.may_ask(&request)?;
        let mut request = tidied(request);
        if user.roles.education {
            keep_safe(&mut request);
        }
        downgraded |= self.exceeds_allowance(&request, ask.allow_downgrade)?;
        let terms = self.terms(&mut request, ask.allow_downgrade)?;
        self.within_key_limits(&request)?;
        downgraded |= matches!(terms, Terms::Shrunk);
        Ok(Prepared { request, user, terms, downgraded })
    }

    /// Tells about a request that was admitted when its requester said the same before.
    fn asked_before(&self, id: RequestId, now: Timestamp) -> Option<Asked> {
        let record = &self.state.requests.get(&id)?.record;
        let downgraded = record.priority == PRIORITY_DOWNGRADED;
        Some(Asked { request: id, price: record.price, possible: self.is_possible(id, now), downgraded })
    }

    /// Emits what admission means: the request, its tax, its holds, its jobs.
    fn admit_with(&mut self, record: RequestRecord, terms: &Terms, now: Timestamp, out: &mut Vec<Event>) {
        let (id, request) = (record.id, Arc::clone(&record.request));
        let slots = (0..request.n).map(|slot| JobId { request: id, slot });
        self.emit(Event::RequestAdmitted(Arc::new(record)), out);
        let mut payment = Payment::new(id.0, now).request(id);
        let tax = price::tax(&request);
        self.lift(&mut payment, request.user, tax, out);
        let tipped = self.tip(&mut payment, &request, out);
        let payer = AccountId::of(request.user);
        self.pay(&mut payment, payer, AccountId::BURN, tax - tipped, TransferCode::Tax, out);
        self.charge_key(request.shared_key, tax, out);
        if let Terms::Hold(total) = terms {
            // Admission is part of what had to be there: it comes out of that, and is not forgiven because all else is reserved.
            let total = total.at_most(self.available(request.user));
            let parts = slots.clone().zip(shares(total, request.n));
            for (job, amount) in parts.filter(|(_, amount)| amount.is_positive()) {
                let hold = HoldRecord {
                    job,
                    account: payer,
                    amount,
                    state: HoldState::Pending,
                    posted: Kudos::ZERO,
                    placed: now,
                    ended: None,
                };
                self.emit(Event::HoldSaved(hold), out);
            }
        }
        self.count_user(request.user, out, |counts| {
            counts.accumulated -= tax;
            match request.kind() {
                Kind::Image => counts.requests_image += 1,
                Kind::Text => counts.requests_text += 1,
                // Forms are counted as they come in.
                Kind::Alchemy => {}
            }
        });
        for job in slots {
            let job = JobRecord { id: job, attempts: 0, state: JobState::Waiting };
            self.emit(Event::JobSaved(job), out);
        }
    }

    /// Pays the maker of the style, out of what admission costs anyway; tells how much. Who has left gets nothing, and nobody gets
    /// what the requester does not have: a debt that is forgiven later must not have become somebody's kudos.
    fn tip(&mut self, payment: &mut Payment, request: &Request, out: &mut Vec<Event>) -> Kudos {
        let Some((owner, tip)) = price::tip(request) else { return Kudos::ZERO };
        if self.available(request.user) < tip || self.state.users.get(&owner).is_none_or(|owner| owner.roles.deleted) {
            return Kudos::ZERO;
        }
        let (payer, maker) = (AccountId::of(request.user), AccountId::of(owner));
        self.pay(payment, payer, maker, tip, TransferCode::Tip, out);
        let is_picture = request.image().is_some();
        self.count_user(owner, out, |counts| {
            counts.styled += tip;
            counts.styles_image += u64::from(is_picture);
            counts.styles_text += u64::from(!is_picture);
        });
        tip
    }

    /// Checks who asks, whom for, and for how much at once.
    fn may_ask(&self, request: &Request) -> Result<Arc<UserRecord>, AskRefusal> {
        if self.state.modes.maintenance {
            return Err(AskRefusal::Maintenance);
        }
        let user = self.state.users.get(&request.user).ok_or(AskRefusal::UnknownUser)?;
        if user.roles.deleted {
            return Err(AskRefusal::DeletedUser);
        }
        if let Some(targeting) = &request.targeting {
            let unknown = targeting.workers.iter().find(|id| !self.state.workers.contains_key(id));
            if let Some(worker) = unknown {
                return Err(AskRefusal::WorkerNotFound(*worker));
            }
        }
        if request.disable_batching && request.n > 1 && !user.roles.trusted {
            return Err(AskRefusal::RequiresTrust);
        }
        if request.kind() == Kind::Alchemy {
            self.may_ask_for_forms(request.user, u32::from(request.n), request.safe_address)?;
            return Ok(Arc::clone(user));
        }
        let queue = self.state.queues.of(request.kind());
        let awaited = if request.user.is_anonymous() {
            queue.awaited_anonymously(&request.models)
        } else {
            queue.awaited_by(request.user)
        } + u32::from(request.n);
        if awaited > user.concurrency {
            return Err(AskRefusal::TooManyPrompts { awaited, limit: user.concurrency });
        }
        self.may_come_from(user, request.safe_address)?;
        Ok(Arc::clone(user))
    }

    /// Checks whether a user may await so many forms more, and ask from such an address. Asked before a picture is taken in, and again at
    /// admission.
    pub fn may_ask_for_forms(&self, user: UserId, more: u32, safe_address: bool) -> Result<(), AskRefusal> {
        let record = self.state.users.get(&user).ok_or(AskRefusal::UnknownUser)?;
        let limit = record.concurrency.saturating_mul(FORMS_PER_CONCURRENCY).min(FORMS_AWAITED_MAX);
        let awaited = self.state.forms_awaited.get(&user).copied().unwrap_or(0).saturating_add(more);
        if awaited > limit {
            return Err(AskRefusal::TooManyPrompts { awaited, limit });
        }
        self.may_come_from(record, safe_address)
    }

    /// Refuses strangers who hide their address while the house is under a raid.
    fn may_come_from(&self, user: &UserRecord, safe_address: bool) -> Result<(), AskRefusal> {
        let refused = self.state.modes.raid && !safe_address && !user.roles.trusted;
        if refused { Err(AskRefusal::UnsafeAddress) } else { Ok(()) }
    }

    /// Decides whether kudos are needed upfront, and whether they are there; shrinks the request if that is preferred.
    fn terms(&self, request: &mut Request, allow_downgrade: bool) -> Result<Terms, AskRefusal> {
        let reference = &self.settings.models;
        let kind = request.kind();
        let busy = Busy {
            queued: self.state.queues.of(kind).totals().waiting,
            threads: self.state.traffic.census.of(kind).threads,
        };
        let on_list = self.settings.upfront_on_worker_list;
        let Some(reason) = upfront::reason(request, busy, reference, on_list) else {
            return Ok(Terms::Free);
        };
        let needed = self.needed(request);
        let available = self.available(request.user).max(Kudos::ZERO);
        if available >= needed {
            return Ok(Terms::Hold(needed));
        }
        if allow_downgrade && reason != UpfrontReason::WorkerList {
            upfront::shrink(request, busy, reference);
            return Ok(Terms::Shrunk);
        }
        Err(AskRefusal::KudosUpfront { reason, needed, available })
    }
}

/// Takes out what is named twice, cuts lists to their limits, and keeps apart what cannot be made together.
fn tidied(mut request: Request) -> Request {
    let mut seen: Vec<Name> = Vec::with_capacity(request.models.len());
    for model in request.models {
        if !seen.contains(&model) {
            seen.push(model);
        }
    }
    request.models = seen;
    if let Some(targeting) = &mut request.targeting {
        targeting.workers.truncate(TARGETS_MAX);
        targeting.workers.sort();
        targeting.workers.dedup();
    }
    request.disable_batching |= request.image().is_some_and(|image| image.workflow.as_deref() == Some(QR_CODE));
    request
}

/// Makes a school's request for pictures fit for pupils.
fn keep_safe(request: &mut Request) {
    if let Work::Image(image) = &mut request.work {
        image.censor_nsfw = true;
        request.nsfw = false;
        request.trusted_workers = true;
        request.shared = false;
    }
}

/// Splits an amount into so many shares that differ by a hundredth at most.
fn shares(total: Kudos, n: u16) -> impl Iterator<Item = Kudos> {
    let (n, total) = (i64::from(n), total.hundredths());
    (0..n).map(move |slot| Kudos::from_hundredths(total / n + i64::from(slot < total % n)))
}
