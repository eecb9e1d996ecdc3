//! The golden self-test: each family of kernels that the models use, on small inputs, against answers worked out in plain arithmetic.
//!
//! A browser, a driver or a card may compute wrongly without saying so. A family that does is named with what it got, and whoever
//! asked leaves the models that use it alone. The inputs are made by a formula, the answers in f64 by the loops of
//! `selftest/plain.rs`, so that nothing but the device is being tested. Shapes are odd on purpose, and large enough to reach the
//! tiled kernels. Not here: whether a whole model is right; the golden tests tell that.

mod families;
mod plain;

use burn::tensor::{Tensor, TensorData};

use crate::device::{Device, failed};
use crate::error::EngineError;
use crate::registry::Family;

/// How far a result may be from the answer, as a part of the answers' largest magnitude: cards round transcendental functions freely
/// (WebGPU allows some thousandths there), and a wrong kernel is wrong by far more.
const TOLERANCE: f64 = 2e-3;

/// What was found about one family of kernels.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The family, in the field's words.
    pub family: &'static str,
    /// The models that need it.
    pub used_by: &'static [Family],
    /// The largest error found, as a part of the answers' largest magnitude.
    pub error: f64,
    /// What is wrong; none when all is well.
    pub fault: Option<String>,
}

/// Numbers with the shape they belong into: `[rows, columns]`, `[batch, channels, height, width]` ...
#[derive(Debug, Clone)]
struct Numbers<const D: usize> {
    shape: [usize; D],
    values: Vec<f32>,
}

impl<const D: usize> Numbers<D> {
    /// Numbers from -1 to 1 that look like chance and are the same everywhere.
    fn made(seed: u32, shape: [usize; D]) -> Self {
        let count: usize = shape.iter().product();
        let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
        let mut next = || {
            // Numerical Recipes' generator: its upper bits are good enough to make numbers unlike each other.
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1_u32 << 23) as f32 - 1.0
        };
        Self { shape, values: (0..count).map(|_| next()).collect() }
    }

    fn on(&self, device: &Device) -> Tensor<D> {
        Tensor::from_data(TensorData::new(self.values.clone(), self.shape), device.handle())
    }
}

/// Checks a device, family by family, telling each finding as it is made.
///
/// # Errors
/// A device that fails altogether; one that only computes wrongly is a finding.
pub async fn check(device: &Device, told: &mut dyn FnMut(Finding)) -> Result<(), EngineError> {
    for family in families::ALL {
        let mut finding = Finding { family: family.name, used_by: family.used_by, error: 0.0, fault: None };
        for case in (family.cases)(device) {
            let got = case.result.into_data_async().await.map_err(failed)?;
            let got = got.try_into_vec::<f32>();
            let (error, fault) = match &got {
                Ok(got) => judge(got, &case.answer),
                Err(_) => (f64::INFINITY, Some("it returned numbers of another kind".to_owned())),
            };
            finding.error = finding.error.max(error);
            if let Some(fault) = fault {
                finding.fault.get_or_insert(format!("{}: {fault}", case.name));
            }
        }
        told(finding);
    }
    Ok(())
}

/// The largest error, and the words for it if it is too large.
fn judge(got: &[f32], answer: &[f64]) -> (f64, Option<String>) {
    if got.len() != answer.len() {
        return (f64::INFINITY, Some(format!("{} numbers instead of {}", got.len(), answer.len())));
    }
    let largest = answer.iter().fold(f64::MIN_POSITIVE, |largest, value| largest.max(value.abs()));
    let mut worst = (0.0_f64, 0_usize);
    for (at, (got, wanted)) in got.iter().zip(answer).enumerate() {
        let error = (f64::from(*got) - wanted).abs() / largest;
        // Not a number is wrong, too, and greater than nothing only this way round.
        if !(error <= worst.0) {
            worst = (if error.is_nan() { f64::INFINITY } else { error }, at);
        }
    }
    let (error, at) = worst;
    let wrong = error > TOLERANCE;
    (error, wrong.then(|| format!("number {at} is {} instead of {:.6}", got[at], answer[at])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Processor;

    fn findings(device: &Device) -> Vec<Finding> {
        let mut all = Vec::new();
        pollster::block_on(check(device, &mut |finding| all.push(finding))).unwrap();
        all
    }

    fn all_is_well(device: &Device) {
        let all = findings(device);
        assert_eq!(all.len(), families::ALL.len());
        for finding in all {
            assert_eq!(finding.fault, None, "{} on {}", finding.family, device.describe());
            assert!(finding.error <= TOLERANCE);
        }
    }

    #[test]
    fn the_processor_computes_rightly() {
        all_is_well(&Device::cpu());
    }

    #[test]
    fn a_vulkan_device_computes_rightly_where_there_is_one() {
        // Where there is none the engine's golden tests say so.
        if let Ok(device) = Device::open(Processor::Vulkan) {
            all_is_well(&device);
        }
    }

    #[test]
    fn a_wrong_number_is_found_and_told() {
        let (error, fault) = judge(&[1.0, 2.1], &[1.0, 2.0]);
        assert!((error - 0.05).abs() < 1e-6);
        assert_eq!(fault.as_deref(), Some("number 1 is 2.1 instead of 2.000000"));
        assert!(judge(&[f32::NAN, 2.0], &[1.0, 2.0]).1.is_some_and(|fault| fault.starts_with("number 0 is NaN")));
        assert!(judge(&[1.0], &[1.0, 2.0]).1.is_some());
        assert_eq!(judge(&[1.0, 2.000_1], &[1.0, 2.0]).1, None);
    }

    #[test]
    fn both_kinds_of_models_are_covered() {
        for family in [Family::Dreamer, Family::Scribe] {
            assert!(families::ALL.iter().filter(|kernels| kernels.used_by.contains(&family)).count() >= 4);
        }
    }
}
