//! Noise from a seed: the same numbers on every device and every platform.
//!
//! The bits come from ChaCha with 12 rounds seeded by the picture's 64-bit seed, the bell curve from the Box-Muller
//! transform computed in f64 by `libm` (pure Rust, so that no platform's own logarithm can differ), rounded to f32.
//! Numbers are drawn in the order they are needed: first the starting noise, then each step's.

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha12Rng;

/// 2⁻⁵³: turns 53 random bits into a number from 0 to 1.
const UNIT: f64 = 1.0 / (1_u64 << 53) as f64;

/// An endless row of unit normal numbers.
pub struct Noise {
    bits: ChaCha12Rng,
    spare: Option<f32>,
}

impl Noise {
    /// The row that belongs to a seed.
    pub fn new(seed: u64) -> Self {
        Self { bits: ChaCha12Rng::seed_from_u64(seed), spare: None }
    }

    /// The next numbers of the row.
    pub fn take(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.next()).collect()
    }

    fn next(&mut self) -> f32 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        // One minus a number below one is never zero, whose logarithm there is not.
        let radius = (-2.0 * libm::log(1.0 - self.unit())).sqrt();
        let angle = std::f64::consts::TAU * self.unit();
        self.spare = Some((radius * libm::sin(angle)) as f32);
        (radius * libm::cos(angle)) as f32
    }

    fn unit(&mut self) -> f64 {
        (self.bits.next_u64() >> 11) as f64 * UNIT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_always_gives_the_same_row_however_it_is_taken() {
        let whole = Noise::new(7).take(9);
        let mut piecewise = Noise::new(7);
        let pieces = [piecewise.take(2), piecewise.take(3), piecewise.take(4)].concat();
        assert_eq!(whole, pieces);
        assert_ne!(whole, Noise::new(8).take(9));
    }

    #[test]
    fn the_row_is_unit_normal() {
        let row = Noise::new(1).take(100_000);
        let count = row.len() as f64;
        let mean = row.iter().map(|&x| f64::from(x)).sum::<f64>() / count;
        let variance = row.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / count;
        let beyond_two = row.iter().filter(|x| x.abs() > 2.0).count() as f64 / count;
        // Three standard errors of each figure.
        assert!(mean.abs() < 0.0095, "{mean}");
        assert!((variance - 1.0).abs() < 0.0135, "{variance}");
        assert!((beyond_two - 0.0455).abs() < 0.002, "{beyond_two}");
    }

    #[test]
    fn the_first_numbers_never_change() {
        // Pictures are promised to be the same for the same seed: this row is part of the promise.
        let row = Noise::new(42).take(4);
        assert_eq!(row.iter().map(|x| x.to_bits()).collect::<Vec<_>>(), PROMISED);
    }

    const PROMISED: [u32; 4] = [3_214_339_143, 3_198_554_599, 3_214_356_104, 1_061_879_232];
}
