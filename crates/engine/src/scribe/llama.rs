//! The network: embedding, layers of grouped-query attention and SwiGLU under RMS norms, and the head.
//!
//! One text at a time, so there is no batch dimension: `[tokens, width]` throughout. Projections that read the same input
//! are stored as one matrix, because on a processor a step's cost is the number of operations as much as their size.
//! Not here: tokens as text, and choosing among them.

use burn::tensor::module::attention;
use burn::tensor::ops::AttentionModuleOptions;
use burn::tensor::{Int, Tensor, activation};

use crate::device::Device;
use crate::error::EngineError;
use crate::scribe::cache::{Cache, Positions, Shelf};
use crate::scribe::config::Config;
use crate::weights::Weights;

/// A Llama on a device.
pub struct Llama {
    embedding: Tensor<2>,
    /// The layers, first to last.
    pub layers: Vec<Layer>,
    /// The norm before the head.
    pub norm: RmsNorm,
    head: Linear,
    device: Device,
}

/// Attention and feed-forward, each behind its norm and added to what came in.
pub struct Layer {
    /// The norm before the attention.
    pub attention_norm: RmsNorm,
    /// The attention.
    pub attention: Attention,
    /// The norm before the feed-forward block.
    pub mlp_norm: RmsNorm,
    /// The feed-forward block.
    pub mlp: Mlp,
}

/// Scales each row to a root mean square of one, then by learned weights.
pub struct RmsNorm {
    weight: Tensor<2>,
    epsilon: f64,
}

/// Grouped-query attention with rotary positions.
pub struct Attention {
    /// Queries, keys and values in one matrix.
    inward: Linear,
    outward: Linear,
    heads: usize,
    key_heads: usize,
    head_width: usize,
}

/// SwiGLU: one half of the width gates the other.
pub struct Mlp {
    /// Gate and up in one matrix.
    inward: Linear,
    outward: Linear,
    intermediate: usize,
}

struct Linear {
    /// `[in, out]`: a view of the stored `[out, in]`.
    weight: Tensor<2>,
    bias: Option<Tensor<2>>,
}

impl Llama {
    /// Builds the network a configuration describes from weights named as transformers names them.
    pub fn load(config: &Config, weights: &Weights, device: &Device) -> Result<Self, EngineError> {
        let embedding = weights.tensor("model.embed_tokens.weight", [config.vocabulary, config.hidden], device)?;
        let head = if config.tied {
            Linear { weight: embedding.clone().transpose(), bias: None }
        } else {
            Linear::load(weights, &[("lm_head", config.vocabulary)], config.hidden, false, device)?
        };
        let layers =
            (0..config.layers).map(|number| Layer::load(config, weights, number, device)).collect::<Result<_, _>>()?;
        let norm = RmsNorm::load(config, weights, "model.norm", device)?;
        Ok(Self { embedding, layers, norm, head, device: device.clone() })
    }

    /// The embeddings of tokens.
    pub fn embed(&self, tokens: &[u32]) -> Tensor<2> {
        let numbers: Vec<i32> = tokens.iter().map(|token| *token as i32).collect();
        let indices = Tensor::<1, Int>::from_ints(numbers.as_slice(), self.device.handle());
        self.embedding.clone().select(0, indices)
    }

    /// Reads tokens behind those the cache already holds, and gives their last hidden states.
    pub fn read(&self, tokens: &[u32], cache: &mut Cache) -> Tensor<2> {
        let mut hidden = self.embed(tokens);
        let positions = cache.advance(tokens.len());
        // The shelves are taken and put back so that they are extended in place, not copied.
        let shelves = std::mem::take(&mut cache.shelves);
        for (layer, shelf) in self.layers.iter().zip(shelves) {
            let (after, shelf) = layer.forward(hidden, shelf, &positions);
            hidden = after;
            cache.shelves.push(shelf);
        }
        self.norm.forward(hidden)
    }

    /// The logits of every row of hidden states.
    pub fn logits(&self, hidden: Tensor<2>) -> Tensor<2> {
        self.head.forward(hidden)
    }
}

impl Layer {
    fn load(config: &Config, weights: &Weights, number: usize, device: &Device) -> Result<Self, EngineError> {
        let name = |part: &str| format!("model.layers.{number}.{part}");
        Ok(Self {
            attention_norm: RmsNorm::load(config, weights, &name("input_layernorm"), device)?,
            attention: Attention::load(config, weights, &name("self_attn"), device)?,
            mlp_norm: RmsNorm::load(config, weights, &name("post_attention_layernorm"), device)?,
            mlp: Mlp::load(config, weights, &name("mlp"), device)?,
        })
    }

    /// One layer's work on new tokens; their keys and values go onto the shelf.
    pub fn forward(&self, hidden: Tensor<2>, shelf: Shelf, positions: &Positions) -> (Tensor<2>, Shelf) {
        let normed = self.attention_norm.forward(hidden.clone());
        let (seen, shelf) = self.attention.forward(normed, shelf, positions);
        let hidden = hidden + seen;
        let thought = self.mlp.forward(self.mlp_norm.forward(hidden.clone()));
        (hidden + thought, shelf)
    }
}

