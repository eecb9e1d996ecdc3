//! Dreamer: Stable Diffusion 1.x from a diffusers folder; a prompt becomes a picture.
//!
//! This file is the whole walk: tokens → text features → noise → steps → latents → picture. Each stop is a module.
//! Not here: sizes and prices a requester may ask for, and the wire's names; the caller knows those.

use burn::tensor::{Tensor, TensorData, s};
use image::RgbImage;

use crate::device::{Device, failed};
use crate::error::EngineError;
use crate::files::Place;
use crate::progress::{Flow, Progress};
use crate::weights::Weights;

pub mod attention;
pub mod config;
pub mod layers;
pub mod noise;
pub mod picture;
pub mod resnet;
pub mod sampler;
pub mod schedule;
pub mod text;
pub mod tokenizer;
pub mod transformer;
pub mod unet;
pub mod vae;

pub use sampler::Sampler;

use config::{HouseConfig, TextConfig, UNetConfig, VaeConfig};
use layers::Scope;
use noise::Noise;
use picture::Size;
use sampler::Run;
use schedule::{Plan, Schedule};
use text::TextEncoder;
use tokenizer::PromptTokenizer;
use unet::{Prompted, UNet};
use vae::Vae;

/// Separates what should be in the picture from what should not, as people write it in one line.
const NEGATIVE_MARK: &str = "###";
/// Largest side of a picture; beyond it one picture alone fills any graphics card.
const SIDE_MAX: usize = 4096;
/// Most steps; the wire's own limit.
const STEPS_MAX: usize = 500;
/// File stem of the UNet's and VAE's weights in a diffusers folder.
const DIFFUSERS_STEM: &str = "diffusion_pytorch_model";

/// What to dream.
#[derive(Debug, Clone)]
pub struct Dream {
    /// What should be in the pictures.
    pub prompt: String,
    /// What should not.
    pub negative: String,
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Steps from noise to picture.
    pub steps: usize,
    /// How strictly to follow the prompt; 1 follows it without comparing to the negative prompt.
    pub cfg_scale: f64,
    /// How to go from step to step.
    pub sampler: Sampler,
    /// Whether the steps are spread as Karras and others proposed.
    pub karras: bool,
    /// One picture for each seed.
    pub seeds: Vec<u64>,
    /// Text layers to leave out, counted as the wire does: 1 is none.
    pub clip_skip: usize,
    /// A picture to begin from, instead of bare noise.
    pub source: Option<Source>,
}

/// A picture to begin from.
#[derive(Debug, Clone)]
pub struct Source {
    /// The picture; brought to the size of the dream.
    pub picture: RgbImage,
    /// How much of it may change: 0 nothing, 1 all.
    pub denoising_strength: f64,
}

impl Dream {
    /// A dream of a prompt as people write it (`wanted ### unwanted`), with the wire's defaults for the rest.
    pub fn new(prompt: &str) -> Self {
        let (wanted, unwanted) = prompt.split_once(NEGATIVE_MARK).unwrap_or((prompt, ""));
        Self {
            prompt: wanted.trim().to_owned(),
            negative: unwanted.trim().to_owned(),
            width: 512,
            height: 512,
            steps: 30,
            cfg_scale: 7.5,
            sampler: Sampler::EulerAncestral,
            karras: false,
            seeds: vec![0],
            clip_skip: 1,
            source: None,
        }
    }

    fn check(&self) -> Result<(), EngineError> {
        let refuse = |why: String| Err(EngineError::BadRequest(why));
        if !(1..=SIDE_MAX).contains(&self.width) || !(1..=SIDE_MAX).contains(&self.height) {
            return refuse(format!("{}x{} is no size between 1 and {SIDE_MAX}", self.width, self.height));
        }
        if !(1..=STEPS_MAX).contains(&self.steps) {
            return refuse(format!("{} steps are not between 1 and {STEPS_MAX}", self.steps));
        }
        if !self.cfg_scale.is_finite() {
            return refuse("cfg_scale is not a number".to_owned());
        }
        match &self.source {
            Some(source) if !(0.0..=1.0).contains(&source.denoising_strength) => {
                refuse(format!("denoising_strength {} is not between 0 and 1", source.denoising_strength))
            }
            Some(source) if source.picture.width() == 0 || source.picture.height() == 0 => {
                refuse("the source picture is empty".to_owned())
            }
            _ => Ok(()),
        }
    }
}

