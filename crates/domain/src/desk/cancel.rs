//! A requester wants no more. What is begun may still be delivered, and is paid.

use crate::desk::Desk;
use crate::desk::answer::Status;
use crate::desk::events::Event;
use crate::desk::restore::JobState;
use crate::id::RequestId;
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
}
