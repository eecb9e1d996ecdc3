//! How much noise there is when: the model's noise schedule, and the levels a run of `n` steps visits.
//!
//! A level is a *sigma*: the picture is clean latents plus sigma times unit noise. The reference's schedulers differ in
//! which levels they visit for the same number of steps; each sampler here visits those of its own reference class
//! (`EulerDiscreteScheduler`, `EulerAncestralDiscreteScheduler`, `DDIMScheduler`, `DPMSolverMultistepScheduler`); where
//! that class has no Karras spread (ancestral, DDIM), Euler's levels are taken.
//! Not here: how to get from one level to the next; that is `sampler`.

use serde::Deserialize;

use super::sampler::Sampler;
use crate::error::EngineError;
use crate::files::Place;

/// The curve of Karras and others (2022) is a power law; 7 is the paper's exponent.
const KARRAS_RHO: f64 = 7.0;

/// What the network predicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Prediction {
    /// The noise itself.
    #[serde(rename = "epsilon")]
    Epsilon,
    /// The velocity between noise and picture.
    #[serde(rename = "v_prediction")]
    Velocity,
}

/// How the visited times are spread over the trained ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Spacing {
    /// From first to last, both included.
    Linspace,
    /// Multiples of a whole number, from zero (plus `steps_offset`).
    Leading,
    /// Counted down from the last.
    Trailing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Betas {
    #[serde(rename = "linear")]
    Linear,
    #[serde(rename = "scaled_linear")]
    ScaledLinear,
}

/// `scheduler/scheduler_config.json`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct ScheduleConfig {
    num_train_timesteps: usize,
    beta_start: f32,
    beta_end: f32,
    beta_schedule: Betas,
    prediction_type: Prediction,
    timestep_spacing: Option<Spacing>,
    steps_offset: usize,
    set_alpha_to_one: bool,
    rescale_betas_zero_snr: bool,
    trained_betas: Option<Vec<f32>>,
}

impl Default for ScheduleConfig {
    fn default() -> Self {
        Self {
            num_train_timesteps: 1000,
            beta_start: 0.0001,
            beta_end: 0.02,
            beta_schedule: Betas::Linear,
            prediction_type: Prediction::Epsilon,
            timestep_spacing: None,
            steps_offset: 0,
            set_alpha_to_one: true,
            rescale_betas_zero_snr: false,
            trained_betas: None,
        }
    }
}

/// The noise schedule of a model.
#[derive(Debug, Clone)]
pub struct Schedule {
    config: ScheduleConfig,
    /// The level at each trained time, rising.
    sigmas: Vec<f64>,
}

/// One step of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The time the network is told.
    pub time: f64,
    /// The level before the step.
    pub sigma: f64,
    /// The level after the step.
    pub next: f64,
}

/// All steps of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Unit noise is multiplied by this to begin a run from nothing.
    pub start: f64,
    /// The steps, from much noise to none.
    pub steps: Vec<Step>,
}

impl Schedule {
    /// Reads the file.
    pub fn read(path: impl Into<Place>) -> Result<Self, EngineError> {
        let path = path.into();
        let config: ScheduleConfig = path.read_json()?;
        let file = path.display().to_string();
        if config.rescale_betas_zero_snr || config.trained_betas.is_some() {
            return Err(EngineError::unsupported(file, "`rescale_betas_zero_snr` or `trained_betas`"));
        }
        if config.num_train_timesteps < 2 {
            return Err(EngineError::bad_file(file, "fewer than two training timesteps"));
        }
        Ok(Self::new(config))
    }

    /// Works out the levels, in the reference's precision: f32 with products summed in f64.
    pub fn new(config: ScheduleConfig) -> Self {
        let count = config.num_train_timesteps;
        let (start, end) = match config.beta_schedule {
            Betas::Linear => (config.beta_start, config.beta_end),
            Betas::ScaledLinear => (config.beta_start.sqrt(), config.beta_end.sqrt()),
        };
        let step = (end - start) / (count - 1) as f32;
        let mut kept = 1.0_f64;
        let sigmas = (0..count)
            .map(|index| {
                // Counted from the nearer end, as the reference's tensor library does.
                let line = if index < count / 2 {
                    start + step * index as f32
                } else {
                    end - step * (count - 1 - index) as f32
                };
                let beta = if config.beta_schedule == Betas::Linear { line } else { line * line };
                kept *= f64::from(1.0 - beta);
                let alpha = kept as f32;
                f64::from(((1.0 - alpha) / alpha).sqrt())
            })
            .collect();
        Self { config, sigmas }
    }

    /// What the network predicts.
    pub fn prediction(&self) -> Prediction {
        self.config.prediction_type
    }