impl RmsNorm {
    fn load(config: &Config, weights: &Weights, name: &str, device: &Device) -> Result<Self, EngineError> {
        let weight: Tensor<1> = weights.tensor(&format!("{name}.weight"), [config.hidden], device)?;
        Ok(Self { weight: weight.unsqueeze(), epsilon: config.norm_epsilon })
    }

    /// Norms each row.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let root = ((x.clone() * x.clone()).mean_dim(1) + self.epsilon).sqrt();
        x / root * self.weight.clone()
    }
}

impl Attention {
    fn load(config: &Config, weights: &Weights, name: &str, device: &Device) -> Result<Self, EngineError> {
        let (query_width, key_width) = (config.heads * config.head_width, config.key_heads * config.head_width);
        let (query, key, value) = (format!("{name}.q_proj"), format!("{name}.k_proj"), format!("{name}.v_proj"));
        let inward = [(query.as_str(), query_width), (key.as_str(), key_width), (value.as_str(), key_width)];
        let outward = format!("{name}.o_proj");
        Ok(Self {
            inward: Linear::load(weights, &inward, config.hidden, config.attention_bias, device)?,
            outward: Linear::load(
                weights,
                &[(outward.as_str(), config.hidden)],
                query_width,
                config.attention_bias,
                device,
            )?,
            heads: config.heads,
            key_heads: config.key_heads,
            head_width: config.head_width,
        })
    }

    /// What the new tokens see in themselves and in all before them.
    pub fn forward(&self, x: Tensor<2>, shelf: Shelf, positions: &Positions) -> (Tensor<2>, Shelf) {
        let (heads, key_heads, width) = (self.heads, self.key_heads, self.head_width);
        let [tokens, _] = x.dims();
        let projected = self.inward.forward(x).reshape([tokens, heads + 2 * key_heads, width]);
        let turned = positions.rotate(projected.clone().narrow(1, 0, heads + key_heads));
        // Heads that share a key head lie together: [key heads, heads of each, tokens, width].
        let queries = turned.clone().narrow(1, 0, heads).swap_dims(0, 1);
        let queries = queries.reshape([key_heads, heads / key_heads, tokens, width]);
        let keys = turned.narrow(1, heads, key_heads).swap_dims(0, 1).unsqueeze_dim(1);
        let values = projected.narrow(1, heads + key_heads, key_heads).swap_dims(0, 1).unsqueeze_dim(1);
        let shelf = shelf.extend(keys, values, positions);
        let (keys, values) = shelf.filled(positions);
        let options = AttentionModuleOptions {
            // Given, although it is the usual one: it keeps to the exact kernels where there are half-precision ones.
            scale: Some(1.0 / (width as f64).sqrt()),
            softcap: None,
            is_causal: tokens > 1,
        };
        let seen = attention(queries, keys, values, None, None, options);
        let seen = seen.reshape([heads, tokens, width]).swap_dims(0, 1).reshape([tokens, heads * width]);
        (self.outward.forward(seen), shelf)
    }
}

impl Mlp {
    fn load(config: &Config, weights: &Weights, name: &str, device: &Device) -> Result<Self, EngineError> {
        let (gate, up, down) = (format!("{name}.gate_proj"), format!("{name}.up_proj"), format!("{name}.down_proj"));
        let inward = [(gate.as_str(), config.intermediate), (up.as_str(), config.intermediate)];
        let outward = [(down.as_str(), config.hidden)];
        Ok(Self {
            inward: Linear::load(weights, &inward, config.hidden, config.mlp_bias, device)?,
            outward: Linear::load(weights, &outward, config.intermediate, config.mlp_bias, device)?,
            intermediate: config.intermediate,
        })
    }

    /// Gates, multiplies, projects back.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let both = self.inward.forward(x);
        let gate = both.clone().narrow(1, 0, self.intermediate);
        let up = both.narrow(1, self.intermediate, self.intermediate);
        self.outward.forward(activation::silu(gate) * up)
    }
}

impl Linear {
    /// Loads projections of one input, each a name and a width, as one matrix.
    fn load(
        weights: &Weights,
        parts: &[(&str, usize)],
        input: usize,
        biased: bool,
        device: &Device,
    ) -> Result<Self, EngineError> {
        let matrices = parts
            .iter()
            .map(|(name, width)| weights.tensor(&format!("{name}.weight"), [*width, input], device))
            .collect::<Result<Vec<Tensor<2>>, _>>()?;
        let biases = parts
            .iter()
            .filter(|_| biased)
            .map(|(name, width)| weights.tensor(&format!("{name}.bias"), [*width], device))
            .collect::<Result<Vec<Tensor<1>>, _>>()?;
        let bias = if biases.is_empty() { None } else { Some(Tensor::cat(biases, 0).unsqueeze()) };
        Ok(Self { weight: Tensor::cat(matrices, 0).transpose(), bias })
    }

    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let out = x.matmul(self.weight.clone());
        match &self.bias {
            Some(bias) => out + bias.clone(),
            None => out,
        }
    }
}
