//! The loop's tasks in the engine's words, and what the engine made as something that can be sent.

use std::io::Cursor;

use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageReader, Limits, RgbImage};
use throng_bridge::task::{ImageWork, Source as Bytes, TextWork, Work};
use throng_bridge::{EngineFailure, Made, Piece, Watch};

use crate::dreamer::{Dream, Dreamer, Sampler, Source};
use crate::error::EngineError;
use crate::progress::{Flow, Progress, Rest};
use crate::scribe::{Sampling, Scribe, Script};
use crate::shelf::Loaded;

/// How much of a source picture is repainted when the request does not say; AI Horde's workers do the same.
const DENOISING_STRENGTH: f64 = 0.75;
/// Larger than any picture that may be asked for, small enough to decode.
const SOURCE_SIDE_MAX: u32 = 8192;
/// A decoded source picture may take this much: 8192 × 8192 in RGBA.
const SOURCE_MEMORY_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Tells after each step what to rest for before the next one; none to go on at once.
pub type Pace<'p> = &'p dyn Fn() -> Option<Rest>;

/// Runs a task to its end.
///
/// # Errors
/// A task this model cannot do, a device that failed, or a watch that was cancelled.
pub async fn run(model: &Loaded, work: &Work, watch: &Watch, pace: Pace<'_>) -> Result<Made, EngineError> {
    match (model, work) {
        (Loaded::Dreamer(dreamer), Work::Image(image)) => paint(dreamer, image, watch, pace).await,
        (Loaded::Scribe(scribe), Work::Text(text)) => write(scribe, text, watch, pace).await,
        (Loaded::Dreamer(_), Work::Text(_)) => Err(EngineError::BadRequest("a picture model cannot write".to_owned())),
        (Loaded::Scribe(_), Work::Image(_)) => Err(EngineError::BadRequest("a text model cannot paint".to_owned())),
    }
}

/// An error of the engine in the loop's words.
pub fn failure(error: EngineError) -> EngineFailure {
    match error {
        EngineError::BadRequest(why) => EngineFailure::Unfit(why),
        other => EngineFailure::Failed(other.to_string()),
    }
}

async fn paint(dreamer: &Dreamer, work: &ImageWork, watch: &Watch, pace: Pace<'_>) -> Result<Made, EngineError> {
    let dream = dream(work)?;
    let pictures = dreamer.dream(&dream, &mut |progress| report(watch, pace, progress)).await?;
    let pieces =
        pictures.iter().zip(&dream.seeds).map(|(picture, &seed)| Ok(Piece::Picture { webp: webp(picture)?, seed }));
    Ok(Made { pieces: pieces.collect::<Result<_, EngineError>>()? })
}

async fn write(scribe: &Scribe, work: &TextWork, watch: &Watch, pace: Pace<'_>) -> Result<Made, EngineError> {
    // The wire has no seed for texts; 32 bits fit every client's numbers.
    let seed = u64::from(rand::random::<u32>());
    let script = script(work, scribe.sampling(), seed);
    let written = scribe.write(&script, &mut |_, progress| report(watch, pace, progress)).await?;
    let tokens = u32::try_from(written.tokens).unwrap_or(u32::MAX);
    Ok(Made { pieces: vec![Piece::Text { text: written.text, tokens, seed }] })
}

fn report(watch: &Watch, pace: Pace<'_>, progress: Progress) -> Flow {
    let short = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    watch.progress(short(progress.step), short(progress.of));
    if watch.is_cancelled() {
        return Flow::Stop;
    }
    pace().map_or(Flow::Continue, Flow::After)
}

fn dream(work: &ImageWork) -> Result<Dream, EngineError> {
    if work.mask.is_some() {
        return Err(EngineError::BadRequest("painting inside a mask was not offered".to_owned()));
    }
    let source = match &work.source {
        Some(Bytes::Bytes(bytes)) => Some(Source {
            picture: decode(bytes)?,
            denoising_strength: work.denoising_strength.map_or(DENOISING_STRENGTH, f64::from),
        }),
        // The loop fetches before it runs.
        Some(Bytes::Address(_)) => {
            return Err(EngineError::BadRequest("its source picture was not fetched".to_owned()));
        }
        None => None,
    };
    Ok(Dream {
        prompt: work.prompt.clone(),
        negative: work.negative_prompt.clone(),
        width: work.width as usize,
        height: work.height as usize,
        steps: work.steps as usize,
        cfg_scale: f64::from(work.cfg_scale),
        sampler: sampler(&work.sampler)?,
        karras: work.karras,
        seeds: (0..u64::from(work.count.max(1))).map(|number| work.seed.wrapping_add(number)).collect(),
        clip_skip: work.clip_skip.unwrap_or(1) as usize,
        source,
    })
}

