//! Rotary positions: angles by position and frequency, as cosines and sines ready to be multiplied with.
//!
//! Computed in f32 in the reference's order of operations, so that large positions round alike. Not here: applying them.

use std::f32::consts::TAU;

use crate::scribe::config::{Config, Rope, Scaling};

/// One frequency for each pair of a head's numbers.
pub fn frequencies(rope: &Rope, head_width: usize) -> Vec<f32> {
    (0..head_width / 2)
        .map(|pair| 1.0 / rope.theta.powf(2.0 * pair as f32 / head_width as f32))
        .map(|frequency| scaled(frequency, &rope.scaling))
        .collect()
}

fn scaled(frequency: f32, scaling: &Scaling) -> f32 {
    match *scaling {
        Scaling::None => frequency,
        Scaling::Linear(factor) => frequency / factor,
        Scaling::Llama3 { factor, low, high, original_window } => {
            let wave = TAU / frequency;
            if wave > original_window / low {
                frequency / factor
            } else if wave < original_window / high {
                frequency
            } else {
                let ramp = (original_window / wave - low) / (high - low);
                (1.0 - ramp) * frequency / factor + ramp * frequency
            }
        }
    }
}

/// Cosines and sines of the first `positions` positions, each `[positions, head_width]` row by row.
///
/// A row holds the angles twice: the first half of a head is rotated against the second.
pub fn tables(config: &Config, positions: usize) -> (Vec<f32>, Vec<f32>) {
    let frequencies = frequencies(&config.rope, config.head_width);
    let angles = (0..positions).flat_map(|position| {
        let row = frequencies.iter().map(move |frequency| position as f32 * frequency);
        row.clone().chain(row).collect::<Vec<_>>()
    });
    angles.map(|angle| (angle.cos(), angle.sin())).unzip()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "divided by a power of two, or not at all: exact")]
    fn llama_3_divides_low_frequencies_and_keeps_high_ones() {
        let plain = Rope { theta: 500_000.0, scaling: Scaling::None };
        let stretched = Rope {
            theta: 500_000.0,
            scaling: Scaling::Llama3 { factor: 8.0, low: 1.0, high: 4.0, original_window: 8192.0 },
        };
        let (before, after) = (frequencies(&plain, 128), frequencies(&stretched, 128));
        assert_eq!(before[0], after[0]);
        assert_eq!(before[63] / 8.0, after[63]);
        assert!(after.iter().zip(&before).any(|(a, b)| *a < *b && *a > b / 8.0), "a ramp lies between");
    }
}
