//! How to get from one noise level to the next, given what the network predicts.
//!
//! The picture is kept as clean latents plus sigma times noise. Not here: which levels are visited (`schedule`) and
//! where the noise comes from (`noise`).

use std::str::FromStr;

use burn::tensor::Tensor;

use super::schedule::{Plan, Prediction, Step};
use crate::error::EngineError;

/// The ways to remove noise, under their names on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sampler {
    /// `k_euler`: a straight step along the slope.
    Euler,
    /// `k_euler_a`: a longer step, then some fresh noise.
    EulerAncestral,
    /// `DDIM`: Euler's step, on the levels of the paper of that name.
    Ddim,
    /// `k_dpmpp_2m`: a step that also remembers the one before.
    Dpmpp2m,
}

impl Sampler {
    /// Every sampler.
    pub const ALL: [Self; 4] = [Self::Euler, Self::EulerAncestral, Self::Ddim, Self::Dpmpp2m];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Euler => "k_euler",
            Self::EulerAncestral => "k_euler_a",
            Self::Ddim => "DDIM",
            Self::Dpmpp2m => "k_dpmpp_2m",
        }
    }
}

impl FromStr for Sampler {
    type Err = EngineError;

    fn from_str(name: &str) -> Result<Self, EngineError> {
        let found = Self::ALL.into_iter().find(|sampler| sampler.name().eq_ignore_ascii_case(name));
        found.ok_or_else(|| EngineError::BadRequest(format!("the sampler `{name}` is not known")))
    }
}

/// A run through a plan: keeps what a sampler remembers between steps.
pub struct Run {
    sampler: Sampler,
    prediction: Prediction,
    steps: Vec<Step>,
    position: usize,
    /// The clean picture as believed at the step before, and how far that step went.
    before: Option<(Tensor<4>, f64)>,
}

impl Run {
    /// Begins at a step of the plan: 0, or later when a given picture is changed only in part.
    pub fn new(sampler: Sampler, prediction: Prediction, plan: &Plan, from: usize) -> Self {
        Self { sampler, prediction, steps: plan.steps.clone(), position: from, before: None }
    }

    /// The step to come; `None` when the run is over.
    pub fn step(&self) -> Option<Step> {
        self.steps.get(self.position).copied()
    }

    /// The picture as the network wants to see it: with unit variance.
    pub fn input(&self, x: Tensor<4>) -> Tensor<4> {
        match self.step() {
            Some(step) => x * (1.0 / step.sigma.hypot(1.0)),
            None => x,
        }
    }

    /// Whether the coming step adds fresh noise.
    pub fn wants_noise(&self) -> bool {
        self.sampler == Sampler::EulerAncestral && self.step().is_some_and(|step| step.next > 0.0)
    }

    /// Takes the step, given the network's answer; `noise` is used only where [`Self::wants_noise`] says so.
    pub fn advance(&mut self, x: Tensor<4>, answer: Tensor<4>, noise: Option<Tensor<4>>) -> Tensor<4> {
        let Some(step) = self.step() else { return x };
        let clean = self.clean(&x, answer, step.sigma);
        let moved = match self.sampler {
            Sampler::Euler | Sampler::Ddim => toward(x, clean, step.next / step.sigma),
            Sampler::EulerAncestral => {
                let (up, down) = ancestral(step);
                let moved = toward(x, clean, down / step.sigma);
                match noise {
                    Some(noise) if up > 0.0 => moved + noise * up,
                    _ => moved,
                }
            }
            Sampler::Dpmpp2m => self.two_steps(x, clean, step),
        };
        self.position += 1;
        // The DDIM of the reference carries the scaled picture on, though its next level may be another.
        let carried = self.step().map_or(0.0, |next| next.sigma);
        let rescale = carried.hypot(1.0) / step.next.hypot(1.0);
        if (rescale - 1.0).abs() < f64::EPSILON { moved } else { moved * rescale }
    }

    /// The clean picture the network believes in.
    fn clean(&self, x: &Tensor<4>, answer: Tensor<4>, sigma: f64) -> Tensor<4> {
        match self.prediction {
            Prediction::Epsilon => x.clone() - answer * sigma,
            Prediction::Velocity => {
                let whole = sigma.hypot(1.0);
                x.clone() * (1.0 / (whole * whole)) - answer * (sigma / whole)
            }
        }
    }

    /// DPM-Solver++(2M): extrapolates the belief from this step and the one before.
    fn two_steps(&mut self, x: Tensor<4>, clean: Tensor<4>, step: Step) -> Tensor<4> {
        let length = (step.sigma / step.next).ln();
        let belief = match self.before.take() {
            // The last step goes to no noise at all: infinitely far, so only the newest belief counts.
            Some((before, length_before)) if step.next > 0.0 => {
                let weight = length / (2.0 * length_before);
                clean.clone() * (1.0 + weight) - before * weight
            }
            _ => clean.clone(),
        };
        self.before = Some((clean, length));
        toward(x, belief, step.next / step.sigma)
    }
}

/// Keeps a part of the noise: `clean + part * (x - clean)`.
fn toward(x: Tensor<4>, clean: Tensor<4>, part: f64) -> Tensor<4> {
    if part == 0.0 { clean } else { x * part + clean * (1.0 - part) }
}

/// Splits a step into fresh noise to add and the level to go down to before.
fn ancestral(step: Step) -> (f64, f64) {
    let (from, to) = (step.sigma * step.sigma, step.next * step.next);
    let up = (to * (from - to) / from).max(0.0);
    (up.sqrt(), (to - up).max(0.0).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sampler_is_found_by_its_name_on_the_wire() {
        for sampler in Sampler::ALL {
            assert_eq!(sampler.name().parse::<Sampler>().unwrap(), sampler);
        }
        assert_eq!("ddim".parse::<Sampler>().unwrap(), Sampler::Ddim);
        assert!("k_nothing".parse::<Sampler>().is_err());
    }

    #[test]
    fn ancestral_noise_and_remaining_noise_add_up_to_the_next_level() {
        let (up, down) = ancestral(Step { time: 0.0, sigma: 3.0, next: 2.0 });
        assert!((up.hypot(down) - 2.0).abs() < 1e-12);
        assert!(up > 0.0 && down > 0.0);
    }
}
