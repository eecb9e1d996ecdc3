//! The families: what is computed on the device, and with which plain loop it is compared.

use burn::tensor::module::{self, attention as fused_attention};
use burn::tensor::ops::{AttentionModuleOptions, ConvOptions};
use burn::tensor::{Int, Tensor, activation, s};

use super::plain::{self, Walk};
use super::{Numbers, plain::softmax};
use crate::device::Device;
use crate::dreamer::attention::attend;
use crate::dreamer::layers::double;
use crate::registry::Family;

/// A family of kernels.
pub(super) struct Kernels {
    pub(super) name: &'static str,
    pub(super) used_by: &'static [Family],
    pub(super) cases: fn(&Device) -> Vec<Case>,
}

/// Something computed, flat, and what it should be.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) result: Tensor<1>,
    pub(super) answer: Vec<f64>,
}

const BOTH: &[Family] = &[Family::Dreamer, Family::Scribe];
const PICTURES: &[Family] = &[Family::Dreamer];
const STORIES: &[Family] = &[Family::Scribe];

/// Every family the models use.
pub(super) const ALL: [Kernels; 9] = [
    Kernels { name: "arithmetic", used_by: BOTH, cases: arithmetic },
    Kernels { name: "matrix product", used_by: BOTH, cases: products },
    Kernels { name: "moving and gathering", used_by: BOTH, cases: moves },
    Kernels { name: "activation", used_by: BOTH, cases: activations },
    Kernels { name: "convolution", used_by: PICTURES, cases: convolutions },
    Kernels { name: "normalisation", used_by: PICTURES, cases: norms },
    Kernels { name: "enlargement", used_by: PICTURES, cases: enlargement },
    Kernels { name: "attention over a picture", used_by: PICTURES, cases: wide_attention },
    Kernels { name: "attention over a text", used_by: STORIES, cases: causal_attention },
];

fn case<const D: usize>(name: &'static str, result: Tensor<D>, answer: Vec<f64>) -> Case {
    Case { name, result: result.flatten::<1>(0, D - 1), answer }
}

fn wide(numbers: &[f32]) -> Vec<f64> {
    numbers.iter().map(|value| f64::from(*value)).collect()
}

fn arithmetic(device: &Device) -> Vec<Case> {
    let (a, b, row) = (Numbers::made(1, [37, 65]), Numbers::made(2, [37, 65]), Numbers::made(3, [1, 65]));
    let spread = |index: usize| f64::from(row.values[index % 65]);
    let pairs = || wide(&a.values).into_iter().zip(wide(&b.values)).enumerate();
    let mixed = pairs().map(|(index, (a, b))| (a - b) * 7.5 + spread(index)).collect();
    let roots = pairs().map(|(_, (a, b))| (a * a + b * b + 1e-5).sqrt()).collect();
    let (x, y) = (a.on(device), b.on(device));
    let sums = wide(&a.values).chunks_exact(65).map(|row| row.iter().sum::<f64>() / 65.0).collect();
    vec![
        case("a guided mixture", (x.clone() - y.clone()) * 7.5 + row.on(device), mixed),
        case("a square root", (x.clone() * x.clone() + y.clone() * y + 1e-5).sqrt(), roots),
        case("a mean of rows", x.mean_dim(1), sums),
    ]
}

fn products(device: &Device) -> Vec<Case> {
    let product = |name, seed, [batch, n, k, m]: [usize; 4]| {
        let (a, b) = (Numbers::made(seed, [batch, n, k]), Numbers::made(seed + 1, [batch, k, m]));
        case(name, a.on(device).matmul(b.on(device)), plain::matmul(&a, &b))
    };
    let (x, weight, bias) = (Numbers::made(17, [1, 70, 96]), Numbers::made(18, [1, 96, 64]), Numbers::made(19, [64]));
    let linear = module::linear(x.on(device), weight.on(device).reshape([96, 64]), Some(bias.on(device)));
    let shifted = plain::matmul(&x, &weight).into_iter().enumerate();
    let shifted = shifted.map(|(index, value)| value + f64::from(bias.values[index % 64])).collect();
    vec![
        product("small and odd", 11, [1, 7, 13, 5]),
        product("in tiles", 13, [1, 128, 160, 192]),
        product("in a batch", 15, [6, 65, 32, 77]),
        product("one row, as when writing", 20, [1, 1, 192, 512]),
        case("a linear layer", linear, shifted),
    ]
}

fn moves(device: &Device) -> Vec<Case> {
    let x = Numbers::made(21, [3, 10, 6]);
    let on = x.on(device);
    let swapped = (0..3)
        .flat_map(|plane| (0..6).flat_map(move |column| (0..10).map(move |row| (plane * 10 + row) * 6 + column)))
        .map(|index| f64::from(x.values[index]))
        .collect();
    let part: Vec<f64> = (0..3)
        .flat_map(|plane| (2..7).flat_map(move |row| (1..4).map(move |column| (plane * 10 + row) * 6 + column)))
        .map(|index| f64::from(x.values[index]))
        .collect();
    let twice = wide(&x.values).into_iter().chain(wide(&x.values)).collect();
    let table = Numbers::made(22, [50, 24]);
    let picked = [49_i32, 0, 7, 7, 31];
    let rows =
        picked.iter().flat_map(|row| wide(&table.values[*row as usize * 24..(*row as usize + 1) * 24])).collect();
    let indices = Tensor::<1, Int>::from_ints(picked.as_slice(), device.handle());
    vec![
        case("two sides swapped", on.clone().swap_dims(1, 2), swapped),
        case("a part", on.clone().slice(s![.., 2..7, 1..4]), part),
        case("one behind the other", Tensor::cat(vec![on.clone(), on], 0), twice),
        case("rows of a table", table.on(device).select(0, indices), rows),
    ]
}

