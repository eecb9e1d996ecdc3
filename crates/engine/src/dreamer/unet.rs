//! The network that removes noise: a ladder down to a small, rich picture and up again, with shortcuts across.
//!
//! Not here: how much noise there is and what is done with the prediction; `schedule` and `sampler` know.

use burn::tensor::{Tensor, TensorData, activation};

use super::attention::Memory;
use super::config::UNetConfig;
use super::layers::{Conv2d, GroupNorm, Linear, Scope, resize_nearest};
use super::resnet::{ResnetBlock, ResnetShape};
use super::transformer::{Transformer, TransformerShape};
use crate::error::EngineError;

/// The longest period of the time embedding, as in the transformer's paper.
const PERIOD_MAX: f64 = 10_000.0;

/// `UNet2DConditionModel` of Stable Diffusion 1.x.
pub struct UNet {
    time: TimeEmbedding,
    enter: Conv2d,
    down: Vec<Level>,
    middle: Middle,
    up: Vec<Level>,
    norm: GroupNorm,
    leave: Conv2d,
}

/// The prompt as every transformer of the network sees it, in the order they are met.
pub struct Prompted(Vec<Vec<Memory>>);

/// One level of the ladder: residual blocks, each with a transformer or without, and the step to the next level.
struct Level {
    blocks: Vec<(ResnetBlock, Option<Transformer>)>,
    step: Option<Conv2d>,
}

struct Middle {
    first: ResnetBlock,
    transformer: Option<Transformer>,
    second: ResnetBlock,
}

impl UNet {
    /// Reads the network.
    pub fn load(scope: &Scope<'_>, config: &UNetConfig) -> Result<Self, EngineError> {
        let plan = Plan::new(scope, config)?;
        let first = plan.channels[0];
        Ok(Self {
            time: TimeEmbedding::load(&scope.at("time_embedding"), config, first, plan.time)?,
            enter: Conv2d::load(&scope.at("conv_in"), config.in_channels, first, 3)?,
            down: plan.down(&scope.at("down_blocks"))?,
            middle: plan.middle(&scope.at("mid_block"))?,
            up: plan.up(&scope.at("up_blocks"))?,
            norm: GroupNorm::load(&scope.at("conv_norm_out"), config.norm_num_groups, first, config.norm_eps)?,
            leave: Conv2d::load(&scope.at("conv_out"), first, config.out_channels, 3)?,
        })
    }

    /// Looks at the prompt (`[batch, tokens, features]`) once, for all steps.
    pub fn prompted(&self, context: &Tensor<3>) -> Prompted {
        let levels = |levels: &'_ [Level]| -> Vec<Vec<Memory>> {
            let blocks = levels.iter().flat_map(|level| &level.blocks);
            blocks.filter_map(|(_, transformer)| transformer.as_ref()).map(|t| t.remember(context)).collect()
        };
        let mut all = levels(&self.down);
        all.extend(self.middle.transformer.as_ref().map(|t| t.remember(context)));
        all.extend(levels(&self.up));
        Prompted(all)
    }

    /// Predicts the noise (or the velocity) in `x` (`[batch, channels, height, width]`) at one time.
    pub fn forward(&self, x: Tensor<4>, time: f64, prompted: &Prompted) -> Tensor<4> {
        let time = self.time.forward(time, &x);
        let mut memories = prompted.0.iter();
        let mut x = self.enter.forward(x);
        let mut skips = vec![x.clone()];
        for level in &self.down {
            for (resnet, transformer) in &level.blocks {
                x = resnet.forward(x, Some(&time));
                x = look(transformer.as_ref(), x, &mut memories);
                skips.push(x.clone());
            }
            if let Some(step) = &level.step {
                x = step.forward(x);
                skips.push(x.clone());
            }
        }
        x = self.middle.first.forward(x, Some(&time));
        x = look(self.middle.transformer.as_ref(), x, &mut memories);
        x = self.middle.second.forward(x, Some(&time));
        for level in &self.up {
            for (resnet, transformer) in &level.blocks {
                if let Some(skip) = skips.pop() {
                    x = Tensor::cat(vec![x, skip], 1);
                }
                x = resnet.forward(x, Some(&time));
                x = look(transformer.as_ref(), x, &mut memories);
            }
            if let (Some(step), Some(next)) = (&level.step, skips.last()) {
                // Usually twice the size; one less where an odd side was halved.
                let [_, _, height, width] = next.dims();
                x = step.forward(resize_nearest(x, [height, width]));
            }
        }
        self.leave.forward(activation::silu(self.norm.forward(x)))
    }
}

fn look<'m>(
    transformer: Option<&Transformer>,
    x: Tensor<4>,
    memories: &mut impl Iterator<Item = &'m Vec<Memory>>,
) -> Tensor<4> {
    // Memories were made by walking the same transformers in the same order.
    match transformer.and_then(|transformer| Some((transformer, memories.next()?))) {
        Some((transformer, memories)) => transformer.forward(x, memories),
        None => x,
    }
}

/// The sizes of every level, worked out from the configuration.
struct Plan<'c> {
    config: &'c UNetConfig,
    channels: &'c [usize],
    layers: Vec<usize>,
    heads: Vec<usize>,
    depths: Vec<usize>,
    time: usize,
}

impl<'c> Plan<'c> {
    fn new(scope: &Scope<'_>, config: &'c UNetConfig) -> Result<Self, EngineError> {
        let channels = &config.block_out_channels;
        let spread =
            |numbers: &super::config::PerLevel, what: &str| numbers.spread(channels.len(), scope.label(), what);
        let layers = spread(&config.layers_per_block, "layers_per_block")?;
        let heads = spread(&config.attention_head_dim, "attention_head_dim")?;
        let depths = spread(&config.transformer_layers_per_block, "transformer_layers_per_block")?;
        let time = config.time_embedding_dim.unwrap_or(channels[0] * 4);
        Ok(Self { config, channels, layers, heads, depths, time })
    }

