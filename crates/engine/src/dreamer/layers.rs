//! The few layers all three networks of a Dreamer are made of, and how each finds its weights.
//!
//! Pictures are `[batch, channels, height, width]`, sequences `[batch, tokens, features]`. Not here: which layers a
//! network has; that is said by `text`, `unet` and `vae`.

use burn::tensor::module;
use burn::tensor::ops::{ConvOptions, InterpolateMode, InterpolateOptions};
use burn::tensor::{Tensor, TensorData};

use crate::device::Device;
use crate::error::EngineError;
use crate::weights::Weights;

/// A place in the tree of weights: `unet`, `down_blocks.0`, `resnets.1`, ...
#[derive(Clone)]
pub struct Scope<'a> {
    weights: &'a Weights,
    device: &'a Device,
    prefix: String,
}

impl<'a> Scope<'a> {
    /// The root of one file of weights.
    pub fn root(weights: &'a Weights, device: &'a Device) -> Self {
        Self { weights, device, prefix: String::new() }
    }

    /// A child of this place.
    #[must_use]
    pub fn at(&self, name: impl std::fmt::Display) -> Self {
        Self { prefix: self.name(name), ..self.clone() }
    }

    /// Whether a tensor lies here, or anything below a child of that name.
    pub fn has(&self, name: &str) -> bool {
        let full = self.name(name);
        self.weights.has(&full) || self.weights.has(&format!("{full}.weight"))
    }

    /// The device the weights go to.
    pub fn device(&self) -> &Device {
        self.device
    }

    /// The file the weights come from.
    pub fn label(&self) -> &str {
        self.weights.label()
    }

    /// The shape a tensor has in the file.
    pub fn shape(&self, name: &str) -> Result<&[usize], EngineError> {
        self.weights.shape(&self.name(name))
    }

    /// A tensor of a known shape.
    pub fn tensor<const D: usize>(&self, name: &str, shape: [usize; D]) -> Result<Tensor<D>, EngineError> {
        self.weights.tensor(&self.name(name), shape, self.device)
    }

    /// The bare numbers of a tensor, after checking how many there are.
    fn values(&self, name: &str, expected: &[usize]) -> Result<Vec<f32>, EngineError> {
        let found = self.shape(name)?;
        // A 1x1 convolution is a linear layer with two more sides of length one.
        let bare = |shape: &[usize]| shape.iter().copied().filter(|&side| side != 1).collect::<Vec<_>>();
        if bare(found) != bare(expected) {
            return Err(EngineError::WrongShape {
                name: self.name(name),
                file: self.label().to_owned(),
                found: found.to_vec(),
                expected: expected.to_vec(),
            });
        }
        self.weights.values(&self.name(name))
    }

    fn name(&self, name: impl std::fmt::Display) -> String {
        if self.prefix.is_empty() { name.to_string() } else { format!("{}.{name}", self.prefix) }
    }
}

/// `y = x W + b`, with the weight kept as `[in, out]`: one plain matrix product, no transposition.
pub struct Linear {
    weight: Tensor<2>,
    bias: Option<Tensor<1>>,
}

impl Linear {
    /// Reads `weight` (`[out, in]`, or a 1x1 convolution's `[out, in, 1, 1]`) and, where there is one, `bias`.
    pub fn load(scope: &Scope<'_>, inputs: usize, outputs: usize) -> Result<Self, EngineError> {
        Self::joined(std::slice::from_ref(scope), inputs, outputs)
    }

    /// Reads several layers with the same input as one, their outputs side by side.
    pub fn joined(scopes: &[Scope<'_>], inputs: usize, outputs: usize) -> Result<Self, EngineError> {
        let Some(first) = scopes.first() else {
            return Err(EngineError::bad_file("a linear layer", "it has no weights"));
        };
        let total = outputs * scopes.len();
        let mut weight = vec![0.0_f32; inputs * total];
        let mut bias = Vec::new();
        for (part, scope) in scopes.iter().enumerate() {
            let values = scope.values("weight", &[outputs, inputs])?;
            for (output, row) in values.chunks_exact(inputs).enumerate() {
                for (input, value) in row.iter().enumerate() {
                    weight[input * total + part * outputs + output] = *value;
                }
            }
            if scope.has("bias") {
                bias.extend(scope.values("bias", &[outputs])?);
            }
        }
        let handle = first.device().handle();
        let weight = Tensor::from_data(TensorData::new(weight, [inputs, total]), handle);
        let bias = (bias.len() == total).then(|| Tensor::from_data(TensorData::new(bias, [total]), handle));
        Ok(Self { weight, bias })
    }

    /// Applies the layer to the last side of `x`.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        module::linear(x, self.weight.clone(), self.bias.clone())
    }
}

