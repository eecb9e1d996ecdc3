//! CLIP's text encoder: tokens become features that carry the meaning of the whole prompt so far.

use burn::tensor::{Int, Tensor, TensorData, activation, module};

use super::attention::SelfAttention;
use super::config::TextConfig;
use super::layers::{LayerNorm, Linear, Scope};
use crate::error::EngineError;

/// Added to the score of a token that may not be looked at; far below any real score, yet finite.
const HIDDEN: f32 = -1e9;
/// The slope inside CLIP's quick approximation of GELU.
const QUICK_GELU_SLOPE: f64 = 1.702;

/// `CLIPTextModel`.
pub struct TextEncoder {
    words: Tensor<2>,
    positions: Tensor<2>,
    layers: Vec<Layer>,
    norm: LayerNorm,
    length_max: usize,
    vocabulary: usize,
}

struct Layer {
    norm1: LayerNorm,
    attention: SelfAttention,
    norm2: LayerNorm,
    widen: Linear,
    narrow: Linear,
    quick: bool,
}

impl TextEncoder {
    /// Reads the encoder; files from transformers before and after version 5 differ in a prefix.
    pub fn load(scope: &Scope<'_>, config: &TextConfig) -> Result<Self, EngineError> {
        let quick = match config.hidden_act.as_str() {
            "quick_gelu" => true,
            "gelu" => false,
            other => return Err(EngineError::unsupported(scope.label(), format!("`hidden_act` = {other}"))),
        };
        let prefixed = scope.at("text_model");
        let scope = if prefixed.has("final_layer_norm") { prefixed } else { scope.clone() };
        let features = config.hidden_size;
        let embeddings = scope.at("embeddings");
        let layers = scope.at("encoder.layers");
        Ok(Self {
            words: embeddings.tensor("token_embedding.weight", [config.vocab_size, features])?,
            positions: embeddings.tensor("position_embedding.weight", [config.max_position_embeddings, features])?,
            layers: (0..config.num_hidden_layers)
                .map(|index| Layer::load(&layers.at(index), config, quick))
                .collect::<Result<_, _>>()?,
            norm: LayerNorm::load(&scope.at("final_layer_norm"), features, config.layer_norm_eps)?,
            length_max: config.max_position_embeddings,
            vocabulary: config.vocab_size,
        })
    }

    /// Encodes prompts of equal length; `clip_skip` 1 takes the last layer, 2 the one before, and so on.
    pub fn encode(&self, prompts: &[Vec<u32>], clip_skip: usize) -> Result<Tensor<3>, EngineError> {
        let length = prompts.first().map_or(0, Vec::len);
        if length == 0 || length > self.length_max || prompts.iter().any(|prompt| prompt.len() != length) {
            return Err(EngineError::BadRequest(format!("prompts of {length} tokens cannot be encoded together")));
        }
        if let Some(token) = prompts.iter().flatten().find(|&&token| token as usize >= self.vocabulary) {
            return Err(EngineError::BadRequest(format!("token {token} is not in the model's vocabulary")));
        }
        let device = self.words.device();
        let ids: Vec<i32> = prompts.iter().flatten().map(|&token| token as i32).collect();
        let ids = Tensor::<2, Int>::from_data(TensorData::new(ids, [prompts.len(), length]), &device);
        let positions = self.positions.clone().slice(0..length).unsqueeze::<3>();
        let mut x = module::embedding(self.words.clone(), ids) + positions;
        let hidden = |index: usize| if index % length > index / length { HIDDEN } else { 0.0 };
        let mask: Vec<f32> = (0..length * length).map(hidden).collect();
        let mask = Tensor::<4>::from_data(TensorData::new(mask, [1, 1, length, length]), &device);
        // Skipping more layers than there are would leave the bare words; the reference refuses it, we keep one layer.
        let kept = self.layers.len().saturating_sub(clip_skip.saturating_sub(1)).max(1);
        for layer in self.layers.iter().take(kept) {
            x = layer.forward(x, &mask);
        }
        Ok(self.norm.forward(x))
    }
}

impl Layer {
    fn load(scope: &Scope<'_>, config: &TextConfig, quick: bool) -> Result<Self, EngineError> {
        let features = config.hidden_size;
        let norm = |name: &str| LayerNorm::load(&scope.at(name), features, config.layer_norm_eps);
        let names = ["q_proj", "k_proj", "v_proj"];
        Ok(Self {
            norm1: norm("layer_norm1")?,
            attention: SelfAttention::load(
                &scope.at("self_attn"),
                names,
                "out_proj",
                features,
                config.num_attention_heads,
            )?,
            norm2: norm("layer_norm2")?,
            widen: Linear::load(&scope.at("mlp.fc1"), features, config.intermediate_size)?,
            narrow: Linear::load(&scope.at("mlp.fc2"), config.intermediate_size, features)?,
            quick,
        })
    }

    fn forward(&self, x: Tensor<3>, mask: &Tensor<4>) -> Tensor<3> {
        let x = self.attention.forward(self.norm1.forward(x.clone()), Some(mask)) + x;
        let wide = self.widen.forward(self.norm2.forward(x.clone()));
        let wide = if self.quick {
            wide.clone() * activation::sigmoid(wide * QUICK_GELU_SLOPE)
        } else {
            activation::gelu(wide)
        };
        self.narrow.forward(wide) + x
    }
}
