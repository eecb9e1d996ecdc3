//! Telling the server: upload, submit, report a fault, and again on trouble until the lease is over.

use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};

use crate::backoff::Backoff;
use crate::engine::Engine;
use crate::horde::{Horde, HordeError};
use crate::logbook::Note;
use crate::outcome::{Fault, Outcome, Settled, Submission};
use crate::run::serve::Served;
use crate::run::{Bridge, Shell};
use crate::wire::{AfterSubmit, after_submit};

/// The first wait after a call that failed while a lease runs.
const RETRY_FIRST: Duration = Duration::from_secs(1);
/// The longest wait: a lease is short, so several tries must fit into what is left of it.
const RETRY_LONGEST: Duration = Duration::from_secs(15);
/// The last try begins at least this long before the end.
const LAST_TRY: Duration = Duration::from_secs(1);
/// How long an aborted worker still tries to tell the server; the owner is waiting for it to leave.
const ABORT_GRACE: Duration = Duration::from_secs(10);

impl<H: Horde, E: Engine, S: Shell> Bridge<H, E, S> {
    /// Uploads a picture.
    pub(super) async fn upload(
        &self,
        served: &Served,
        address: &str,
        webp: &[u8],
        seed: u64,
    ) -> Result<Outcome, Fault> {
        self.persist("uploading a picture", served.lease_end, async || self.horde.upload(address, webp).await)
            .await
            .map(|()| Outcome::Uploaded { seed })
            .map_err(Fault::Upload)
    }

    /// Submits a result; one that is not taken becomes a fault.
    pub(super) async fn deliver(&self, served: &Served, generation: &str, summary: &str, outcome: Outcome) {
        match self.submit(served, generation, outcome).await {
            Ok(settled) => self.shell.note(&Note::Delivered {
                kind: served.popped.kind,
                model: &served.popped.model,
                summary,
                generation,
                settled: &settled,
                time: self.shell.now().saturating_sub(served.asked_at),
            }),
            Err(error) => self.fault(served, generation, &Fault::NotTaken(error)).await,
        }
    }

    /// Reports a generation as faulted.
    pub(super) async fn fault(&self, served: &Served, generation: &str, fault: &Fault) {
        let told = self.submit(served, generation, Outcome::Faulted(fault.clone())).await.is_ok();
        self.shell.note(&Note::Faulted {
            kind: served.popped.kind,
            model: &served.popped.model,
            generation,
            fault,
            told,
        });
    }

    async fn submit(&self, served: &Served, generation: &str, outcome: Outcome) -> Result<Settled, HordeError> {
        let submission = Submission { kind: served.popped.kind, generation: generation.to_owned(), outcome };
        let sent =
            self.persist("submitting a result", served.lease_end, async || self.horde.submit(&submission).await).await;
        match sent {
            Ok(reward) => Ok(Settled::Paid(reward)),
            Err(error) => match after_submit(&error) {
                AfterSubmit::Already => Ok(Settled::Already),
                AfterSubmit::Stale => Ok(Settled::Stale),
                AfterSubmit::Refused => Err(error),
            },
        }
    }

    /// Repeats a call with back-off while it may still succeed and there is time; tries at least once.
    pub(super) async fn persist<T>(
        &self,
        doing: &'static str,
        end: Duration,
        call: impl AsyncFn() -> Result<T, HordeError>,
    ) -> Result<T, HordeError> {
        let mut backoff = Backoff::new(RETRY_FIRST, RETRY_LONGEST);
        let mut end = end;
        let mut hurried = false;
        loop {
            let error = match call().await {
                Err(error) if error.is_passing() => error,
                settled => return settled,
            };
            let left = end.saturating_sub(self.shell.now());
            if left <= LAST_TRY {
                return Err(error);
            }
            let wait = backoff.next(&self.shell, error.retry_after()).min(left.saturating_sub(LAST_TRY));
            self.shell.note(&Note::Trouble { doing, why: &error.to_string(), wait });
            if hurried {
                self.shell.sleep(wait).await;
            } else if let Either::Right(_) = select(pin!(self.shell.sleep(wait)), pin!(self.control.aborting())).await {
                hurried = true;
                end = end.min(self.shell.now() + ABORT_GRACE);
            }
        }
    }
}
