//! Reads: where the forms of a request stand.

use crate::desk::Desk;
use crate::desk::answer::{AlchemyState, AlchemyStatus, FormState, FormStatus};
use crate::desk::restore::{GenerationState, JobState};
use crate::id::{GenerationId, RequestId};
use crate::kind::Kind;
use crate::offer::Product;
use crate::refusal::RequestRefusal;

impl Desk {
    /// Tells where each form of a request stands, and what has come of it.
    pub fn forms(&self, id: RequestId) -> Result<AlchemyStatus, RequestRefusal> {
        let live = self.request_of(id, Kind::Alchemy)?;
        let work = live.record.request.alchemy().ok_or(RequestRefusal::NotFound)?;
        let forms: Vec<FormStatus> = live
            .jobs
            .iter()
            .filter_map(|job| {
                let name = work.form(job.id.slot)?.name.clone();
                Some(FormStatus { name, state: self.form_state(job.state) })
            })
            .collect();
        Ok(AlchemyStatus { state: AlchemyState::of(&forms), forms })
    }

    fn form_state(&self, state: JobState) -> FormState {
        match state {
            JobState::Waiting => FormState::Waiting,
            JobState::Leased(_) => FormState::Processing,
            JobState::Done(generation) => self.form_result(generation),
            JobState::Cancelled => FormState::Cancelled,
            JobState::Faulted => FormState::Faulted,
        }
    }

    /// What came of a form; one that was withdrawn from its worker is cancelled, though it was paid.
    fn form_result(&self, generation: GenerationId) -> FormState {
        let state = self.state.generations.get(&generation).map(|found| &found.state);
        let Some(GenerationState::Done(finished)) = state else { return FormState::Cancelled };
        match &finished.product {
            Product::Form(form) => {
                form.result.clone().map_or(FormState::Cancelled, |result| FormState::Done { generation, result })
            }
            Product::Image(_) | Product::Text(_) => FormState::Cancelled,
        }
    }
}
