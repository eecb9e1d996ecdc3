//! The network that foresees how long a picture takes, on which its price rests: the mean of a few members, each of them dense layers
//! with ReLU. It is read from safetensors and evaluated with plain arithmetic in a fixed order, so that every machine and the page get the same price to the hundredth. What its
//! inputs mean is in `price/payload.rs`; training is not here but in `trainers/price`.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::payload::{INPUTS, Inputs};

/// The shipped weights; docs/adr/0015 says how they were trained and how well they do.
static SHIPPED: &[u8] = include_bytes!("network.safetensors");
/// The length of the header opens a file, as a little-endian number.
const LENGTH_BYTES: usize = 8;
/// A weight is one 32-bit float.
const WEIGHT_BYTES: usize = 4;
/// More layers, and more members, than any price needs: what bounds the search for them.
const LAYERS_MAX: usize = 16;
const MEMBERS_MAX: usize = 16;

/// Why a file of weights cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is not safetensors.
    #[error("this is no safetensors file: {0}")]
    File(&'static str),
    /// Its tensors are not a network from our inputs to one number.
    #[error("the tensors do not fit: {0}")]
    Shape(String),
}

/// What a safetensors header says about one tensor.
#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: [usize; 2],
}

/// One dense layer.
#[derive(Clone, Debug)]
struct Layer {
    /// One row for each input, so that a step over many outputs reads them in a row.
    weight: Vec<f32>,
    bias: Vec<f32>,
}

/// One of those whose mean counts.
#[derive(Clone, Debug)]
struct Member {
    layers: Vec<Layer>,
}

/// A network from a payload's inputs to seconds.
#[derive(Clone, Debug)]
pub struct Network {
    members: Vec<Member>,
}

impl Network {
    /// The network that prices are made with. A broken build has none, and prices by the older formula; a test holds it to having one.
    pub(super) fn shipped() -> Option<&'static Self> {
        static PARSED: OnceLock<Option<Network>> = OnceLock::new();
        PARSED.get_or_init(|| Self::parse(SHIPPED).ok()).as_ref()
    }

    /// Reads a network from the bytes of a safetensors file: of each member M `M.0.weight` of shape [outputs, inputs], `M.0.bias`,
    /// `M.1.weight` and so on.
    pub fn parse(bytes: &[u8]) -> Result<Self, Unreadable> {
        let (length, rest) =
            bytes.split_first_chunk::<LENGTH_BYTES>().ok_or(Unreadable::File("it ends before its header"))?;
        let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let (header, data) = rest.split_at_checked(length).ok_or(Unreadable::File("it ends within its header"))?;
        let mut header: HashMap<String, serde_json::Value> =
            serde_json::from_slice(header).map_err(|_| Unreadable::File("its header is no JSON object"))?;
        let mut members = Vec::new();
        for number in 0..MEMBERS_MAX {
            if !header.contains_key(&format!("{number}.0.weight")) {
                break;
            }
            members.push(Member::parse(number, &mut header, data)?);
        }
        if members.is_empty() { Err(Unreadable::Shape("there is no member".to_owned())) } else { Ok(Self { members }) }
    }

    /// Foresees the seconds.
    pub fn seconds(&self, inputs: &Inputs) -> f64 {
        let sum: f64 = self.members.iter().map(|member| member.seconds(inputs)).sum();
        sum / self.members.len() as f64
    }
}

impl Member {
    fn parse(number: usize, header: &mut HashMap<String, serde_json::Value>, data: &[u8]) -> Result<Self, Unreadable> {
        let mut layers: Vec<Layer> = Vec::new();
        let mut width = INPUTS;
        for at in 0..LAYERS_MAX {
            let name = format!("{number}.{at}.weight");
            let Some(weight) = header.remove(&name) else { break };
            let of_bias = format!("{number}.{at}.bias");
            let bias = header.remove(&of_bias).ok_or_else(|| Unreadable::Shape(format!("{of_bias} is missing")))?;
            let bias = tensor(bias, data, &of_bias, |shape| shape.len() == 1 && shape[0] > 0)?;
            let weight = tensor(weight, data, &name, |shape| shape == [bias.len(), width].as_slice())?;
            let by_input = (0..width).flat_map(|input| weight.iter().skip(input).step_by(width).copied());
            layers.push(Layer { weight: by_input.collect(), bias });
            width = layers[at].bias.len();
        }
        if width != 1 {
            return Err(Unreadable::Shape(format!("{} layers end in {width} outputs instead of one", layers.len())));
        }
        Ok(Self { layers })
    }

    fn seconds(&self, inputs: &Inputs) -> f64 {
        let mut values: Vec<f64> = inputs.iter().map(|input| f64::from(*input)).collect();
        let last = self.layers.len() - 1;
        for (at, layer) in self.layers.iter().enumerate() {
            let mut outputs: Vec<f64> = layer.bias.iter().map(|bias| f64::from(*bias)).collect();
            for (value, row) in values.iter().zip(layer.weight.chunks_exact(outputs.len())) {
                // Half of all values are nothing, and add nothing.
                if *value != 0.0 {
                    outputs.iter_mut().zip(row).for_each(|(output, weight)| *output += f64::from(*weight) * value);
                }
            }
            if at < last {
                for output in &mut outputs {
                    *output = output.max(0.0);
                }
            }
            values = outputs;
        }
        values.first().copied().unwrap_or_default()
    }
}

/// Takes one tensor of 32-bit floats out of the data, if its shape will do.
fn tensor(
    entry: serde_json::Value,
    data: &[u8],
    name: &str,
    fits: impl FnOnce(&[usize]) -> bool,
) -> Result<Vec<f32>, Unreadable> {
    let entry: Entry =
        serde_json::from_value(entry).map_err(|_| Unreadable::Shape(format!("{name} is not described")))?;
    if entry.dtype != "F32" || !fits(&entry.shape) {
        return Err(Unreadable::Shape(format!("{name} is {} {:?}", entry.dtype, entry.shape)));
    }
    let [from, to] = entry.data_offsets;
    let bytes = data.get(from..to).ok_or(Unreadable::File("it ends before its data"))?;
    let (weights, odd) = bytes.as_chunks::<WEIGHT_BYTES>();
    if !odd.is_empty() || weights.len() != entry.shape.iter().product::<usize>() {
        return Err(Unreadable::Shape(format!("{name} has {} bytes for {:?}", bytes.len(), entry.shape)));
    }
    let weights: Vec<f32> = weights.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    if weights.iter().all(|weight| weight.is_finite()) {
        Ok(weights)
    } else {
        Err(Unreadable::Shape(format!("{name} holds what is no number")))
    }
}
