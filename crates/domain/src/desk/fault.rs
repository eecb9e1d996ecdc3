//! An attempt fails: the worker gave up, or its lease ran out. The job goes back to the queue, unless its request has failed too often or is
//! no longer wanted.

use std::sync::Arc;

use crate::desk::Desk;
use crate::desk::events::Event;
use crate::desk::restore::{GenerationRecord, GenerationState, JobRecord, JobState, WorkerRecord};
use crate::id::{GenerationId, RequestId, UserId, WorkerId};
use crate::kind::Kind;
use crate::ledger::HoldState;
use crate::limits::{
    ABORTS_PER_HOUR_MAX, ABORTS_PER_HOUR_RAID_MAX, ABORTS_WINDOW, FAULTS_MAX, FORM_ABORTS_PER_HOUR_MAX,
    FORM_ATTEMPTS_MAX,
};
use crate::refusal::SubmitRefusal;
use crate::suspicion::Reason;
use crate::time::Timestamp;

/// What a worker is told that failed too often.
const TOO_MANY_ABORTS: &str = "This worker was put into maintenance mode because too many of its jobs failed or ran out of time within an hour. \
     Please check your worker speed and settings, then switch maintenance off.";

impl Desk {
    /// Takes notice that a worker gave up. Reporting it again changes nothing.
    pub fn fault(
        &mut self,
        caller: UserId,
        id: GenerationId,
        kind: Kind,
        now: Timestamp,
        out: &mut Vec<Event>,
    ) -> Result<RequestId, SubmitRefusal> {
        let (generation, _) = self.leased_to(caller, id, kind)?;
        match generation.state {
            GenerationState::Leased => {
                self.fail(&generation, GenerationState::Faulted { at: now }, now, out);
                Ok(generation.job.request)
            }
            GenerationState::Faulted { .. } => Ok(generation.job.request),
            GenerationState::Done(_) => Err(SubmitRefusal::DuplicateGen),
            GenerationState::Expired { .. } => Err(SubmitRefusal::AbortedGen),
        }
    }

    /// Ends a lease without a result.
    pub(super) fn fail(
        &mut self,
        generation: &GenerationRecord,
        end: GenerationState,
        now: Timestamp,
        out: &mut Vec<Event>,
    ) {
        let request = generation.job.request;
        let state = Arc::new(end);
        self.emit(Event::GenerationEnded { generation: generation.id, state }, out);
        self.tell_fault(generation, now, out);
        self.count_abort(generation.worker, now, out);
        self.progress(request, out, |progress| progress.faults += 1);
        let Some(live) = self.state.requests.get(&request) else { return };
        let progress = live.record.progress;
        let is_form = live.record.request.kind() == Kind::Alchemy;
        let gives_up = !is_form && progress.faults >= FAULTS_MAX;
        let Some(job) = self.job(generation.job).copied() else { return };
        // A form is given up by itself: it has little in common with the others.
        if progress.faulted || gives_up || is_form && job.attempts >= FORM_ATTEMPTS_MAX {
            self.drop_job(job, JobState::Faulted, now, out);
        } else if progress.cancelled {
            self.drop_job(job, JobState::Cancelled, now, out);
        } else {
            self.move_job(job, JobState::Waiting, out);
        }
        if gives_up && !progress.faulted {
            self.progress(request, out, |progress| progress.faulted = true);
            self.drop_waiting(request, JobState::Faulted, now, out);
        }
    }

    /// Drops all jobs of a request that nobody is at.
    pub(super) fn drop_waiting(&mut self, request: RequestId, to: JobState, now: Timestamp, out: &mut Vec<Event>) {
        let Some(live) = self.state.requests.get(&request) else { return };
        let waiting: Vec<JobRecord> = live.jobs.iter().filter(|job| job.state == JobState::Waiting).copied().collect();
        for job in waiting {
            self.drop_job(job, to, now, out);
        }
    }

    fn drop_job(&mut self, job: JobRecord, to: JobState, now: Timestamp, out: &mut Vec<Event>) {
        self.move_job(job, to, out);
        self.end_hold(job.id, HoldState::Voided, crate::kudos::Kudos::ZERO, now, out);
    }

    /// Counts a failed attempt against a worker; too many in an hour put it into maintenance.
    fn count_abort(&mut self, worker: WorkerId, now: Timestamp, out: &mut Vec<Event>) {
        let Some(live) = self.state.workers.get(&worker) else { return };
        let record = Arc::clone(&live.record);
        let mut counts = record.counts.clone();
        counts.uncompleted += 1;
        if now.since(counts.aborted_since) > ABORTS_WINDOW {
            counts.aborted = 0;
            counts.aborted_since = now;
        }
        counts.aborted += 1;
        let raid = self.state.modes.raid;
        let most = match record.profile.ability.kind() {
            Kind::Image | Kind::Text if raid => ABORTS_PER_HOUR_RAID_MAX,
            Kind::Image | Kind::Text => ABORTS_PER_HOUR_MAX,
            Kind::Alchemy => FORM_ABORTS_PER_HOUR_MAX,
        };
        if counts.aborted <= most {
            self.emit(Event::WorkerCounted { worker, counts }, out);
            return;
        }
        counts.aborted = 0;
        if raid {
            // Saboteurs shall not learn at once that they were noticed.
            self.emit(Event::WorkerCounted { worker, counts }, out);
        } else {
            let maintenance = Some(Arc::from(TOO_MANY_ABORTS));
            let saved = WorkerRecord { maintenance, counts, ..WorkerRecord::clone(&record) };
            self.emit(Event::WorkerSaved(Arc::new(saved)), out);
        }
        self.suspect_worker(worker, Reason::TooManyAborts, out);
    }
}
