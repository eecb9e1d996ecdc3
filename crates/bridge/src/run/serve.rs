//! One popped job from its first moment to its last: made before the deadline, or faulted with a reason.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{Either, select};

use crate::engine::{Engine, EngineFailure, Made, Piece, Watch};
use crate::horde::Horde;
use crate::logbook::Note;
use crate::outcome::{Fault, Outcome};
use crate::run::{Bridge, Shell};
use crate::task::{Popped, Source, Task, Work};

/// The lease when the server does not say: the shortest AI Horde gives.
const LEASE_DEFAULT: Duration = Duration::from_secs(150);
/// The part of a lease kept for upload and submit ...
const DELIVERY_SHARE: u32 = 10;
/// ... and the most of it: an upload that takes longer than this is in trouble anyway.
const DELIVERY_LONGEST: Duration = Duration::from_secs(15);

/// What every generation of a popped job shares.
pub(super) struct Served {
    pub(super) popped: Popped,
    pub(super) summary: String,
    pub(super) asked_at: Duration,
    pub(super) lease_end: Duration,
}

impl<H: Horde, E: Engine, S: Shell> Bridge<H, E, S> {
    /// Makes a job and delivers it, or reports it as faulted. Every lease gets its answer here.
    pub(super) async fn serve(&self, lane: u32, popped: Popped, asked_at: Duration) {
        let lease_time = popped.lease_time.unwrap_or(LEASE_DEFAULT);
        // Counted from before the pop left: the server's clock started later, so ours errs on the safe side.
        let lease_end = asked_at + lease_time;
        let deadline = lease_end.saturating_sub((lease_time / DELIVERY_SHARE).min(DELIVERY_LONGEST));
        let summary = popped.work.as_ref().map_or_else(|_| "unknown".to_owned(), Work::summary);
        let watch = Watch::new();
        let generations: Vec<String> = popped.leases.iter().map(|lease| lease.id.clone()).collect();
        self.shell.note(&Note::Began {
            lane,
            kind: popped.kind,
            model: &popped.model,
            summary: &summary,
            generations: &generations,
            watch: &watch,
        });
        let made = self.make_in_time(&popped, &watch, deadline).await;
        let served = Served { popped, summary, asked_at, lease_end };
        match &made {
            Ok(_) => self.count_success(),
            Err(fault) if fault.is_ours() => self.count_fault(&fault.to_string()),
            Err(_) => {}
        }
        match made {
            Ok(made) => self.hand_over(&served, made).await,
            Err(fault) => self.fault_all(&served, &fault).await,
        }
        self.shell.note(&Note::Ended { lane });
    }

    async fn make_in_time(&self, popped: &Popped, watch: &Arc<Watch>, deadline: Duration) -> Result<Made, Fault> {
        let time = deadline.saturating_sub(self.shell.now());
        let interrupted = async {
            match select(pin!(self.shell.sleep(time)), pin!(self.control.aborting())).await {
                Either::Left(_) => Fault::TooSlow,
                Either::Right(_) => Fault::Aborted,
            }
        };
        match select(pin!(self.make(popped, watch)), pin!(interrupted)).await {
            Either::Left((made, _)) => made,
            Either::Right((fault, _)) => {
                watch.cancel();
                Err(fault)
            }
        }
    }

    async fn make(&self, popped: &Popped, watch: &Arc<Watch>) -> Result<Made, Fault> {
        let mut work = popped.work.clone().map_err(Fault::Unfit)?;
        if let Work::Image(image) = &mut work {
            for source in [&mut image.source, &mut image.mask].into_iter().flatten() {
                self.bring(source).await?;
            }
        }
        self.engine.load(&popped.model).await.map_err(Fault::Load)?;
        let task = Task { model: popped.model.clone(), work };
        self.engine.run(&task, watch).await.map_err(|failure| match failure {
            EngineFailure::Unfit(why) => Fault::Unfit(why),
            EngineFailure::Failed(_) => Fault::Engine(failure),
        })
    }

    /// Fetches a source picture; the deadline around [`Self::make`] bounds the retries.
    async fn bring(&self, source: &mut Source) -> Result<(), Fault> {
        if let Source::Address(address) = source {
            let bytes = self
                .persist("fetching a source picture", Duration::MAX, async || self.horde.fetch(address).await)
                .await
                .map_err(Fault::Source)?;
            *source = Source::Bytes(bytes);
        }
        Ok(())
    }

    async fn hand_over(&self, served: &Served, made: Made) {
        let mut pieces = made.pieces.into_iter();
        for lease in &served.popped.leases {
            let Some(piece) = pieces.next() else {
                self.fault(served, &lease.id, &Fault::Missing).await;
                continue;
            };
            // How long a text is shows only now.
            let summary = match &piece {
                Piece::Text { tokens, .. } => format!("{tokens} tokens"),
                Piece::Picture { .. } => served.summary.clone(),
            };
            let outcome = match piece {
                Piece::Text { text, seed, .. } => Ok(Outcome::Text { text, seed }),
                Piece::Picture { webp, seed } => match &lease.upload {
                    None => Ok(Outcome::Inline { webp, seed }),
                    Some(address) => self.upload(served, address, &webp, seed).await,
                },
            };
            match outcome {
                Ok(outcome) => self.deliver(served, &lease.id, &summary, outcome).await,
                Err(fault) => self.fault(served, &lease.id, &fault).await,
            }
        }
    }

    async fn fault_all(&self, served: &Served, fault: &Fault) {
        for lease in &served.popped.leases {
            self.fault(served, &lease.id, fault).await;
        }
    }
}
