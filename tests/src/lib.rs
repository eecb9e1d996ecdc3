//! What the whole-house tests and the benchmarks share: real processes, a wire client, a listener to streams of events,
//! pictures looked at by pixels; and what only the benchmarks share.

#![allow(clippy::expect_used, reason = "a test that cannot go on ends here, and says why")]

pub mod bench;
pub mod house;
pub mod listener;
pub mod pixels;
pub mod process;
pub mod wire;
