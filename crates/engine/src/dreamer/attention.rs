//! Attention: every token looks at others and takes a mixture of what they offer.
//!
//! The score matrix is never held for more than [`SCORES_MAX`] numbers at a time, so a large picture needs time, not
//! memory. Not here: which tokens look at which; `text`, `transformer` and `vae` say so.

use burn::tensor::{Tensor, activation, s};

use super::layers::{Linear, Scope};
use crate::error::EngineError;

/// Most scores held at once: 64 Mi numbers are 256 MiB, what a small graphics card can spare.
const SCORES_MAX: usize = 1 << 26;

/// `softmax(q kᵀ / sqrt(d) + mask) v` for `[batch, heads, tokens, d]`; the mask is added to every head's scores.
pub fn attend(q: Tensor<4>, k: Tensor<4>, v: Tensor<4>, mask: Option<&Tensor<4>>) -> Tensor<4> {
    let [batch, heads, tokens, features] = q.dims();
    let [_, _, sources, _] = k.dims();
    // Scaling the queries costs less than scaling the scores.
    let q = q * (1.0 / (features as f64).sqrt());
    let k = k.swap_dims(2, 3);
    let rows = (SCORES_MAX / (batch * heads * sources).max(1)).clamp(1, tokens);
    if rows == tokens {
        return mixture(q, k, v, mask.cloned());
    }
    let parts = (0..tokens).step_by(rows).map(|start| {
        let end = (start + rows).min(tokens);
        let mask = mask.map(|mask| mask.clone().slice(s![.., .., start..end, ..]));
        mixture(q.clone().slice(s![.., .., start..end, ..]), k.clone(), v.clone(), mask)
    });
    Tensor::cat(parts.collect(), 2)
}

fn mixture(q: Tensor<4>, k: Tensor<4>, v: Tensor<4>, mask: Option<Tensor<4>>) -> Tensor<4> {
    let scores = q.matmul(k);
    let scores = match mask {
        Some(mask) => scores + mask,
        None => scores,
    };
    activation::softmax(scores, 3).matmul(v)
}

/// `[batch, tokens, heads * d]` to `[batch, heads, tokens, d]`.
pub fn split_heads(x: Tensor<3>, heads: usize) -> Tensor<4> {
    let [batch, tokens, features] = x.dims();
    x.reshape([batch, tokens, heads, features / heads]).swap_dims(1, 2)
}

/// The way back from [`split_heads`].
pub fn join_heads(x: Tensor<4>) -> Tensor<3> {
    let [batch, heads, tokens, features] = x.dims();
    x.swap_dims(1, 2).reshape([batch, tokens, heads * features])
}

/// Keys and values of what is looked at, ready to be used again at every step.
#[derive(Clone)]
pub struct Memory {
    keys: Tensor<4>,
    values: Tensor<4>,
}

/// Tokens look at each other.
pub struct SelfAttention {
    heads: usize,
    query_key_value: Linear,
    out: Linear,
}

impl SelfAttention {
    /// Reads query, key and value (under the given names) as one layer, and the output layer.
    pub fn load(
        scope: &Scope<'_>,
        names: [&str; 3],
        out: &str,
        features: usize,
        heads: usize,
    ) -> Result<Self, EngineError> {
        check_heads(scope, features, heads)?;
        let parts = names.map(|name| scope.at(name));
        Ok(Self {
            heads,
            query_key_value: Linear::joined(&parts, features, features)?,
            out: Linear::load(&scope.at(out), features, features)?,
        })
    }

    /// Applies the attention to `[batch, tokens, features]`.
    pub fn forward(&self, x: Tensor<3>, mask: Option<&Tensor<4>>) -> Tensor<3> {
        let features = x.dims()[2];
        let all = self.query_key_value.forward(x);
        let part = |index: usize| {
            split_heads(all.clone().slice(s![.., .., index * features..(index + 1) * features]), self.heads)
        };
        self.out.forward(join_heads(attend(part(0), part(1), part(2), mask)))
    }
}

/// Tokens look at something else: a picture at a prompt.
pub struct CrossAttention {
    heads: usize,
    query: Linear,
    key_value: Linear,
    out: Linear,
}

impl CrossAttention {
    /// Reads `to_q`, `to_k`, `to_v` and `to_out.0`.
    pub fn load(scope: &Scope<'_>, features: usize, context: usize, heads: usize) -> Result<Self, EngineError> {
        check_heads(scope, features, heads)?;
        Ok(Self {
            heads,
            query: Linear::load(&scope.at("to_q"), features, features)?,
            key_value: Linear::joined(&[scope.at("to_k"), scope.at("to_v")], context, features)?,
            out: Linear::load(&scope.at("to_out.0"), features, features)?,
        })
    }

    /// Looks at the context once, for all steps.
    pub fn remember(&self, context: Tensor<3>) -> Memory {
        let all = self.key_value.forward(context);
        let features = all.dims()[2] / 2;
        Memory {
            keys: split_heads(all.clone().slice(s![.., .., ..features]), self.heads),
            values: split_heads(all.slice(s![.., .., features..]), self.heads),
        }
    }

    /// Applies the attention to `[batch, tokens, features]`.
    pub fn forward(&self, x: Tensor<3>, memory: &Memory) -> Tensor<3> {
        let q = split_heads(self.query.forward(x), self.heads);
        self.out.forward(join_heads(attend(q, memory.keys.clone(), memory.values.clone(), None)))
    }
}

fn check_heads(scope: &Scope<'_>, features: usize, heads: usize) -> Result<(), EngineError> {
    if heads == 0 || !features.is_multiple_of(heads) {
        let why = format!("{features} features cannot be split into {heads} attention heads");
        return Err(EngineError::bad_file(scope.label(), why));
    }
    Ok(())
}
