//! The compute seam: what the loop asks of whatever makes pictures and texts. Tensors stay on the other side.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crate::offer::Ability;
use crate::task::Task;

/// Something that can run tasks. Asynchronous because a browser can only await what a graphics card computed.
pub trait Engine {
    /// What it can serve.
    fn abilities(&self) -> Vec<Ability>;

    /// Makes a model ready, if it is not already.
    async fn load(&self, model: &str) -> Result<(), EngineFailure>;

    /// Makes what the task asks for. Writes its progress into `watch`, and gives up soon after `watch` is cancelled;
    /// the loop cancels it at the deadline.
    async fn run(&self, task: &Task, watch: &Arc<Watch>) -> Result<Made, EngineFailure>;
}

impl<E: Engine> Engine for Rc<E> {
    fn abilities(&self) -> Vec<Ability> {
        E::abilities(self)
    }

    async fn load(&self, model: &str) -> Result<(), EngineFailure> {
        E::load(self, model).await
    }

    async fn run(&self, task: &Task, watch: &Arc<Watch>) -> Result<Made, EngineFailure> {
        E::run(self, task, watch).await
    }
}

/// Why an engine made nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineFailure {
    /// This task can never be run by this engine.
    #[error("this worker cannot do it: {0}")]
    Unfit(String),
    /// It should have worked.
    #[error("the engine failed: {0}")]
    Failed(String),
}

/// What an engine made.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// One piece for each lease, in order.
    pub pieces: Vec<Piece>,
}

/// One result.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// A picture.
    Picture {
        /// The picture, encoded as WebP.
        webp: Vec<u8>,
        /// The seed that makes it again.
        seed: u64,
    },
    /// A text.
    Text {
        /// The text, without the prompt.
        text: String,
        /// How many tokens were made.
        tokens: u32,
        /// The seed that makes it again.
        seed: u64,
    },
}

/// Progress out, cancellation in: shared by the loop, the engine and whoever shows a bar.
#[derive(Debug, Default)]
pub struct Watch {
    step: AtomicU32,
    of: AtomicU32,
    cancelled: AtomicBool,
}

impl Watch {
    /// A watch for a task that has not begun.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Notes that `step` of `of` steps or tokens are done.
    pub fn progress(&self, step: u32, of: u32) {
        self.step.store(step, Ordering::Relaxed);
        self.of.store(of, Ordering::Relaxed);
    }

    /// Steps or tokens done, and how many there will be at most; zero and zero before the beginning.
    pub fn read(&self) -> (u32, u32) {
        (self.step.load(Ordering::Relaxed), self.of.load(Ordering::Relaxed))
    }

    /// Asks the engine to give up.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether the engine was asked to give up.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}
