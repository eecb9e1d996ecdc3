//! The autoencoder between pictures (RGB in -1..1) and latents: the space in which the UNet works.
//!
//! Latents here are as the UNet sees them, already multiplied by `scaling_factor`.

use burn::tensor::{Tensor, activation, s};

use super::attention::SelfAttention;
use super::config::VaeConfig;
use super::layers::{Conv2d, GroupNorm, Scope, double, to_picture, to_tokens};
use super::resnet::{ResnetBlock, ResnetShape};
use crate::error::EngineError;

/// Added to the variance; fixed in the reference.
const EPSILON: f64 = 1e-6;

/// `AutoencoderKL`.
pub struct Vae {
    scaling: f64,
    latent_channels: usize,
    enter: Conv2d,
    down: Vec<Level>,
    squeeze: Middle,
    squeeze_norm: GroupNorm,
    squeeze_out: Conv2d,
    after: Option<Conv2d>,
    before: Option<Conv2d>,
    expand_in: Conv2d,
    expand: Middle,
    up: Vec<Level>,
    norm: GroupNorm,
    leave: Conv2d,
}

struct Level {
    blocks: Vec<ResnetBlock>,
    step: Option<Conv2d>,
}

struct Middle {
    first: ResnetBlock,
    attention: Option<(GroupNorm, SelfAttention)>,
    second: ResnetBlock,
}

impl Vae {
    /// Reads both halves.
    pub fn load(scope: &Scope<'_>, config: &VaeConfig) -> Result<Self, EngineError> {
        let channels = &config.block_out_channels;
        let (first, last) = (channels[0], channels[channels.len() - 1]);
        let latent = config.latent_channels;
        let groups = config.norm_num_groups;
        let (encoder, decoder) = (scope.at("encoder"), scope.at("decoder"));
        let conv = |name: &str, sides: usize| Conv2d::load(&scope.at(name), sides, sides, 1);
        Ok(Self {
            scaling: config.scaling_factor,
            latent_channels: latent,
            enter: Conv2d::load(&encoder.at("conv_in"), config.in_channels, first, 3)?,
            down: down(&encoder.at("down_blocks"), config)?,
            squeeze: Middle::load(&encoder.at("mid_block"), config)?,
            squeeze_norm: GroupNorm::load(&encoder.at("conv_norm_out"), groups, last, EPSILON)?,
            squeeze_out: Conv2d::load(&encoder.at("conv_out"), last, latent * 2, 3)?,
            after: config.use_quant_conv.then(|| conv("quant_conv", latent * 2)).transpose()?,
            before: config.use_post_quant_conv.then(|| conv("post_quant_conv", latent)).transpose()?,
            expand_in: Conv2d::load(&decoder.at("conv_in"), latent, last, 3)?,
            expand: Middle::load(&decoder.at("mid_block"), config)?,
            up: up(&decoder.at("up_blocks"), config)?,
            norm: GroupNorm::load(&decoder.at("conv_norm_out"), groups, first, EPSILON)?,
            leave: Conv2d::load(&decoder.at("conv_out"), first, config.out_channels, 3)?,
        })
    }

    /// A picture as latents: the mean of what the encoder believes, so that the same picture gives the same latents.
    pub fn encode(&self, picture: Tensor<4>) -> Tensor<4> {
        let mut x = self.enter.forward(picture);
        for level in &self.down {
            for block in &level.blocks {
                x = block.forward(x, None);
            }
            if let Some(step) = &level.step {
                x = step.forward(x);
            }
        }
        x = self.squeeze.forward(x);
        x = self.squeeze_out.forward(activation::silu(self.squeeze_norm.forward(x)));
        if let Some(after) = &self.after {
            x = after.forward(x);
        }
        x.slice(s![.., ..self.latent_channels, .., ..]) * self.scaling
    }

