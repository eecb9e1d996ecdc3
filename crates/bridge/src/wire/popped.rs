//! Reading the answer to a pop. What cannot be read or done is still a popped job: it is kept, to be faulted aloud.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde::Deserialize;
use throng_api::pop::{Message, image, text};
use throng_api::text::Params;

use crate::horde::{HordeError, Pop};
use crate::task::{ImageWork, Lease, Popped, Source, TextWork, Work};
use throng_domain::kind::Kind;

/// `hires_fix` means nothing up to the side length a Stable Diffusion 1 model is made for.
const NATIVE_SIDE_PIXELS: u32 = 512;

/// Reads the answer to a pop for images.
pub fn read_image_pop(body: &[u8]) -> Result<Pop, HordeError> {
    let wire: image::Popped = match serde_json::from_slice(body) {
        Ok(wire) => wire,
        Err(error) => return rescue(Kind::Image, body, &error),
    };
    let leases = leases(wire.id.clone(), wire.ids.clone(), wire.r2_upload.clone(), wire.r2_uploads.clone());
    let popped = (!leases.is_empty()).then(|| Popped {
        kind: Kind::Image,
        model: wire.model.clone().unwrap_or_default(),
        lease_time: wire.ttl.map(Duration::from_secs),
        work: image_work(&wire, leases.len()).map(Work::Image),
        leases,
    });
    Ok(Pop { popped, skipped: wire.skipped, messages: words(wire.messages) })
}

/// Reads the answer to a pop for texts.
pub fn read_text_pop(body: &[u8]) -> Result<Pop, HordeError> {
    let wire: text::Popped = match serde_json::from_slice(body) {
        Ok(wire) => wire,
        Err(error) => return rescue(Kind::Text, body, &error),
    };
    let leases = leases(wire.id, wire.ids, None, None);
    let softprompt = wire.softprompt.filter(|name| !name.is_empty());
    let popped = (!leases.is_empty()).then(|| Popped {
        kind: Kind::Text,
        leases,
        model: wire.model.unwrap_or_default(),
        lease_time: wire.ttl.map(Duration::from_secs),
        work: match softprompt {
            Some(name) => Err(format!("the soft prompt {name}")),
            None => Ok(Work::Text(text_work(wire.payload.prompt.unwrap_or_default(), wire.payload.params))),
        },
    });
    Ok(Pop { popped, skipped: wire.skipped, messages: words(wire.messages) })
}

/// The least there is to a job: who is owed an answer.
#[derive(Deserialize)]
struct Skeleton {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    ids: Option<Vec<String>>,
    #[serde(default)]
    model: Option<String>,
}

/// A job whose payload cannot be read is still owed a fault; an answer without ids is merely unreadable.
fn rescue(kind: Kind, body: &[u8], error: &serde_json::Error) -> Result<Pop, HordeError> {
    let unreadable = || HordeError::Unreadable(error.to_string());
    let skeleton: Skeleton = serde_json::from_slice(body).map_err(|_| unreadable())?;
    let leases = leases(skeleton.id, skeleton.ids.unwrap_or_default(), None, None);
    if leases.is_empty() {
        return Err(unreadable());
    }
    let popped = Popped {
        kind,
        leases,
        model: skeleton.model.unwrap_or_default(),
        lease_time: None,
        work: Err(format!("its payload could not be read ({error})")),
    };
    Ok(Pop { popped: Some(popped), skipped: std::collections::BTreeMap::new(), messages: Vec::new() })
}

fn words(messages: Vec<Message>) -> Vec<String> {
    messages.into_iter().map(|message| message.message).collect()
}

/// Old servers send only `id` and `r2_upload`, newer ones also the lists.
fn leases(
    id: Option<String>,
    mut ids: Vec<String>,
    upload: Option<String>,
    uploads: Option<Vec<String>>,
) -> Vec<Lease> {
    if ids.is_empty() {
        ids.extend(id);
    }
    let mut uploads = uploads.unwrap_or_default();
    if uploads.is_empty() {
        uploads.extend(upload);
    }
    let mut uploads = uploads.into_iter();
    ids.into_iter().map(|id| Lease { id, upload: uploads.next() }).collect()
}

