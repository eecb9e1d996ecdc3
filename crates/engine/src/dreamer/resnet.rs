//! The residual block both the UNet and the VAE are built from.

use burn::tensor::{Tensor, activation};

use super::layers::{Conv2d, GroupNorm, Linear, Scope};
use crate::error::EngineError;

/// Two convolutions around which the input goes unchanged; the time, where there is one, is added between them.
pub struct ResnetBlock {
    norm1: GroupNorm,
    conv1: Conv2d,
    time: Option<Linear>,
    norm2: GroupNorm,
    conv2: Conv2d,
    shortcut: Option<Conv2d>,
}

/// The sizes of a [`ResnetBlock`].
#[derive(Clone, Copy)]
pub struct ResnetShape {
    /// Channels in.
    pub inputs: usize,
    /// Channels out.
    pub outputs: usize,
    /// Features of the time embedding; `None` in the VAE.
    pub time: Option<usize>,
    /// Groups of the group norms.
    pub groups: usize,
    /// Added to the variance in the group norms.
    pub epsilon: f64,
}

impl ResnetBlock {
    /// Reads the block.
    pub fn load(scope: &Scope<'_>, shape: ResnetShape) -> Result<Self, EngineError> {
        let ResnetShape { inputs, outputs, time, groups, epsilon } = shape;
        Ok(Self {
            norm1: GroupNorm::load(&scope.at("norm1"), groups, inputs, epsilon)?,
            conv1: Conv2d::load(&scope.at("conv1"), inputs, outputs, 3)?,
            time: time.map(|time| Linear::load(&scope.at("time_emb_proj"), time, outputs)).transpose()?,
            norm2: GroupNorm::load(&scope.at("norm2"), groups, outputs, epsilon)?,
            conv2: Conv2d::load(&scope.at("conv2"), outputs, outputs, 3)?,
            shortcut: (inputs != outputs)
                .then(|| Conv2d::load(&scope.at("conv_shortcut"), inputs, outputs, 1))
                .transpose()?,
        })
    }

    /// Applies the block; `time` is the time embedding after its activation, `[1 or batch, features]`.
    pub fn forward(&self, x: Tensor<4>, time: Option<&Tensor<2>>) -> Tensor<4> {
        let mut inner = self.conv1.forward(activation::silu(self.norm1.forward(x.clone())));
        if let (Some(layer), Some(time)) = (&self.time, time) {
            let shift = layer.forward(time.clone());
            let [batch, channels] = shift.dims();
            inner = inner + shift.reshape([batch, channels, 1, 1]);
        }
        let inner = self.conv2.forward(activation::silu(self.norm2.forward(inner)));
        match &self.shortcut {
            Some(shortcut) => inner + shortcut.forward(x),
            None => inner + x,
        }
    }
}
