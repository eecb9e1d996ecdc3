//! The engine: neural networks in Burn, loaded from safetensors in the layouts people have.
//!
//! Two families: [`dreamer`] (Stable Diffusion 1.x from a diffusers folder: a prompt becomes a picture) and
//! [`scribe`] (Llama from a transformers folder: a prompt becomes text). [`device`] is the only file that names a
//! Burn device, [`weights`] the only one that reads safetensors, [`registry`] tells what lies in a folder, [`files`] where folders may be.
//! [`shelf`] keeps models loaded and [`work`] runs the tasks of `throng-bridge` on them; [`selftest`] tells whether a device computes rightly.
//!
//! Not here: the wire, the queue, the network, who asked and what it costs. Nothing in the model code is native-only,
//! and results are awaited, never blocked on, so that the same models can run in a browser.

pub mod device;
pub mod dreamer;
pub mod error;
pub mod files;
pub mod progress;
pub mod registry;
pub mod scribe;
pub mod selftest;
pub mod shelf;
pub mod weights;
pub mod work;

pub use device::{Device, Processor};
pub use error::EngineError;
pub use files::{Place, Store};
pub use progress::{Flow, Progress, Rest};
pub use shelf::{Loaded, Shelf};