/// A convolution over height and width.
pub struct Conv2d {
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    options: ConvOptions<2>,
}

impl Conv2d {
    /// Reads a convolution that keeps the size of the picture (`kernel` is odd).
    pub fn load(scope: &Scope<'_>, inputs: usize, outputs: usize, kernel: usize) -> Result<Self, EngineError> {
        let pad = kernel / 2;
        Self::with_options(scope, inputs, outputs, kernel, ConvOptions::new([1, 1], [pad, pad], [1, 1], 1))
    }

    /// Reads a 3x3 convolution that halves the picture, padded evenly or only at the right and bottom.
    pub fn halving(scope: &Scope<'_>, channels: usize, even_padding: bool) -> Result<Self, EngineError> {
        let side = if even_padding { (1, 1) } else { (0, 1) };
        let options = ConvOptions::new_with_padding([2, 2], [side, side], [1, 1], 1);
        Self::with_options(scope, channels, channels, 3, options)
    }

    fn with_options(
        scope: &Scope<'_>,
        inputs: usize,
        outputs: usize,
        kernel: usize,
        options: ConvOptions<2>,
    ) -> Result<Self, EngineError> {
        let weight = scope.tensor("weight", [outputs, inputs, kernel, kernel])?;
        let bias = if scope.has("bias") { Some(scope.tensor("bias", [outputs])?) } else { None };
        Ok(Self { weight, bias, options })
    }

    /// Applies the convolution.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        module::conv2d(x, self.weight.clone(), self.bias.clone(), self.options.clone())
    }
}

/// Normalises groups of channels of each picture to mean 0 and variance 1, then scales and shifts each channel.
pub struct GroupNorm {
    groups: usize,
    epsilon: f64,
    scale: Tensor<4>,
    shift: Tensor<4>,
}

impl GroupNorm {
    /// Reads `weight` and `bias`.
    pub fn load(scope: &Scope<'_>, groups: usize, channels: usize, epsilon: f64) -> Result<Self, EngineError> {
        if groups == 0 || !channels.is_multiple_of(groups) {
            return Err(EngineError::bad_file(
                scope.label(),
                format!("{channels} channels cannot be split into {groups} groups"),
            ));
        }
        let scale = scope.tensor::<1>("weight", [channels])?.reshape([1, channels, 1, 1]);
        let shift = scope.tensor::<1>("bias", [channels])?.reshape([1, channels, 1, 1]);
        Ok(Self { groups, epsilon, scale, shift })
    }

    /// Applies the normalisation.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [batch, channels, height, width] = x.dims();
        let members = channels / self.groups * height * width;
        // A layer norm over each group is the same sum, and devices have it in one piece.
        let ones = Tensor::<1>::ones([members], &x.device());
        let x = module::layer_norm(x.reshape([batch * self.groups, members]), ones, None, self.epsilon);
        x.reshape([batch, channels, height, width]) * self.scale.clone() + self.shift.clone()
    }
}

/// Normalises the features of each token, then scales and shifts them.
pub struct LayerNorm {
    epsilon: f64,
    scale: Tensor<1>,
    shift: Tensor<1>,
}

impl LayerNorm {
    /// Reads `weight` and `bias`.
    pub fn load(scope: &Scope<'_>, features: usize, epsilon: f64) -> Result<Self, EngineError> {
        Ok(Self { epsilon, scale: scope.tensor("weight", [features])?, shift: scope.tensor("bias", [features])? })
    }

    /// Applies the normalisation.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        module::layer_norm(x, self.scale.clone(), Some(self.shift.clone()), self.epsilon)
    }
}

/// Doubles height and width by repeating each point.
pub fn double(x: Tensor<4>) -> Tensor<4> {
    let [_, _, height, width] = x.dims();
    resize_nearest(x, [height * 2, width * 2])
}

/// Brings a feature map to another size by repeating or skipping points.
pub fn resize_nearest(x: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
    module::interpolate(x, InterpolateOptions::new(InterpolateMode::Nearest).with_output_size(size))
}

/// `[b, c, h, w]` to `[b, h*w, c]`: points become tokens.
pub fn to_tokens(x: Tensor<4>) -> Tensor<3> {
    let [batch, channels, height, width] = x.dims();
    x.reshape([batch, channels, height * width]).swap_dims(1, 2)
}

/// The way back from [`to_tokens`].
pub fn to_picture(x: Tensor<3>, height: usize, width: usize) -> Tensor<4> {
    let [batch, _, channels] = x.dims();
    x.swap_dims(1, 2).reshape([batch, channels, height, width])
}
