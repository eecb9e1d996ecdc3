//! The transformer inside the UNet: the picture looks at itself, then at the prompt, then thinks.

use burn::tensor::{Tensor, activation, s};

use super::attention::{CrossAttention, Memory, SelfAttention};
use super::layers::{GroupNorm, LayerNorm, Linear, Scope, to_picture, to_tokens};
use crate::error::EngineError;

/// Added to the variance; fixed in the reference for the transformer's own group norm.
const GROUP_NORM_EPSILON: f64 = 1e-6;
/// Added to the variance in the layer norms, likewise fixed.
const LAYER_NORM_EPSILON: f64 = 1e-5;
/// The feed-forward layer is four times as wide as its input.
const WIDENING: usize = 4;

/// The sizes of a [`Transformer`].
#[derive(Clone, Copy)]
pub struct TransformerShape {
    /// Channels of the picture.
    pub channels: usize,
    /// Features of a token of the prompt.
    pub context: usize,
    /// Attention heads.
    pub heads: usize,
    /// Groups of the group norm.
    pub groups: usize,
    /// How many blocks follow each other.
    pub layers: usize,
}

/// Group norm, a projection, transformer blocks, a projection, and the input added.
pub struct Transformer {
    norm: GroupNorm,
    enter: Linear,
    blocks: Vec<Block>,
    leave: Linear,
}

/// One transformer block.
struct Block {
    norm1: LayerNorm,
    own: SelfAttention,
    norm2: LayerNorm,
    cross: CrossAttention,
    norm3: LayerNorm,
    widen: Linear,
    narrow: Linear,
}

impl Transformer {
    /// Reads the transformer. Projections stored as 1x1 convolutions are the same layer on tokens.
    pub fn load(scope: &Scope<'_>, shape: TransformerShape) -> Result<Self, EngineError> {
        let channels = shape.channels;
        let blocks = scope.at("transformer_blocks");
        Ok(Self {
            norm: GroupNorm::load(&scope.at("norm"), shape.groups, channels, GROUP_NORM_EPSILON)?,
            enter: Linear::load(&scope.at("proj_in"), channels, channels)?,
            blocks: (0..shape.layers).map(|index| Block::load(&blocks.at(index), shape)).collect::<Result<_, _>>()?,
            leave: Linear::load(&scope.at("proj_out"), channels, channels)?,
        })
    }

    /// Looks at the prompt once, for all steps: one memory for each block.
    pub fn remember(&self, context: &Tensor<3>) -> Vec<Memory> {
        self.blocks.iter().map(|block| block.cross.remember(context.clone())).collect()
    }

    /// Applies the transformer.
    pub fn forward(&self, x: Tensor<4>, memories: &[Memory]) -> Tensor<4> {
        let [_, _, height, width] = x.dims();
        let mut tokens = self.enter.forward(to_tokens(self.norm.forward(x.clone())));
        for (block, memory) in self.blocks.iter().zip(memories) {
            tokens = block.forward(tokens, memory);
        }
        to_picture(self.leave.forward(tokens), height, width) + x
    }
}

impl Block {
    fn load(scope: &Scope<'_>, shape: TransformerShape) -> Result<Self, EngineError> {
        let TransformerShape { channels, context, heads, .. } = shape;
        let norm = |name: &str| LayerNorm::load(&scope.at(name), channels, LAYER_NORM_EPSILON);
        let wide = channels * WIDENING;
        Ok(Self {
            norm1: norm("norm1")?,
            own: SelfAttention::load(&scope.at("attn1"), ["to_q", "to_k", "to_v"], "to_out.0", channels, heads)?,
            norm2: norm("norm2")?,
            cross: CrossAttention::load(&scope.at("attn2"), channels, context, heads)?,
            norm3: norm("norm3")?,
            widen: Linear::load(&scope.at("ff.net.0.proj"), channels, wide * 2)?,
            narrow: Linear::load(&scope.at("ff.net.2"), wide, channels)?,
        })
    }

    fn forward(&self, x: Tensor<3>, memory: &Memory) -> Tensor<3> {
        let x = self.own.forward(self.norm1.forward(x.clone()), None) + x;
        let x = self.cross.forward(self.norm2.forward(x.clone()), memory) + x;
        // GEGLU: one half of the features opens the gate for the other.
        let both = self.widen.forward(self.norm3.forward(x.clone()));
        let wide = both.dims()[2] / 2;
        let value = both.clone().slice(s![.., .., ..wide]);
        let gate = both.slice(s![.., .., wide..]);
        self.narrow.forward(value * activation::gelu(gate)) + x
    }
}
