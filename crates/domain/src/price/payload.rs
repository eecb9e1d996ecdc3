//! A picture as its price sees it: the few fields of a request that say how long it takes, and what the network is told of them. Training
//! uses the same, so that inputs have their meaning in one place. The network itself is in `price/network.rs`.

use crate::request::{ImageWork, SourceProcessing};

/// How many numbers the network is told.
pub const INPUTS: usize = 10 + SAMPLERS.len() + CONTROLS.len() + PROCESSINGS.len() + POST_PROCESSORS.len();
/// What the network is told of one payload.
pub type Inputs = [f32; INPUTS];

/// The samplers that are told apart, by their wire names; any other costs what `k_euler` does.
const SAMPLERS: [&str; 15] = [
    "ddim",
    "k_dpm_2",
    "k_dpm_2_a",
    "k_dpm_adaptive",
    "k_dpm_fast",
    "k_dpmpp_2m",
    "k_dpmpp_2s_a",
    "k_dpmpp_sde",
    USUAL_SAMPLER,
    "k_euler_a",
    "k_heun",
    "k_lms",
    "plms",
    "uni_pc",
    "uni_pc_bh2",
];
const USUAL_SAMPLER: &str = "k_euler";
/// The ControlNets, by their wire names, after none.
const CONTROLS: [&str; 10] =
    [NO_CONTROL, "canny", "depth", "fakescribbles", "hed", "hough", "normal", "openpose", "scribble", "seg"];
pub(super) const NO_CONTROL: &str = "None";
/// What is done with a source; mixing sources costs what redrawing one does.
const PROCESSINGS: [&str; 4] = ["img2img", "inpainting", "outpainting", "txt2img"];
/// The post-processors whose time is known. With any other, the price is the older formula's.
const POST_PROCESSORS: [&str; 8] = [
    "4x_AnimeSharp",
    "CodeFormers",
    "GFPGAN",
    "NMKD_Siax",
    "RealESRGAN_x2plus",
    "RealESRGAN_x4plus",
    "RealESRGAN_x4plus_anime_6B",
    "strip_background",
];

/// The fields of a picture that its price rests on.
#[derive(Clone, PartialEq, Debug)]
pub struct Payload<'a> {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Steps as given, not doubled.
    pub steps: u32,
    /// Guidance scale.
    pub cfg_scale: f32,
    /// The sampler's wire name.
    pub sampler: &'a str,
    /// Karras' noise schedule.
    pub karras: bool,
    /// Two passes for large pictures.
    pub hires_fix: bool,
    /// What is done with the source, if there is one.
    pub source: Option<SourceProcessing>,
    /// The source comes with a mask.
    pub mask: bool,
    /// How much is drawn, 0 to 1.
    pub denoising: f32,
    /// The ControlNet's wire name.
    pub control_type: Option<&'a str>,
    /// How strictly it is followed, 0 to 1.
    pub control_strength: f32,
    /// Only the control map is wanted, which the older formula knows and the network does not.
    pub return_control_map: bool,
    /// Post-processors by wire name.
    pub post_processing: Vec<&'a str>,
}

impl<'a> Payload<'a> {
    /// Takes the fields out of a request. Without a source, everything is drawn; with a ControlNet too, and what was said about
    /// drawing then is how strictly the control is followed, if nothing else was.
    pub fn of(image: &'a ImageWork) -> Self {
        let part = |hundredths: u32| hundredths as f32 / 100.0;
        let denoising = image.source.as_ref().and(image.denoising_hundredths).map_or(1.0, part);
        let controlled = image.source.is_some() && image.control_type.is_some();
        let control_strength = if controlled { image.control_strength_hundredths.map_or(denoising, part) } else { 1.0 };
        Self {
            width: image.width,
            height: image.height,
            steps: image.steps,
            cfg_scale: part(image.cfg_scale_hundredths),
            sampler: &image.sampler,
            karras: image.karras,
            hires_fix: image.hires_fix,
            source: image.source.as_ref().map(|source| source.processing),
            mask: image.source.as_ref().is_some_and(|source| source.mask.is_some()),
            denoising: if controlled { 1.0 } else { denoising },
            control_type: image.control_type.as_deref(),
            control_strength,
            return_control_map: image.return_control_map,
            post_processing: image.post_processing.iter().map(|name| &**name).collect(),
        }
    }

    /// Tells what the network is told, or nothing if a post-processor is unknown to it.
    pub fn inputs(&self) -> Option<Inputs> {
        if !self.post_processing.iter().all(|name| POST_PROCESSORS.contains(name)) {
            return None;
        }
        let sampler = if SAMPLERS.contains(&self.sampler) { self.sampler } else { USUAL_SAMPLER };
        let processing = match self.source {
            None => "txt2img",
            Some(SourceProcessing::Img2img | SourceProcessing::Remix) => "img2img",
            Some(SourceProcessing::Inpainting) => "inpainting",
            Some(SourceProcessing::Outpainting) => "outpainting",
        };
        let measures = [
            self.height as f32 / 1024.0,
            self.width as f32 / 1024.0,
            self.steps as f32 / 100.0,
            self.cfg_scale / 30.0,
            self.denoising,
            self.control_strength,
            flag(self.karras),
            flag(self.hires_fix),
            flag(self.source.is_some()),
            flag(self.mask),
        ];
        let control = self.control_type.unwrap_or(NO_CONTROL);
        let flags = (SAMPLERS.iter().map(|name| flag(*name == sampler)))
            .chain(CONTROLS.iter().map(|name| flag(*name == control)))
            .chain(PROCESSINGS.iter().map(|name| flag(*name == processing)))
            .chain(POST_PROCESSORS.iter().map(|name| flag(self.post_processing.contains(name))));
        let mut inputs = [0.0; INPUTS];
        for (input, value) in inputs.iter_mut().zip(measures.into_iter().chain(flags)) {
            *input = value;
        }
        Some(inputs)
    }
}

fn flag(set: bool) -> f32 {
    if set { 1.0 } else { 0.0 }
}