    /// Latents as a picture.
    pub fn decode(&self, latents: Tensor<4>) -> Tensor<4> {
        let mut x = latents * (1.0 / self.scaling);
        if let Some(before) = &self.before {
            x = before.forward(x);
        }
        x = self.expand.forward(self.expand_in.forward(x));
        for level in &self.up {
            for block in &level.blocks {
                x = block.forward(x, None);
            }
            if let Some(step) = &level.step {
                x = step.forward(double(x));
            }
        }
        self.leave.forward(activation::silu(self.norm.forward(x)))
    }
}

fn resnet(scope: &Scope<'_>, config: &VaeConfig, inputs: usize, outputs: usize) -> Result<ResnetBlock, EngineError> {
    let shape = ResnetShape { inputs, outputs, time: None, groups: config.norm_num_groups, epsilon: EPSILON };
    ResnetBlock::load(scope, shape)
}

fn level(
    scope: &Scope<'_>,
    config: &VaeConfig,
    inputs: usize,
    outputs: usize,
    layers: usize,
) -> Result<Vec<ResnetBlock>, EngineError> {
    let blocks = scope.at("resnets");
    (0..layers)
        .map(|layer| resnet(&blocks.at(layer), config, if layer == 0 { inputs } else { outputs }, outputs))
        .collect()
}

fn down(scope: &Scope<'_>, config: &VaeConfig) -> Result<Vec<Level>, EngineError> {
    let channels = &config.block_out_channels;
    let mut inputs = channels[0];
    let mut levels = Vec::new();
    for (index, &outputs) in channels.iter().enumerate() {
        let here = scope.at(index);
        let blocks = level(&here, config, inputs, outputs, config.layers_per_block)?;
        let step = (index + 1 != channels.len())
            .then(|| Conv2d::halving(&here.at("downsamplers.0.conv"), outputs, false))
            .transpose()?;
        levels.push(Level { blocks, step });
        inputs = outputs;
    }
    Ok(levels)
}

fn up(scope: &Scope<'_>, config: &VaeConfig) -> Result<Vec<Level>, EngineError> {
    let channels = &config.block_out_channels;
    let mut inputs = channels[channels.len() - 1];
    let mut levels = Vec::new();
    for (index, &outputs) in channels.iter().rev().enumerate() {
        let here = scope.at(index);
        let blocks = level(&here, config, inputs, outputs, config.layers_per_block + 1)?;
        let step = (index + 1 != channels.len())
            .then(|| Conv2d::load(&here.at("upsamplers.0.conv"), outputs, outputs, 3))
            .transpose()?;
        levels.push(Level { blocks, step });
        inputs = outputs;
    }
    Ok(levels)
}

impl Middle {
    fn load(scope: &Scope<'_>, config: &VaeConfig) -> Result<Self, EngineError> {
        let channels = config.block_out_channels[config.block_out_channels.len() - 1];
        let attention = if config.mid_block_add_attention {
            let here = scope.at("attentions.0");
            let norm = GroupNorm::load(&here.at("group_norm"), config.norm_num_groups, channels, EPSILON)?;
            // Checkpoints from before 2023 use the older names for the same four layers.
            let old = here.has("query");
            let names = if old { ["query", "key", "value"] } else { ["to_q", "to_k", "to_v"] };
            let out = if old { "proj_attn" } else { "to_out.0" };
            Some((norm, SelfAttention::load(&here, names, out, channels, 1)?))
        } else {
            None
        };
        Ok(Self {
            first: resnet(&scope.at("resnets.0"), config, channels, channels)?,
            attention,
            second: resnet(&scope.at("resnets.1"), config, channels, channels)?,
        })
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let mut x = self.first.forward(x, None);
        if let Some((norm, attention)) = &self.attention {
            let [_, _, height, width] = x.dims();
            let seen = attention.forward(to_tokens(norm.forward(x.clone())), None);
            x = x + to_picture(seen, height, width);
        }
        self.second.forward(x, None)
    }
}
