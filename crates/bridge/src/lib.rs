//! The loop of a worker, without sockets and without tensors. "Bridge" is AI Horde's own word for this part.
//!
//! 1. Ask the [`Engine`] what it can serve; with the [`Terms`] of the worker's owner that makes an [`Offer`] a kind.
//! 2. As many lanes as the owner allows work side by side; one of them at a time asks the [`Horde`] for a job.
//! 3. The kinds take turns: who was served last is asked for last.
//! 4. Nothing to do: wait a little, longer each time, or until the server says that there may be work. Trouble: back off, and listen to
//!    `Retry-After`.
//! 5. Wrong credentials and their like cannot heal: stop, and say so in one sentence.
//! 6. From the moment a job is popped it is owed an answer before its lease ends.
//! 7. Fetch what it needs, load the model, run it, with progress out and deadline and cancel in.
//! 8. Upload the picture, submit the result, and repeat both on network trouble: the server takes a resend well.
//! 9. "Already submitted" is done, "no such job" is stale: dropped, and noted.
//! 10. Whatever else goes wrong after a pop is reported as faulted, again and again until the lease is over.
//! 11. Paused: finish, then ask for nothing. Draining: finish, then leave. Aborting: fault what runs, then leave.
//! 12. A worker that only faults stops itself, before the network has to.
//!
//! Not here: JSON over HTTP (`worker-native`, `worker-web`) and neural networks (`throng-engine`). Time and
//! chance are arguments, no future needs to be `Send`, and nothing is native-only: the same loop runs in a browser tab.
#![expect(async_fn_in_trait, reason = "no Send bound on purpose: in a browser neither fetch nor WebGPU can be sent")]

pub mod backoff;
pub mod clock;
pub mod control;
pub mod engine;
pub mod horde;
pub mod listening;
pub mod logbook;
pub mod offer;
pub mod outcome;
#[cfg(any(test, feature = "parrot"))]
pub mod parrot;
pub mod run;
pub mod task;
pub mod wire;

pub use backoff::Backoff;
pub use clock::{Chance, Clock};
pub use control::Control;
pub use engine::{Engine, EngineFailure, Made, Piece, Watch};
pub use horde::{Horde, HordeError};
pub use logbook::{Logbook, Note};
pub use offer::{Ability, Offer, Terms};
pub use outcome::{Outcome, Submission};
pub use run::{Bridge, Ended};
pub use task::{Lease, Popped, Task, Work};
pub use throng_domain::kind::Kind;