/// The sampler of that name, or the one that walks the same way: samplers without fresh noise all follow one curve and meet
/// at its end, those with fresh noise draw from one distribution. A requester cannot say which of them a worker has.
fn sampler(name: &str) -> Result<Sampler, EngineError> {
    name.parse().or_else(|unknown| match name {
        "k_lms" | "k_heun" | "k_dpm_2" | "k_dpm_fast" | "k_dpm_adaptive" | "dpmsolver" => Ok(Sampler::Dpmpp2m),
        "k_dpm_2_a" | "k_dpmpp_2s_a" | "k_dpmpp_sde" => Ok(Sampler::EulerAncestral),
        _ => Err(unknown),
    })
}

fn decode(bytes: &[u8]) -> Result<RgbImage, EngineError> {
    let unreadable = |why: String| EngineError::BadRequest(format!("its source picture cannot be read: {why}"));
    let mut reader =
        ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|error| unreadable(error.to_string()))?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(SOURCE_SIDE_MAX);
    limits.max_image_height = Some(SOURCE_SIDE_MAX);
    limits.max_alloc = Some(SOURCE_MEMORY_BYTES_MAX);
    reader.limits(limits);
    reader.decode().map(|picture| picture.to_rgb8()).map_err(|error| unreadable(error.to_string()))
}

/// Lossless: pictures of the built-in models are flat and come out smaller than lossy ones, and nothing is spoilt.
fn webp(picture: &RgbImage) -> Result<Vec<u8>, EngineError> {
    let mut bytes = Vec::new();
    let encoded = WebPEncoder::new_lossless(&mut bytes).encode(
        picture.as_raw(),
        picture.width(),
        picture.height(),
        ExtendedColorType::Rgb8,
    );
    encoded.map_err(|error| EngineError::BadRequest(format!("the picture cannot be encoded: {error}")))?;
    Ok(bytes)
}

fn script(work: &TextWork, recommended: &Sampling, seed: u64) -> Script {
    Script {
        seed,
        max_length: work.length_max as usize,
        max_context_length: work.context_length_max as usize,
        sampling: sampling(work, recommended),
        stop_sequences: work.stop_sequences.clone(),
        single_line: work.single_line,
        trim_unfinished: work.trim_incomplete,
        remove_blank_lines: work.trim_blank_lines,
        remove_special_signs: work.trim_special,
        add_sentence_space: work.add_sentence_space,
        ..Script::new(work.prompt.as_str())
    }
}

/// What the request says, and what the model's makers recommend where it says nothing.
fn sampling(work: &TextWork, recommended: &Sampling) -> Sampling {
    let order = work.sampler_order.as_ref().filter(|order| !order.is_empty());
    Sampling {
        temperature: work.temperature.unwrap_or(recommended.temperature),
        top_k: work.top_k.map_or(recommended.top_k, |count| count as usize),
        top_p: work.top_p.unwrap_or(recommended.top_p),
        top_a: work.top_a.unwrap_or(recommended.top_a),
        tfs: work.tfs.unwrap_or(recommended.tfs),
        typical: work.typical.unwrap_or(recommended.typical),
        min_p: work.min_p.unwrap_or(recommended.min_p),
        rep_pen: work.rep_pen.unwrap_or(recommended.rep_pen),
        rep_pen_range: work.rep_pen_range.map_or(recommended.rep_pen_range, |count| count as usize),
        rep_pen_slope: work.rep_pen_slope.unwrap_or(recommended.rep_pen_slope),
        dynatemp_range: work.dynatemp_range.unwrap_or(recommended.dynatemp_range),
        dynatemp_exponent: work.dynatemp_exponent.unwrap_or(recommended.dynatemp_exponent),
        smoothing_factor: work.smoothing_factor.unwrap_or(recommended.smoothing_factor),
        sampler_order: order.map_or_else(
            || recommended.sampler_order.clone(),
            |order| order.iter().filter_map(|&stage| u8::try_from(stage).ok()).collect(),
        ),
    }
}

#[cfg(test)]
mod tests;