fn activations(device: &Device) -> Vec<Case> {
    let x = Numbers::made(31, [9, 33]);
    let on = x.on(device) * 6.0;
    let each = |apply: fn(f64) -> f64| x.values.iter().map(|value| apply(f64::from(*value) * 6.0)).collect::<Vec<_>>();
    let rows = each(|value| value);
    vec![
        case("SiLU", activation::silu(on.clone()), each(plain::silu)),
        case("sigmoid", activation::sigmoid(on.clone()), each(plain::sigmoid)),
        case("GELU", activation::gelu(on.clone()), each(|x| 0.5 * x * (1.0 + libm::erf(x / std::f64::consts::SQRT_2)))),
        case("softmax", activation::softmax(on, 1), rows.chunks_exact(33).flat_map(softmax).collect()),
    ]
}

fn convolutions(device: &Device) -> Vec<Case> {
    let conv = |name, seed, [batch, inputs, outputs, kernel]: [usize; 4], walk: Walk| {
        let x = Numbers::made(seed, [batch, inputs, 20, 17]);
        let weight = Numbers::made(seed + 1, [outputs, inputs, kernel, kernel]);
        let bias = Numbers::made(seed + 2, [outputs]);
        let side = (walk.before, walk.behind);
        let options = ConvOptions::new_with_padding([walk.stride; 2], [side, side], [1, 1], 1);
        let result = module::conv2d(x.on(device), weight.on(device), Some(bias.on(device)), options);
        case(name, result, plain::conv2d(&x, &weight, &bias, walk))
    };
    let even = |pad| Walk { stride: 1, before: pad, behind: pad };
    vec![
        conv("of 3 by 3", 41, [2, 24, 40, 3], even(1)),
        conv("of 3 by 3 from few channels", 44, [1, 4, 16, 3], even(1)),
        conv("of 1 by 1", 47, [2, 32, 24, 1], even(0)),
        conv("that halves", 50, [2, 16, 16, 3], Walk { stride: 2, before: 1, behind: 1 }),
        conv("that halves, padded on one side", 53, [1, 8, 8, 3], Walk { stride: 2, before: 0, behind: 1 }),
    ]
}

fn norms(device: &Device) -> Vec<Case> {
    let (x, scale, shift) = (Numbers::made(61, [16, 320]), Numbers::made(62, [320]), Numbers::made(63, [320]));
    let layer = module::layer_norm(x.on(device), scale.on(device), Some(shift.on(device)), 1e-5);
    vec![case("of rows", layer, plain::layer_norm(&x, &scale, &shift, 1e-5))]
}

fn enlargement(device: &Device) -> Vec<Case> {
    let x = Numbers::made(71, [2, 6, 5, 9]);
    vec![case("to twice the size", double(x.on(device)), plain::doubled(&x))]
}

fn wide_attention(device: &Device) -> Vec<Case> {
    let one = |name, seed, [groups, tokens, sources, width]: [usize; 4]| {
        let q = Numbers::made(seed, [groups, tokens, width]);
        let (k, v) =
            (Numbers::made(seed + 1, [groups, sources, width]), Numbers::made(seed + 2, [groups, sources, width]));
        let four = |x: &Numbers<3>| x.on(device).reshape([1, x.shape[0], x.shape[1], x.shape[2]]);
        case(name, attend(four(&q), four(&k), four(&v), None), plain::attention(&q, &k, &v, 1, false))
    };
    vec![one("to itself", 81, [4, 64, 64, 16]), one("to the words", 84, [2, 49, 33, 24])]
}

fn causal_attention(device: &Device) -> Vec<Case> {
    // Four heads share two heads of keys.
    let one = |name, seed, tokens: usize, sources: usize, causal: bool| {
        let q = Numbers::made(seed, [4, tokens, 16]);
        let (k, v) = (Numbers::made(seed + 1, [2, sources, 16]), Numbers::made(seed + 2, [2, sources, 16]));
        let shared = |x: &Numbers<3>| x.on(device).reshape([2, 1, sources, 16]);
        let options = AttentionModuleOptions { scale: Some(0.25), softcap: None, is_causal: causal };
        let queries = q.on(device).reshape([2, 2, tokens, 16]);
        let result = fused_attention(queries, shared(&k), shared(&v), None, None, options);
        case(name, result, plain::attention(&q, &k, &v, 2, causal))
    };
    let x = Numbers::made(97, [5, 96]);
    let on = x.on(device);
    let root = ((on.clone() * on.clone()).mean_dim(1) + 1e-5).sqrt();
    vec![
        one("while reading", 91, 13, 13, true),
        one("while writing", 94, 1, 33, false),
        case("the norm before it", on / root, plain::rms_norm(&x, 1e-5)),
    ]
}
