//! A network while it learns: dense layers with ReLU as Burn tensors. Matrices between layers are moved by Muon, which needs a tenth of
//! the steps that Adam does here; biases and the last row by AdamW. What it learns from is not here.

use std::collections::HashMap;

use anyhow::{Result, anyhow};
use burn::optim::{AdamW, AdamWConfig, Muon, MuonConfig, Optimizer};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor, TensorData};
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use safetensors::tensor::{Dtype, TensorView, serialize};
use throng_domain::price::{INPUTS, Inputs};

/// Seconds are counted in so many while learning, so that outputs are near one.
const SCALE: f32 = 10.0;
/// Below this share, errors count squared: there they are finer than what is asked.
const FINE: f32 = 0.02;
/// How far a step goes at first, of matrices and of the rest.
const RATE_MUON: f64 = 0.02;
const RATE_ADAM: f64 = 0.002;

/// A network that learns.
pub(super) struct Pupil {
    layers: Vec<Layer>,
    muon: Muon,
    adam: AdamW,
    device: Device,
}

/// One dense layer: a row of weights for each output.
struct Layer {
    weight: Tensor<2>,
    bias: Tensor<1>,
    mover: Mover,
    bias_state: Option<<AdamW as Optimizer>::State<1>>,
}

/// Who moves a layer's matrix, and what it remembers.
enum Mover {
    Muon(Option<<Muon as Optimizer>::State<2>>),
    AdamW(Option<<AdamW as Optimizer>::State<2>>),
}

impl Pupil {
    /// A network of layers so wide, that knows nothing.
    pub(super) fn new(widths: &[usize], chance: &mut ChaCha8Rng) -> Self {
        let device = Device::default();
        let mut sizes = vec![INPUTS];
        sizes.extend(widths);
        sizes.push(1);
        let layers = sizes.windows(2).map(|pair| {
            let (from, to) = (pair[0], pair[1]);
            let bound = 1.0 / (from as f32).sqrt();
            let mut numbers = |count| (0..count).map(|_| chance.random_range(-bound..bound)).collect::<Vec<f32>>();
            Layer {
                weight: Tensor::from_data(TensorData::new(numbers(from * to), [to, from]), &device),
                bias: Tensor::from_data(TensorData::new(numbers(to), [to]), &device),
                // A single row is no matrix: all its directions would be made equal.
                mover: if to > 1 { Mover::Muon(None) } else { Mover::AdamW(None) },
                bias_state: None,
            }
        });
        let layers = layers.collect();
        let muon = MuonConfig::new().build();
        let adam = AdamWConfig::new().with_beta_2(0.99).with_epsilon(1e-8).with_weight_decay(0.0).build();
        Self { layers, muon, adam, device }
    }

    /// Looks at some payloads with their seconds once, and moves every weight by `share` of the first rates. Returns the loss: the error
    /// as a share of the time, since prices are judged by that.
    pub(super) fn step(&mut self, inputs: &[Inputs], seconds: &[f32], share: f64) -> f32 {
        let wanted: Vec<f32> = seconds.iter().map(|seconds| seconds / SCALE).collect();
        let wanted: Tensor<2> = Tensor::from_data(TensorData::new(wanted, [seconds.len(), 1]), &self.device);
        let leaf = |layer: &Layer| {
            let weight = layer.weight.clone().autodiff().require_grad();
            (weight, layer.bias.clone().autodiff().require_grad())
        };
        let leaves: Vec<(Tensor<2>, Tensor<1>)> = self.layers.iter().map(leaf).collect();
        let off = (forward(self.table(inputs).autodiff(), &leaves) / wanted.autodiff() - 1.0).abs();
        let fine = off.clone().clamp_max(FINE);
        let loss = (fine.clone() * fine.clone() * (0.5 / FINE) + (off - fine)).mean();
        let grads = loss.backward();
        for (layer, (weight, bias)) in self.layers.iter_mut().zip(&leaves) {
            if let (Some(weight), Some(bias)) = (weight.grad(&grads), bias.grad(&grads)) {
                layer.learn(weight, bias, &self.muon, &self.adam, share);
            }
        }
        loss.inner().into_scalar::<f32>()
    }

    fn table(&self, inputs: &[Inputs]) -> Tensor<2> {
        Tensor::from_data(TensorData::new(inputs.as_flattened().to_vec(), [inputs.len(), INPUTS]), &self.device)
    }
}

impl Layer {
    fn learn(&mut self, weight: Tensor<2>, bias: Tensor<1>, muon: &Muon, adam: &AdamW, share: f64) {
        match &mut self.mover {
            Mover::Muon(state) => {
                (self.weight, *state) = muon.step(RATE_MUON * share, self.weight.clone(), weight, state.take());
            }
            Mover::AdamW(state) => {
                (self.weight, *state) = adam.step(RATE_ADAM * share, self.weight.clone(), weight, state.take());
            }
        }
        let state = self.bias_state.take();
        (self.bias, self.bias_state) = adam.step(RATE_ADAM * share, self.bias.clone(), bias, state);
    }
}

/// The weights of several networks as the bytes of one safetensors file, seconds counted as such again.
pub(super) fn file(members: &[Pupil], trained: &str) -> Result<Vec<u8>> {
    let mut parts: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    for (member, pupil) in members.iter().enumerate() {
        for (at, layer) in pupil.layers.iter().enumerate() {
            let scale = if at + 1 == pupil.layers.len() { SCALE } else { 1.0 };
            let bytes = |data: &TensorData| -> Result<Vec<u8>> {
                Ok(numbers(data)?.iter().flat_map(|number| (number * scale).to_le_bytes()).collect())
            };
            let (shape, width) = (layer.weight.dims().to_vec(), layer.bias.dims().to_vec());
            parts.push((format!("{member}.{at}.weight"), shape, bytes(&layer.weight.to_data())?));
            parts.push((format!("{member}.{at}.bias"), width, bytes(&layer.bias.to_data())?));
        }
    }
    let views: Result<Vec<_>> = parts
        .iter()
        .map(|(name, shape, bytes)| Ok((name, TensorView::new(Dtype::F32, shape.clone(), bytes)?)))
        .collect();
    let about = HashMap::from([("trained".to_owned(), trained.to_owned())]);
    Ok(serialize(views?, Some(about))?)
}

fn forward(inputs: Tensor<2>, layers: &[(Tensor<2>, Tensor<1>)]) -> Tensor<2> {
    let last = layers.len() - 1;
    layers.iter().enumerate().fold(inputs, |values, (at, (weight, bias))| {
        let values = values.matmul(weight.clone().transpose()) + bias.clone().unsqueeze();
        if at < last { relu(values) } else { values }
    })
}

fn numbers(data: &TensorData) -> Result<Vec<f32>> {
    data.try_to_vec::<f32>().map_err(|error| anyhow!("{error:?}"))
}
