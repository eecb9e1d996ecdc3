//! The answers: every operation once more, in f64 and plain loops, slow and easy to believe.

use super::Numbers;

fn at(numbers: &[f32], index: usize) -> f64 {
    f64::from(numbers[index])
}

/// `[batch, n, k] x [batch, k, m]`.
pub(super) fn matmul(a: &Numbers<3>, b: &Numbers<3>) -> Vec<f64> {
    let [batch, n, k] = a.shape;
    let m = b.shape[2];
    let mut out = Vec::with_capacity(batch * n * m);
    for one in 0..batch {
        for row in 0..n {
            for column in 0..m {
                let product =
                    |inner| at(&a.values, (one * n + row) * k + inner) * at(&b.values, (one * k + inner) * m + column);
                out.push((0..k).map(product).sum());
            }
        }
    }
    out
}

/// How a convolution walks: its stride, and the zeros before and behind each side.
#[derive(Clone, Copy)]
pub(super) struct Walk {
    pub(super) stride: usize,
    pub(super) before: usize,
    pub(super) behind: usize,
}

/// A two-dimensional convolution with a bias.
pub(super) fn conv2d(x: &Numbers<4>, weight: &Numbers<4>, bias: &Numbers<1>, walk: Walk) -> Vec<f64> {
    let [batch, inputs, height, width] = x.shape;
    let [outputs, _, kernel, _] = weight.shape;
    let side = |length: usize| (length + walk.before + walk.behind - kernel) / walk.stride + 1;
    // Where a point of the kernel falls into the picture; none on the padding.
    let place = |out: usize, step: usize, length: usize| {
        (out * walk.stride + step).checked_sub(walk.before).filter(|place| *place < length)
    };
    let mut out = Vec::new();
    for one in 0..batch {
        for output in 0..outputs {
            for (row, column) in (0..side(height)).flat_map(|row| (0..side(width)).map(move |column| (row, column))) {
                let mut sum = at(&bias.values, output);
                for (input, dy, dx) in grid(inputs, kernel) {
                    if let (Some(y), Some(x_at)) = (place(row, dy, height), place(column, dx, width)) {
                        let pixel = at(&x.values, ((one * inputs + input) * height + y) * width + x_at);
                        sum += pixel * at(&weight.values, ((output * inputs + input) * kernel + dy) * kernel + dx);
                    }
                }
                out.push(sum);
            }
        }
    }
    out
}

fn grid(inputs: usize, kernel: usize) -> impl Iterator<Item = (usize, usize, usize)> {
    (0..inputs).flat_map(move |input| (0..kernel).flat_map(move |dy| (0..kernel).map(move |dx| (input, dy, dx))))
}

/// Each row with mean 0 and variance 1, times a scale, plus a shift.
pub(super) fn layer_norm(x: &Numbers<2>, scale: &Numbers<1>, shift: &Numbers<1>, epsilon: f64) -> Vec<f64> {
    let width = x.shape[1];
    let rows = x.values.chunks_exact(width);
    let norm = |row: &[f32]| {
        let mean = row.iter().map(|value| f64::from(*value)).sum::<f64>() / width as f64;
        let variance = row.iter().map(|value| (f64::from(*value) - mean).powi(2)).sum::<f64>() / width as f64;
        let root = (variance + epsilon).sqrt();
        (0..width)
            .map(|column| (at(row, column) - mean) / root * at(&scale.values, column) + at(&shift.values, column))
            .collect::<Vec<_>>()
    };
    rows.flat_map(norm).collect()
}

/// Each row with a root mean square of 1.
pub(super) fn rms_norm(x: &Numbers<2>, epsilon: f64) -> Vec<f64> {
    let width = x.shape[1];
    let norm = |row: &[f32]| {
        let square = row.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>() / width as f64;
        let root = (square + epsilon).sqrt();
        row.iter().map(|value| f64::from(*value) / root).collect::<Vec<_>>()
    };
    x.values.chunks_exact(width).flat_map(norm).collect()
}

/// Attention of `[groups, tokens, width]` queries over keys and values of `[groups / shared, sources, width]`; a causal one sees
/// only what is not behind it.
pub(super) fn attention(q: &Numbers<3>, k: &Numbers<3>, v: &Numbers<3>, shared: usize, causal: bool) -> Vec<f64> {
    let [groups, tokens, width] = q.shape;
    let sources = k.shape[1];
    let mut out = Vec::with_capacity(groups * tokens * width);
    for (group, token) in (0..groups).flat_map(|group| (0..tokens).map(move |token| (group, token))) {
        let from = group / shared * sources;
        let seen = if causal { sources - tokens + token + 1 } else { sources };
        let score = |source: usize| {
            let product = |side| {
                at(&q.values, (group * tokens + token) * width + side) * at(&k.values, (from + source) * width + side)
            };
            (0..width).map(product).sum::<f64>() / (width as f64).sqrt()
        };
        let weights = softmax(&(0..seen).map(score).collect::<Vec<_>>());
        for side in 0..width {
            out.push(
                weights
                    .iter()
                    .enumerate()
                    .map(|(source, weight)| weight * at(&v.values, (from + source) * width + side))
                    .sum(),
            );
        }
    }
    out
}

/// Probabilities from scores.
pub(super) fn softmax(scores: &[f64]) -> Vec<f64> {
    let highest = scores.iter().fold(f64::NEG_INFINITY, |highest, score| highest.max(*score));
    let powers: Vec<f64> = scores.iter().map(|score| (score - highest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}

/// `x / (1 + e^-x)`.
pub(super) fn silu(x: f64) -> f64 {
    x * sigmoid(x)
}

/// `1 / (1 + e^-x)`.
pub(super) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Each pixel as a square of four.
pub(super) fn doubled(x: &Numbers<4>) -> Vec<f64> {
    let [batch, channels, height, width] = x.shape;
    let planes = (0..batch * channels).flat_map(|plane| (0..2 * height).map(move |row| (plane, row)));
    planes
        .flat_map(|(plane, row)| (0..2 * width).map(move |column| (plane * height + row / 2) * width + column / 2))
        .map(|index| at(&x.values, index))
        .collect()
}