    /// The steps of a run.
    pub fn plan(&self, sampler: Sampler, karras: bool, steps: usize) -> Plan {
        let steps = steps.clamp(1, self.config.num_train_timesteps);
        let spacing = self.config.timestep_spacing.unwrap_or(match sampler {
            Sampler::Ddim if !karras => Spacing::Leading,
            _ => Spacing::Linspace,
        });
        let steps = match (sampler, karras) {
            (Sampler::Ddim, false) => self.ddim(spacing, steps),
            (Sampler::Dpmpp2m, _) => self.dpm(spacing, steps, karras),
            (_, _) => self.euler(spacing, steps, karras),
        };
        let first = steps.first().map_or(1.0, |step| step.sigma);
        // The reference starts Euler from sigma alone unless the spacing leaves the last times out.
        let variance_kept = sampler == Sampler::Dpmpp2m || (sampler == Sampler::Ddim && !karras);
        let exact = !variance_kept && spacing != Spacing::Leading;
        Plan { start: if exact { first } else { first.hypot(1.0) }, steps }
    }

    fn euler(&self, spacing: Spacing, steps: usize, karras: bool) -> Vec<Step> {
        let times = self.times(spacing, steps, false);
        let sigmas: Vec<f64> = times.iter().map(|&time| self.sigma(time)).collect();
        if !karras {
            return chain(&times, &sigmas);
        }
        let (high, low) = (sigmas[0], sigmas[steps - 1]);
        let sigmas = karras_levels(high, low, steps);
        let times: Vec<f64> = sigmas.iter().map(|&sigma| self.time(sigma)).collect();
        chain(&times, &sigmas)
    }

    fn dpm(&self, spacing: Spacing, steps: usize, karras: bool) -> Vec<Step> {
        if karras {
            let sigmas = karras_levels(self.sigmas[self.sigmas.len() - 1], self.sigmas[0], steps);
            let times: Vec<f64> = sigmas.iter().map(|&sigma| self.time(sigma).round_ties_even()).collect();
            return chain(&times, &sigmas);
        }
        // One more time is laid out and the lowest left out, except when counting down.
        let mut times = match spacing {
            Spacing::Trailing => self.times(spacing, steps, true),
            Spacing::Linspace | Spacing::Leading => self.times(spacing, steps + 1, true),
        };
        times.truncate(steps);
        let sigmas: Vec<f64> = times.iter().map(|&time| self.sigma(time)).collect();
        chain(&times, &sigmas)
    }

    fn ddim(&self, spacing: Spacing, steps: usize) -> Vec<Step> {
        let stride = (self.config.num_train_timesteps / steps) as f64;
        let last = if self.config.set_alpha_to_one { 0.0 } else { self.sigmas[0] };
        let step = |time: f64| {
            let next = time - stride;
            Step { time, sigma: self.sigma(time), next: if next >= 0.0 { self.sigma(next) } else { last } }
        };
        self.times(spacing, steps, true).into_iter().map(step).collect()
    }

    /// The visited times, falling.
    fn times(&self, spacing: Spacing, steps: usize, whole: bool) -> Vec<f64> {
        let trained = self.config.num_train_timesteps;
        let last = (trained - 1) as f64;
        let times: Vec<f64> = match spacing {
            Spacing::Linspace if steps == 1 => vec![0.0],
            Spacing::Linspace => {
                // Multiplied in the reference's order: where a time lies halfway, the last bit decides how it is rounded.
                let stride = last / (steps - 1) as f64;
                (0..steps).rev().map(|i| i as f64 * stride).collect()
            }
            Spacing::Leading => {
                let stride = trained / steps;
                (0..steps).rev().map(|i| (i * stride + self.config.steps_offset) as f64).collect()
            }
            Spacing::Trailing => {
                let stride = trained as f64 / steps as f64;
                (0..steps).map(|i| (trained as f64 - i as f64 * stride).round_ties_even() - 1.0).collect()
            }
        };
        let within = |time: f64| if whole { time.round_ties_even() } else { time }.clamp(0.0, last);
        times.into_iter().map(within).collect()
    }

    /// The level at a time, between trained ones by linear interpolation.
    fn sigma(&self, time: f64) -> f64 {
        let low = (time.floor() as usize).min(self.sigmas.len() - 2);
        let part = time - low as f64;
        self.sigmas[low] * (1.0 - part) + self.sigmas[low + 1] * part
    }

    /// The time of a level, by interpolation of logarithms.
    fn time(&self, sigma: f64) -> f64 {
        let above = self.sigmas.partition_point(|&level| level <= sigma);
        let low = above.saturating_sub(1).min(self.sigmas.len() - 2);
        let (below, next) = (self.sigmas[low].ln(), self.sigmas[low + 1].ln());
        let part = ((sigma.ln() - below) / (next - below)).clamp(0.0, 1.0);
        low as f64 + part
    }
}

fn karras_levels(high: f64, low: f64, steps: usize) -> Vec<f64> {
    let (high, low) = (high.powf(1.0 / KARRAS_RHO), low.powf(1.0 / KARRAS_RHO));
    let part = |index: usize| if steps == 1 { 0.0 } else { index as f64 / (steps - 1) as f64 };
    (0..steps).map(|index| (high + part(index) * (low - high)).powf(KARRAS_RHO)).collect()
}

/// Each level leads to the following one, the last to none.
fn chain(times: &[f64], sigmas: &[f64]) -> Vec<Step> {
    let nexts = sigmas.iter().skip(1).copied().chain([0.0]);
    times.iter().zip(sigmas).zip(nexts).map(|((&time, &sigma), next)| Step { time, sigma, next }).collect()
}