    fn resnet(&self, scope: &Scope<'_>, inputs: usize, outputs: usize) -> Result<ResnetBlock, EngineError> {
        let shape = ResnetShape {
            inputs,
            outputs,
            time: Some(self.time),
            groups: self.config.norm_num_groups,
            epsilon: self.config.norm_eps,
        };
        ResnetBlock::load(scope, shape)
    }

    fn transformer(&self, scope: &Scope<'_>, level: usize) -> Result<Transformer, EngineError> {
        let shape = TransformerShape {
            channels: self.channels[level],
            context: self.config.cross_attention_dim,
            heads: self.heads[level],
            groups: self.config.norm_num_groups,
            layers: self.depths[level],
        };
        Transformer::load(scope, shape)
    }

    fn down(&self, scope: &Scope<'_>) -> Result<Vec<Level>, EngineError> {
        let last = self.channels.len() - 1;
        let mut inputs = self.channels[0];
        let mut levels = Vec::new();
        for (level, &outputs) in self.channels.iter().enumerate() {
            let here = scope.at(level);
            let attends =
                has_attention(&here, &self.config.down_block_types[level], "CrossAttnDownBlock2D", "DownBlock2D")?;
            let mut blocks = Vec::new();
            for layer in 0..self.layers[level] {
                let resnet = self.resnet(&here.at("resnets").at(layer), inputs, outputs)?;
                let transformer =
                    attends.then(|| self.transformer(&here.at("attentions").at(layer), level)).transpose()?;
                blocks.push((resnet, transformer));
                inputs = outputs;
            }
            let step =
                (level != last).then(|| Conv2d::halving(&here.at("downsamplers.0.conv"), outputs, true)).transpose()?;
            levels.push(Level { blocks, step });
        }
        Ok(levels)
    }

    fn middle(&self, scope: &Scope<'_>) -> Result<Middle, EngineError> {
        let last = self.channels.len() - 1;
        let channels = self.channels[last];
        let transformer = match self.config.mid_block_type.as_deref() {
            Some("UNetMidBlock2DCrossAttn") => Some(self.transformer(&scope.at("attentions.0"), last)?),
            Some("UNetMidBlock2D") => None,
            other => {
                return Err(EngineError::unsupported(scope.label(), format!("the middle block {other:?}")));
            }
        };
        Ok(Middle {
            first: self.resnet(&scope.at("resnets.0"), channels, channels)?,
            transformer,
            second: self.resnet(&scope.at("resnets.1"), channels, channels)?,
        })
    }

    fn up(&self, scope: &Scope<'_>) -> Result<Vec<Level>, EngineError> {
        let last = self.channels.len() - 1;
        let mut before = self.channels[last];
        let mut levels = Vec::new();
        for index in 0..=last {
            let here = scope.at(index);
            let level = last - index;
            let outputs = self.channels[level];
            let below = self.channels[level.saturating_sub(1)];
            let attends = has_attention(&here, &self.config.up_block_types[index], "CrossAttnUpBlock2D", "UpBlock2D")?;
            let layers = self.layers[level] + 1;
            let mut blocks = Vec::new();
            for layer in 0..layers {
                let skip = if layer + 1 == layers { below } else { outputs };
                let resnet = self.resnet(&here.at("resnets").at(layer), before + skip, outputs)?;
                let transformer =
                    attends.then(|| self.transformer(&here.at("attentions").at(layer), level)).transpose()?;
                blocks.push((resnet, transformer));
                before = outputs;
            }
            let step = (index != last)
                .then(|| Conv2d::load(&here.at("upsamplers.0.conv"), outputs, outputs, 3))
                .transpose()?;
            levels.push(Level { blocks, step });
        }
        Ok(levels)
    }
}

fn has_attention(scope: &Scope<'_>, kind: &str, with: &str, without: &str) -> Result<bool, EngineError> {
    if kind == with {
        Ok(true)
    } else if kind == without {
        Ok(false)
    } else {
        Err(EngineError::unsupported(scope.label(), format!("block type `{kind}`")))
    }
}

/// Tells the network how much noise to expect.
struct TimeEmbedding {
    frequencies: Vec<f64>,
    cosine_first: bool,
    first: Linear,
    second: Linear,
}

impl TimeEmbedding {
    fn load(scope: &Scope<'_>, config: &UNetConfig, inputs: usize, outputs: usize) -> Result<Self, EngineError> {
        let half = inputs / 2;
        let frequency = |index: usize| (-PERIOD_MAX.ln() * index as f64 / (half as f64 - config.freq_shift)).exp();
        Ok(Self {
            frequencies: (0..half).map(frequency).collect(),
            cosine_first: config.flip_sin_to_cos,
            first: Linear::load(&scope.at("linear_1"), inputs, outputs)?,
            second: Linear::load(&scope.at("linear_2"), outputs, outputs)?,
        })
    }

    /// The embedding after the activation every residual block applies to it, on the device of `x`.
    fn forward(&self, time: f64, x: &Tensor<4>) -> Tensor<2> {
        let sines = self.frequencies.iter().map(|f| (time * f).sin() as f32);
        let cosines = self.frequencies.iter().map(|f| (time * f).cos() as f32);
        let waves: Vec<f32> =
            if self.cosine_first { cosines.chain(sines).collect() } else { sines.chain(cosines).collect() };
        let length = waves.len();
        let waves = Tensor::<2>::from_data(TensorData::new(waves, [1, length]), &x.device());
        activation::silu(self.second.forward(activation::silu(self.first.forward(waves))))
    }
}
