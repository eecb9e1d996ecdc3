//! What the loop tells its shell, so that a terminal or a page can show it. The loop itself prints nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::engine::Watch;
use crate::outcome::{Fault, Settled};
use throng_domain::kind::Kind;

/// Something worth telling.
#[derive(Debug)]
pub enum Note<'a> {
    /// A job was popped and begins.
    Began {
        /// Which lane serves it.
        lane: u32,
        /// Its kind.
        kind: Kind,
        /// Its model.
        model: &'a str,
        /// The work in a few words.
        summary: &'a str,
        /// The generations owed: whoever outlives a worker that died can report them as faulted.
        generations: &'a [String],
        /// How far it is.
        watch: &'a Arc<Watch>,
    },
    /// A lane is free again.
    Ended {
        /// Which lane.
        lane: u32,
    },
    /// A generation was settled.
    Delivered {
        /// Its kind.
        kind: Kind,
        /// Its model.
        model: &'a str,
        /// The work in a few words.
        summary: &'a str,
        /// The generation.
        generation: &'a str,
        /// What became of it.
        settled: &'a Settled,
        /// From pop to settlement.
        time: Duration,
    },
    /// A generation failed; `told` says what the server answered to that.
    Faulted {
        /// Its kind.
        kind: Kind,
        /// Its model.
        model: &'a str,
        /// The generation.
        generation: &'a str,
        /// Why.
        fault: &'a Fault,
        /// Whether the server knows; if not, it finds out when the lease ends.
        told: bool,
    },
    /// There was nothing for this worker; these jobs were not given to it, by reason.
    Nothing {
        /// Which kind was asked for.
        kind: Kind,
        /// Jobs by reason.
        skipped: &'a BTreeMap<String, u64>,
    },
    /// The operators have something to say.
    Message(&'a str),
    /// Something did not work and is tried again.
    Trouble {
        /// What was tried.
        doing: &'static str,
        /// What happened.
        why: &'a str,
        /// When it is tried again.
        wait: Duration,
    },
    /// The worker is in maintenance for a kind; asked again later.
    Maintenance {
        /// Which kind.
        kind: Kind,
        /// The operators' words.
        message: &'a str,
    },
    /// The worker rests because it only faulted lately.
    Resting {
        /// How many times in a row.
        faults: u32,
        /// How long.
        wait: Duration,
    },
    /// The owner paused the worker.
    Paused,
    /// The owner resumed the worker.
    Resumed,
}

/// Takes notes.
pub trait Logbook {
    /// Takes a note.
    fn note(&self, note: &Note<'_>);
}
