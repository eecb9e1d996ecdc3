//! The one file that names a Burn device: which processor to compute on, how to open it, what to call it.
//!
//! Everything else takes a [`Device`] and asks it for a handle. Not here: what is computed.

use std::fmt;
use std::str::FromStr;

use burn::tensor::{Device as Handle, ExecutionError};

use crate::error::EngineError;

#[cfg(target_arch = "wasm32")]
mod web;
#[cfg(target_arch = "wasm32")]
pub use web::WebGpu;

/// A kind of processor the engine can compute on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Processor {
    /// The central processor, in pure Rust; always there.
    #[default]
    Cpu,
    /// A graphics card (or a software renderer) reached through Vulkan.
    Vulkan,
    /// An NVIDIA card reached through CUDA; needs the cargo feature `cuda`.
    Cuda,
    /// A browser's graphics card; opened with `WebGpu::open`, because a browser can only be awaited.
    WebGpu,
}

impl FromStr for Processor {
    type Err = EngineError;

    fn from_str(word: &str) -> Result<Self, EngineError> {
        match word.trim().to_ascii_lowercase().as_str() {
            "cpu" => Ok(Self::Cpu),
            "vulkan" => Ok(Self::Vulkan),
            "cuda" => Ok(Self::Cuda),
            other => Err(EngineError::Device {
                processor: other.to_owned(),
                why: "unknown device; choose cpu, vulkan or cuda".to_owned(),
            }),
        }
    }
}

impl fmt::Display for Processor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cpu => "cpu",
            Self::Vulkan => "vulkan",
            Self::Cuda => "cuda",
            Self::WebGpu => "webgpu",
        })
    }
}

/// An opened device: where tensors live and are computed.
#[derive(Debug, Clone)]
pub struct Device {
    processor: Processor,
    words: String,
    handle: Handle,
}

impl Device {
    /// Opens the best device of a kind, or says why there is none.
    pub fn open(processor: Processor) -> Result<Self, EngineError> {
        match processor {
            Processor::Cpu => Ok(Self::cpu()),
            Processor::Vulkan => open_vulkan(),
            Processor::Cuda => open_cuda(),
            Processor::WebGpu => Err(missing(Processor::WebGpu, "there is WebGPU in a browser only")),
        }
    }

    /// Opens the central processor, which cannot fail.
    pub fn cpu() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let plural = if cores == 1 { "core" } else { "cores" };
        Self {
            processor: Processor::Cpu,
            words: format!("CPU ({}, {cores} {plural})", std::env::consts::ARCH),
            handle: Handle::flex(),
        }
    }

    /// The kind of this device.
    pub fn processor(&self) -> Processor {
        self.processor
    }

    /// What this device is, for people: `CPU (x86_64, 2 cores)`, `Vulkan: NVIDIA H200`.
    pub fn describe(&self) -> &str {
        &self.words
    }

    /// Waits until everything asked of the device is done.
    pub fn wait(&self) -> Result<(), EngineError> {
        self.handle.sync().map_err(failed)
    }

    /// The Burn device behind this one.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }
}

/// Says that a device failed while computing or while a result was read.
#[expect(clippy::needless_pass_by_value, reason = "as map_err hands it over")]
pub(crate) fn failed(error: ExecutionError) -> EngineError {
    EngineError::Device { processor: "the device failed".to_owned(), why: error.to_string() }
}

/// Limits the CPU device to a number of threads, once per process and before anything is computed.
///
/// Returns false when the threads were already started and the limit came too late.
#[cfg(not(target_arch = "wasm32"))]
pub fn limit_threads(threads: usize) -> bool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().is_ok()
}

fn missing(processor: Processor, why: &str) -> EngineError {
    EngineError::Device { processor: processor.to_string(), why: why.to_owned() }
}

/// Opens the best card, or else a software renderer; kernels are WGSL, the same that run in a browser.
#[cfg(not(target_arch = "wasm32"))]
fn open_vulkan() -> Result<Device, EngineError> {
    use burn::tensor::DeviceType;
    let mut software = None;
    // Burn lists discrete cards first, then integrated and virtual ones, software renderers last.
    for handle in Handle::enumerate(DeviceType::Wgpu).into_vec() {
        let Some(identity) = handle.identity() else { continue };
        let device = Device { processor: Processor::Vulkan, words: format!("Vulkan: {}", identity.name), handle };
        if identity.physical.is_some() {
            return Ok(device);
        }
        software = Some(device);
    }
    match software {
        None => Err(missing(Processor::Vulkan, "no Vulkan device was found on this machine")),
        // Burn 0.22.1's SPIR-V kernels crash the software renderers there are (llvmpipe up to Mesa 25 while compiling, by
        // a signal no program survives) or come out wrong (SwiftShader): refused, not tried.
        Some(device) if cfg!(feature = "spirv") => Err(missing(
            Processor::Vulkan,
            &format!("only a software renderer was found ({}), which this build cannot use; use cpu", device.words),
        )),
        Some(device) => Ok(device),
    }
}

#[cfg(target_arch = "wasm32")]
fn open_vulkan() -> Result<Device, EngineError> {
    Err(missing(Processor::Vulkan, "there is no Vulkan in a browser"))
}

#[cfg(feature = "cuda")]
fn open_cuda() -> Result<Device, EngineError> {
    use burn::tensor::DeviceType;
    let found = Handle::enumerate(DeviceType::Cuda).into_vec();
    let handle =
        found.into_iter().next().ok_or_else(|| missing(Processor::Cuda, "no CUDA device was found on this machine"))?;
    let name = handle.identity().map_or_else(|| "unnamed device".to_owned(), |identity| identity.name);
    Ok(Device { processor: Processor::Cuda, words: format!("CUDA: {name}"), handle })
}

#[cfg(not(feature = "cuda"))]
fn open_cuda() -> Result<Device, EngineError> {
    Err(missing(Processor::Cuda, "this build has no CUDA; build with `--features cuda`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_is_read_back_from_its_own_name() {
        for processor in [Processor::Cpu, Processor::Vulkan, Processor::Cuda] {
            assert_eq!(processor.to_string().parse::<Processor>().unwrap(), processor);
        }
        assert!("tpu".parse::<Processor>().unwrap_err().to_string().contains("choose cpu, vulkan or cuda"));
    }
}
