//! What is told of a generation when it ends: a line for the statistics, a report if it is a grave matter, an announcement to whoever
//! wanted one. The desk keeps none of it: these events change nothing here, and are written with what they tell of.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::desk::Desk;
use crate::desk::events::Event;
use crate::desk::restore::{GenerationRecord, WorkerRecord};
use crate::id::{GenerationId, RequestId, UserId, WorkerId};
use crate::kind::Kind;
use crate::kudos::Kudos;
use crate::offer::Product;
use crate::request::{Name, Request};
use crate::time::Timestamp;

/// A generation that ended, with all that statistics count.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Statistic {
    /// Which generation.
    pub generation: GenerationId,
    /// Whose request it was for.
    pub request_id: RequestId,
    /// What was asked for.
    pub request: Arc<Request>,
    /// Who was at it.
    pub worker: WorkerId,
    /// With which program.
    pub bridge_agent: Name,
    /// With which model.
    pub model: Name,
    /// When it ended.
    pub at: Timestamp,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a generation ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The result is in.
    Ok,
    /// The result was withheld.
    Censored,
    /// The result was withheld, and the request is a grave matter.
    Csam,
    /// The worker gave up or ran out of time.
    Faulted,
}

/// A result that somebody wants to hear of.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Announcement {
    /// Which generation.
    pub generation: GenerationId,
    /// Whose request it was for.
    pub request_id: RequestId,
    /// Who asked.
    pub user: UserId,
    /// Where to announce it.
    pub webhook: Name,
    /// Who made it.
    pub worker: WorkerId,
    /// What its maker is called.
    pub worker_name: Name,
    /// With which model.
    pub model: Name,
    /// A picture travels by link.
    pub by_link: bool,
    /// What came of it.
    pub product: Product,
    /// What the worker was told it earned.
    pub reward: Kudos,
}

impl Outcome {
    /// Tells how a result counts.
    fn of(product: &Product) -> Self {
        match product {
            product if product.is_abuse() => Self::Csam,
            product if product.is_censored() => Self::Censored,
            _ => Self::Ok,
        }
    }
}

impl Desk {
    /// Tells of a result, to the statistics and to whoever wanted to hear of it.
    #[expect(clippy::too_many_arguments, reason = "an act's context and what it did")]
    pub(super) fn tell_result(
        &mut self,
        request: &Arc<Request>,
        generation: &GenerationRecord,
        worker: &WorkerRecord,
        product: &Product,
        reward: Kudos,
        now: Timestamp,
        out: &mut Vec<Event>,
    ) {
        self.tell_end(request, generation, worker, Outcome::of(product), now, out);
        let is_withdrawn = matches!(product, Product::Form(form) if form.result.is_none());
        let Some(webhook) = request.webhook.as_ref().filter(|_| !is_withdrawn) else { return };
        let announcement = Announcement {
            generation: generation.id,
            request_id: generation.job.request,
            user: request.user,
            webhook: Arc::clone(webhook),
            worker: worker.id,
            worker_name: worker.name.clone(),
            model: generation.model.clone(),
            by_link: request.image().is_none_or(|image| image.r2),
            product: product.clone(),
            reward,
        };
        self.emit(Event::ResultAnnounced(Arc::new(announcement)), out);
    }

    /// Tells the statistics that a lease ended without a result.
    pub(super) fn tell_fault(&mut self, generation: &GenerationRecord, now: Timestamp, out: &mut Vec<Event>) {
        let Some(live) = self.state.requests.get(&generation.job.request) else { return };
        let Some(worker) = self.state.workers.get(&generation.worker) else { return };
        let (request, worker) = (Arc::clone(&live.record.request), Arc::clone(&worker.record));
        self.tell_end(&request, generation, &worker, Outcome::Faulted, now, out);
    }

    fn tell_end(
        &mut self,
        request: &Arc<Request>,
        generation: &GenerationRecord,
        worker: &WorkerRecord,
        outcome: Outcome,
        at: Timestamp,
        out: &mut Vec<Event>,
    ) {
        // Forms are not in the statistics, as at the AI Horde.
        if request.kind() == Kind::Alchemy {
            return;
        }
        let statistic = Statistic {
            generation: generation.id,
            request_id: generation.job.request,
            request: Arc::clone(request),
            worker: worker.id,
            bridge_agent: worker.profile.bridge_agent.clone(),
            model: generation.model.clone(),
            at,
            outcome,
        };
        self.emit(Event::StatisticTaken(Arc::new(statistic)), out);
    }
}
