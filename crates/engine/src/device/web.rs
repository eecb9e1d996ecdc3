//! A browser's graphics card: how to open it, what it lets a tensor be, and whether it is still there.

use burn::tensor::{Device as Handle, Tensor};

use super::{Device, Processor, failed, missing};
use crate::error::EngineError;

/// A browser's graphics card, opened.
#[derive(Debug, Clone)]
pub struct WebGpu {
    /// Where tensors live.
    pub device: Device,
    /// The largest piece of memory one tensor may have, in bytes.
    pub tensor_bytes_max: u64,
}

impl WebGpu {
    /// Opens it; `words` name it for people. Once in the life of a program: a lost device needs a new program.
    ///
    /// # Errors
    /// A browser without WebGPU, or a card that cannot be had.
    pub async fn open(words: String) -> Result<Self, EngineError> {
        let opened = Handle::wgpu_options().init_with_setup_async().await;
        let (handle, setup) = opened.map_err(|error| missing(Processor::WebGpu, &error.to_string()))?;
        let limits = setup.device.limits();
        Ok(Self {
            device: Device { processor: Processor::WebGpu, words, handle },
            tensor_bytes_max: limits.max_buffer_size.min(u64::from(limits.max_storage_buffer_binding_size)),
        })
    }

    /// Asks the card for a sum, to see whether it still answers.
    ///
    /// # Errors
    /// A device that was lost, or that answers with something else.
    pub async fn probe(&self) -> Result<(), EngineError> {
        let sum = Tensor::<1>::ones([8], self.device.handle()).sum();
        let data = sum.into_data_async().await.map_err(failed)?;
        match data.try_into_vec::<f32>() {
            Ok(numbers) if numbers == [8.0] => Ok(()),
            _ => Err(missing(Processor::WebGpu, "it answers with wrong numbers")),
        }
    }
}
