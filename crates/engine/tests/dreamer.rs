//! The Dreamer against its reference, and the built-in picture model against its promise.
//!
//! `golden` compares every block and whole pipelines with what diffusers computed (see `reference/dreamer.py`), on the
//! CPU and on a Vulkan device where there is one. `shapes` loads the built-in model and looks at its pictures.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "helpers of tests fail as tests do, and say what they measured"
)]

#[path = "dreamer/fixtures.rs"]
mod fixtures;
#[path = "dreamer/golden.rs"]
mod golden;
#[path = "dreamer/pipelines.rs"]
mod pipelines;
#[path = "dreamer/schedules.rs"]
mod schedules;
#[path = "dreamer/shapes.rs"]
mod shapes;
#[path = "dreamer/shapes_checker.rs"]
mod shapes_checker;
