//! An alchemist pops: it is given forms one by one until it has as many as it wants, of as many requests as that takes. A form that it does
//! not know stays for another.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::Lease;
use crate::desk::Desk;
use crate::desk::answer::{FormAssignment, Popped};
use crate::desk::events::Event;
use crate::desk::restore::{JobRecord, JobState};
use crate::id::{Ids, RequestId};
use crate::limits::{FORM_LEASE_SECONDS, FORMS_PER_POP_MAX};
use crate::offer::Offer;
use crate::refusal::PopRefusal;
use crate::request::Name;
use crate::time::Timestamp;

impl Desk {
    /// Fills what is popped with forms, or tells why there are none. `known` are the forms the worker knows now.
    pub(super) fn pop_forms(
        &mut self,
        known: &[Name],
        offer: &Offer,
        popped: &mut Popped,
        now: Timestamp,
        ids: &mut dyn Ids,
        out: &mut Vec<Event>,
    ) -> Result<(), PopRefusal> {
        let most = usize::from(offer.amount.clamp(1, FORMS_PER_POP_MAX));
        let passed = loop {
            let Some(live) = self.state.workers.get(&popped.worker) else { return Ok(()) };
            let found = self.seek(live, known, offer);
            if let Some(live) = self.state.workers.get_mut(&popped.worker) {
                live.stop = found.stop;
            }
            let Some(request) = found.request else { break found.passed };
            let before = popped.forms.len();
            self.assign_forms(known, request, most, popped, now, ids, out);
            if popped.forms.len() >= most || popped.forms.len() == before {
                return Ok(());
            }
        };
        if !popped.forms.is_empty() {
            return Ok(());
        }
        let live = self.state.workers.get(&popped.worker);
        if let Some(message) = live.and_then(|live| live.record.maintenance.clone()) {
            return Err(PopRefusal::Maintenance { message });
        }
        popped.skipped = self.skip_counts(popped.worker, known, offer, &passed, now);
        Ok(())
    }

    /// Leases the waiting forms of a request that the worker knows, until it has `most`.
    #[expect(clippy::too_many_arguments, reason = "an act's context and what was decided before")]
    fn assign_forms(
        &mut self,
        known: &[Name],
        request_id: RequestId,
        most: usize,
        popped: &mut Popped,
        now: Timestamp,
        ids: &mut dyn Ids,
        out: &mut Vec<Event>,
    ) {
        let Some(live) = self.state.requests.get(&request_id) else { return };
        let request = Arc::clone(&live.record.request);
        let Some(work) = request.alchemy() else { return };
        let fitting: Vec<(JobRecord, Name)> = live
            .jobs
            .iter()
            .filter(|job| job.state == JobState::Waiting)
            .filter_map(|job| Some((*job, work.form(job.id.slot)?.name.clone())))
            .filter(|(_, form)| known.contains(form))
            .take(most.saturating_sub(popped.forms.len()))
            .collect();
        for (job, form) in fitting {
            let lease = Lease { worker: popped.worker, model: form, seed: 0, seconds: FORM_LEASE_SECONDS };
            let generation = self.lease_job(job, lease, now, ids, out);
            popped.forms.push(FormAssignment { request: Arc::clone(&request), slot: job.id.slot, generation });
        }
        self.prolong(request_id, now, false, out);
    }
}