/// A loaded text-to-image model.
pub struct Dreamer {
    device: Device,
    tokenizer: PromptTokenizer,
    text: TextEncoder,
    unet: UNet,
    vae: Vae,
    schedule: Schedule,
    latent_channels: usize,
    factor: usize,
    house: HouseConfig,
    parameters: u64,
}

impl Dreamer {
    /// Loads a diffusers folder.
    pub fn load(folder: impl Into<Place>, device: &Device) -> Result<Self, EngineError> {
        let folder = folder.into();
        let text_config: TextConfig = folder.join("text_encoder/config.json").read_json()?;
        let unet_config = UNetConfig::read(&folder.join("unet/config.json"))?;
        let vae_config = VaeConfig::read(&folder.join("vae/config.json"))?;
        if unet_config.in_channels != vae_config.latent_channels
            || unet_config.out_channels != vae_config.latent_channels
        {
            let what = format!("a UNet from {} to {} channels", unet_config.in_channels, unet_config.out_channels);
            return Err(EngineError::unsupported(folder.join("unet/config.json").display().to_string(), what));
        }
        let schedule = Schedule::read(&folder.join("scheduler/scheduler_config.json"))?;
        let tokenizer = PromptTokenizer::load(&folder.join("tokenizer"))?;
        let house = HouseConfig::read(&folder.join("throng.json"))?;
        let mut parameters = 0;
        let mut open = |part: &str, stem: &str| {
            let weights = Weights::in_folder(&folder.join(part), stem)?;
            parameters += weights.parameters();
            Ok::<_, EngineError>(weights)
        };
        let text_weights = open("text_encoder", "model")?;
        let unet_weights = open("unet", DIFFUSERS_STEM)?;
        let vae_weights = open("vae", DIFFUSERS_STEM)?;
        let text = TextEncoder::load(&Scope::root(&text_weights, device), &text_config)?;
        let unet = UNet::load(&Scope::root(&unet_weights, device), &unet_config)?;
        let vae = Vae::load(&Scope::root(&vae_weights, device), &vae_config)?;
        tracing::info!(folder = %folder.display(), parameters, device = device.describe(), "dreamer loaded");
        Ok(Self {
            device: device.clone(),
            tokenizer: tokenizer.limited_to(text_config.max_position_embeddings),
            text,
            unet,
            vae,
            schedule,
            latent_channels: vae_config.latent_channels,
            factor: vae_config.factor(),
            house,
            parameters,
        })
    }

    /// How many numbers the model was trained to.
    pub fn parameters(&self) -> u64 {
        self.parameters
    }

    /// The device the model lies on.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Makes one picture for each seed, telling `progress` after each step; it may stop the dream.
    pub async fn dream(
        &self,
        dream: &Dream,
        progress: &mut dyn FnMut(Progress) -> Flow,
    ) -> Result<Vec<RgbImage>, EngineError> {
        let mut pictures = Vec::with_capacity(dream.seeds.len());
        for latents in self.latents(dream, progress).await? {
            let picture = picture::from_tensor(self.vae.decode(latents)).await?;
            pictures.push(picture::to_size(picture, dream.width, dream.height));
        }
        Ok(pictures)
    }

    /// The same, stopping before the last act: what is decoded into each picture.
    pub async fn latents(
        &self,
        dream: &Dream,
        progress: &mut dyn FnMut(Progress) -> Flow,
    ) -> Result<Vec<Tensor<4>>, EngineError> {
        dream.check()?;
        let plan = self.schedule.plan(dream.sampler, dream.karras, dream.steps);
        let prompted = self.read_prompt(dream)?;
        let size = Size::to_generate(dream.width, dream.height, self.house, self.factor);
        let source = dream.source.as_ref().map(|source| self.read_source(source, size, &plan));
        let each = plan.steps.len() - source.as_ref().map_or(0, |(_, from)| *from);
        let mut report = Report { done: 0, of: each * dream.seeds.len(), progress };
        let mut all = Vec::with_capacity(dream.seeds.len());
        for &seed in &dream.seeds {
            let mut noise = Noise::new(seed);
            let start = self.noise(&mut noise, size);
            let (x, from) = match &source {
                Some((latents, from)) => {
                    let sigma = plan.steps.get(*from).map_or(0.0, |step| step.sigma);
                    (latents.clone() + start * sigma, *from)
                }
                None => (start * plan.start, 0),
            };
            let run = Run::new(dream.sampler, self.schedule.prediction(), &plan, from);
            all.push(self.walk(run, x, dream.cfg_scale, &prompted, &mut noise, &mut report).await?);
        }
        Ok(all)
    }

