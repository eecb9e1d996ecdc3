//! How a generation ends: what is sent back, why it was faulted, and what became of the submit.

use crate::engine::EngineFailure;
use crate::horde::HordeError;
use throng_domain::kind::Kind;

/// What a worker says about a generation when it submits it.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The picture was uploaded.
    Uploaded {
        /// The seed that makes it again.
        seed: u64,
    },
    /// The picture is here, as WebP.
    Inline {
        /// The encoded picture.
        webp: Vec<u8>,
        /// The seed that makes it again.
        seed: u64,
    },
    /// The text.
    Text {
        /// The text, without the prompt.
        text: String,
        /// The seed that makes it again.
        seed: u64,
    },
    /// There is none.
    Faulted(Fault),
}

/// One submit.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    /// The kind of job it answers.
    pub kind: Kind,
    /// The generation's id: the lease.
    pub generation: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// Why a popped job was reported as faulted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Fault {
    /// The job needs something this worker never offered.
    #[error("the job needs what this worker does not offer: {0}")]
    Unfit(String),
    /// The picture to begin from could not be had.
    #[error("the source picture could not be fetched: {0}")]
    Source(HordeError),
    /// The model could not be made ready.
    #[error("the model could not be loaded: {0}")]
    Load(EngineFailure),
    /// The engine gave up.
    #[error("{0}")]
    Engine(EngineFailure),
    /// The lease was about to end before the engine was done.
    #[error("it was not finished before its lease ran out")]
    TooSlow,
    /// The owner told the worker to leave at once.
    #[error("the worker was told to stop at once")]
    Aborted,
    /// Fewer results than leases.
    #[error("the engine made fewer results than were asked for")]
    Missing,
    /// The picture could not be uploaded.
    #[error("the picture could not be uploaded: {0}")]
    Upload(HordeError),
    /// The server did not take the result.
    #[error("the result was not taken: {0}")]
    NotTaken(HordeError),
}

impl Fault {
    /// Whether the fault speaks against this worker's health; too many of these in a row end the loop.
    pub fn is_ours(&self) -> bool {
        match self {
            Self::Load(failure) | Self::Engine(failure) => matches!(failure, EngineFailure::Failed(_)),
            Self::TooSlow | Self::Missing => true,
            Self::Unfit(_) | Self::Source(_) | Self::Aborted | Self::Upload(_) | Self::NotTaken(_) => false,
        }
    }
}

/// What became of a submit.
#[derive(Debug, Clone, PartialEq)]
pub enum Settled {
    /// It was taken, for this many kudos.
    Paid(f64),
    /// It had been taken before: an earlier try got through and only its answer was lost.
    Already,
    /// The server no longer waits for it.
    Stale,
}
