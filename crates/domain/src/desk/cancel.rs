//! A requester wants no more. What is begun of pictures and texts may still be delivered, and is paid; what is begun of alchemy is taken
//! back at once, and paid as well.

use crate::desk::Desk;
use crate::desk::answer::{AlchemyStatus, Status};
use crate::desk::events::Event;
use crate::desk::restore::JobState;
use crate::id::{GenerationId, Ids, RequestId};
use crate::kind::Kind;
use crate::refusal::RequestRefusal;
use crate::time::Timestamp;

impl Desk {
    /// Cancels what is not begun, and tells the status after it.
    pub fn cancel(
        &mut self,
        request: RequestId,
        kind: Kind,
        now: Timestamp,
        out: &mut Vec<Event>,
    ) -> Result<Status, RequestRefusal> {
        let live = self.request_of(request, kind)?;
        let tally = live.tally();
        if tally.waiting + tally.leased > 0 {
            self.progress(request, out, |progress| progress.cancelled = true);
            self.drop_waiting(request, JobState::Cancelled, now, out);
        }
        self.status(request, kind, now)
    }

    /// Cancels all forms that are not in yet, and tells where each stands after it.
    pub fn cancel_forms(
        &mut self,
        request: RequestId,
        now: Timestamp,
        ids: &mut dyn Ids,
        out: &mut Vec<Event>,
    ) -> Result<AlchemyStatus, RequestRefusal> {
        let live = self.request_of(request, Kind::Alchemy)?;
        let begun: Vec<GenerationId> = live
            .jobs
            .iter()
            .filter_map(|job| match job.state {
                JobState::Leased(generation) => Some(generation),
                _ => None,
            })
            .collect();
        self.cancel(request, Kind::Alchemy, now, out)?;
        for generation in begun {
            self.withdraw(generation, now, ids, out);
        }
        self.forms(request)
    }
}