    /// Follows a run from its first latents to clean ones.
    async fn walk(
        &self,
        mut run: Run,
        mut x: Tensor<4>,
        cfg_scale: f64,
        prompted: &Prompted,
        noise: &mut Noise,
        report: &mut Report<'_>,
    ) -> Result<Tensor<4>, EngineError> {
        let [_, channels, height, width] = x.dims();
        let size = Size { width: width * self.factor, height: height * self.factor };
        while let Some(step) = run.step() {
            let input = run.input(x.clone());
            let answer = if compares(cfg_scale) {
                // Both questions in one batch: the weights are read once.
                let both = self.unet.forward(Tensor::cat(vec![input.clone(), input], 0), step.time, prompted);
                let without = both.clone().slice(s![0..1, 0..channels]);
                let with = both.slice(s![1..2, 0..channels]);
                without.clone() + (with - without) * cfg_scale
            } else {
                self.unet.forward(input, step.time, prompted)
            };
            let fresh = run.wants_noise().then(|| self.noise(noise, size));
            x = run.advance(x, answer, fresh);
            report.step(&x).await?;
        }
        Ok(x)
    }

    fn read_prompt(&self, dream: &Dream) -> Result<Prompted, EngineError> {
        let mut prompts = Vec::with_capacity(2);
        if compares(dream.cfg_scale) {
            prompts.push(self.tokenizer.encode(&dream.negative)?);
        }
        prompts.push(self.tokenizer.encode(&dream.prompt)?);
        Ok(self.unet.prompted(&self.text.encode(&prompts, dream.clip_skip)?))
    }

    /// A given picture as latents, and the step to begin at: the stronger the change, the earlier.
    fn read_source(&self, source: &Source, size: Size, plan: &Plan) -> (Tensor<4>, usize) {
        let latents = self.vae.encode(picture::to_tensor(&source.picture, size, &self.device));
        let steps = plan.steps.len();
        let taken = ((steps as f64 * source.denoising_strength) as usize).clamp(1, steps);
        (latents, steps - taken)
    }

    fn noise(&self, noise: &mut Noise, size: Size) -> Tensor<4> {
        let shape = [1, self.latent_channels, size.height / self.factor, size.width / self.factor];
        let values = noise.take(shape.iter().product());
        Tensor::from_data(TensorData::new(values, shape), self.device.handle())
    }
}

/// Whether a guidance scale needs the answer without the prompt, too.
fn compares(cfg_scale: f64) -> bool {
    (cfg_scale - 1.0).abs() > f64::EPSILON
}

struct Report<'p> {
    done: usize,
    of: usize,
    progress: &'p mut dyn FnMut(Progress) -> Flow,
}

impl Report<'_> {
    /// Waits until the step is really computed (a device runs ahead of the program), then tells.
    async fn step(&mut self, x: &Tensor<4>) -> Result<(), EngineError> {
        x.clone().slice(s![0..1, 0..1, 0..1, 0..1]).into_data_async().await.map_err(failed)?;
        self.done += 1;
        (self.progress)(Progress { step: self.done, of: self.of }).follow().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_hashes_split_what_is_wanted_from_what_is_not() {
        let dream = Dream::new("a red circle ### blur, text");
        assert_eq!((dream.prompt.as_str(), dream.negative.as_str()), ("a red circle", "blur, text"));
        assert_eq!(Dream::new("a house").negative, "");
    }

    #[test]
    fn an_impossible_dream_is_refused_with_the_reason() {
        let refused = |change: fn(&mut Dream)| {
            let mut dream = Dream::new("x");
            change(&mut dream);
            dream.check().unwrap_err().to_string()
        };
        assert!(refused(|dream| dream.steps = 0).contains("0 steps"));
        assert!(refused(|dream| dream.width = 0).contains("0x512"));
        assert!(refused(|dream| dream.cfg_scale = f64::NAN).contains("cfg_scale"));
    }
}
