//! What the whole-house tests and the benchmarks share: real processes, a wire client, pictures looked at by pixels.

pub mod house;
pub mod pixels;
pub mod process;
pub mod wire;