fn image_work(wire: &image::Popped, count: usize) -> Result<ImageWork, String> {
    let payload = &wire.payload;
    if let Some(unfit) = unfit(wire) {
        return Err(unfit);
    }
    let prompt = payload.prompt.as_deref().unwrap_or_default();
    let (prompt, negative_prompt) = prompt.split_once("###").unwrap_or((prompt, ""));
    Ok(ImageWork {
        prompt: prompt.trim().to_owned(),
        negative_prompt: negative_prompt.trim().to_owned(),
        count: u32::try_from(count).unwrap_or(u32::MAX),
        width: payload.width,
        height: payload.height,
        steps: payload.ddim_steps,
        sampler: payload.sampler_name.clone(),
        karras: payload.karras,
        cfg_scale: payload.cfg_scale as f32,
        seed: seed(payload.seed.as_deref().unwrap_or_default()),
        clip_skip: payload.clip_skip,
        denoising_strength: payload.denoising_strength.map(|strength| strength as f32),
        source: wire.source_image.as_deref().map(source).transpose()?,
        mask: wire.source_mask.as_deref().map(source).transpose()?,
    })
}

/// What the job needs that none of our engines does.
fn unfit(wire: &image::Popped) -> Option<String> {
    let payload = &wire.payload;
    let several = |name: &str, count: usize| (count > 0).then(|| name.to_owned());
    let switch = |name: &str, on: bool| on.then(|| name.to_owned());
    let large = payload.width.min(payload.height) > NATIVE_SIDE_PIXELS;
    [
        payload.control_type.as_ref().map(|control| format!("the ControlNet {control}")),
        payload.workflow.as_ref().map(|workflow| format!("the workflow {workflow}")),
        several("LoRAs", payload.loras.as_ref().map_or(0, Vec::len)),
        several("textual inversions", payload.tis.as_ref().map_or(0, Vec::len)),
        several("post-processing", payload.post_processing.as_ref().map_or(0, Vec::len)),
        several("several source pictures", wire.extra_source_images.as_ref().map_or(0, Vec::len)),
        switch("a control map", payload.return_control_map || payload.image_is_control),
        switch("tiling", payload.tiling),
        switch("a transparent background", payload.transparent),
        switch("a second pass for large pictures", payload.hires_fix && large),
        switch("remixing", wire.source_image.is_some() && wire.source_processing == "remix"),
    ]
    .into_iter()
    .flatten()
    .next()
}

/// A seed travels as digits; any other text, and any number that a submit could not carry, still means one fixed seed.
fn seed(text: &str) -> u64 {
    const SUBMITTABLE: u64 = i64::MAX.unsigned_abs();
    if let Ok(number) = text.parse::<u64>() {
        return number & SUBMITTABLE;
    }
    // FNV-1a: short, and the same everywhere.
    let step = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, step) & SUBMITTABLE
}

fn source(text: &str) -> Result<Source, String> {
    if text.starts_with("http://") || text.starts_with("https://") {
        return Ok(Source::Address(text.to_owned()));
    }
    // Pages send data URLs.
    let data = text.split_once(";base64,").map_or(text, |(_, data)| data);
    let data: String = data.split_whitespace().collect();
    let bytes = STANDARD.decode(&data).or_else(|_| STANDARD_NO_PAD.decode(&data));
    bytes
        .map(Source::Bytes)
        .map_err(|error| format!("a source picture that is neither an address nor base64 ({error})"))
}

fn text_work(prompt: String, params: Params) -> TextWork {
    let short = |value: Option<f64>| value.map(|value| value as f32);
    TextWork {
        prompt,
        length_max: params.max_length.unwrap_or(Params::MAX_LENGTH),
        context_length_max: params.max_context_length.unwrap_or(Params::MAX_CONTEXT_LENGTH),
        stop_sequences: params.stop_sequence.unwrap_or_default(),
        temperature: short(params.temperature),
        top_k: params.top_k,
        top_p: short(params.top_p),
        top_a: short(params.top_a),
        tfs: short(params.tfs),
        typical: short(params.typical),
        min_p: short(params.min_p),
        rep_pen: short(params.rep_pen),
        rep_pen_range: params.rep_pen_range,
        rep_pen_slope: short(params.rep_pen_slope),
        sampler_order: params
            .sampler_order
            .map(|order| order.into_iter().filter_map(|number| u32::try_from(number).ok()).collect()),
        dynatemp_range: short(params.dynatemp_range),
        dynatemp_exponent: short(params.dynatemp_exponent),
        smoothing_factor: short(params.smoothing_factor),
        single_line: params.singleline.unwrap_or(false),
        trim_incomplete: params.frmttriminc.unwrap_or(false),
        trim_blank_lines: params.frmtrmblln.unwrap_or(false),
        trim_special: params.frmtrmspch.unwrap_or(false),
        add_sentence_space: params.frmtadsnsp.unwrap_or(false),
    }
}

#[cfg(test)]
mod tests;
