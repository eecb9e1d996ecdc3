//! From the wire's image request to the rules' request. Everything is valid by then; nothing after this checks it again.

use std::sync::Arc;

use serde_json::Value;
use throng_api::image::{Ask, Params};
use throng_domain::request::{ExtraSource, ImageWork, Lora, Name, Request, Source, SourceProcessing, Work};

use super::super::asked::{names, network, shared, targeting};
use super::rules::distinct;
use crate::auth::{Call, Requester};
use crate::error::Error;

/// Members of `params` that the rules hold as types, so the payload must not hold them a second time.
const TYPED: [&str; 6] = ["n", "steps", "width", "height", "seed", "seed_variation"];

/// The pictures of a request, by the names under which they are stored.
#[derive(Debug, Default)]
pub(super) struct Sources {
    /// The picture to start from.
    pub image: Option<String>,
    /// Where to paint.
    pub mask: Option<String>,
    /// More pictures.
    pub extra: Vec<String>,
}

/// Makes the request.
pub(super) fn request(ask: &Ask, by: Requester, call: &Call, sources: Sources) -> Result<Request, Error> {
    Ok(Request {
        user: by.user,
        prompt: Arc::from(ask.prompt.as_str()),
        payload: Arc::new(payload(&ask.params)?),
        models: names(&distinct(&ask.models)),
        n: u16::try_from(ask.params.n).unwrap_or(u16::MAX),
        nsfw: ask.nsfw,
        trusted_workers: ask.trusted_workers,
        validated_backends: ask.validated_backends,
        slow_workers: ask.slow_workers,
        extra_slow_workers: ask.extra_slow_workers,
        disable_batching: ask.disable_batching,
        targeting: targeting(&ask.workers, ask.worker_blacklist)?,
        safe_address: true,
        shared: ask.shared,
        client_agent: Arc::from(call.agent.as_str()),
        webhook: shared(ask.webhook.as_deref()),
        proxied_account: shared(ask.proxied_account.as_deref()),
        shared_key: by.shared_key,
        key_of_style: by.of_style,
        style_owner: None,
        address: Some(network(call.origin)),
        work: Work::Image(work(ask, sources)),
    })
}

fn payload(params: &Params) -> Result<Value, Error> {
    let mut payload = serde_json::to_value(params).map_err(Error::internal)?;
    if let Value::Object(members) = &mut payload {
        members.retain(|name, _| !TYPED.contains(&name.as_str()));
    }
    Ok(payload)
}

fn work(ask: &Ask, sources: Sources) -> ImageWork {
    let params = &ask.params;
    let lora =
        |lora: &throng_api::image::Lora| Lora { name: Name::from(lora.name.as_str()), is_version: lora.is_version };
    let extra = |(name, extra): (String, &throng_api::image::ExtraSourceImage)| ExtraSource {
        image: name.into(),
        strength_hundredths: (extra.strength * 100.0).round() as i32,
    };
    ImageWork {
        width: params.width,
        height: params.height,
        steps: params.effective_steps(),
        sampler: Name::from(params.sampler_name.as_str()),
        karras: params.karras,
        cfg_scale_hundredths: hundredths(params.cfg_scale),
        denoising_hundredths: params.denoising_strength.map(hundredths),
        control_strength_hundredths: None,
        control_type: params.control_type.as_deref().map(Name::from),
        image_is_control: params.image_is_control,
        return_control_map: params.return_control_map,
        post_processing: names(params.post_processing.as_deref().unwrap_or_default()),
        loras: params.loras.iter().flatten().map(lora).collect(),
        textual_inversions: params.tis.as_ref().map_or(0, |tis| tis.len() as u16),
        hires_fix: params.hires_fix,
        tiling: params.tiling,
        transparent: params.transparent,
        clip_skip: params.clip_skip.unwrap_or(1) as u16,
        workflow: params.workflow.as_deref().map(Name::from),
        extra_texts: params.extra_texts.as_ref().is_some_and(|texts| !texts.is_empty()),
        source: sources.image.map(|image| Source {
            processing: processing(&ask.source_processing),
            image: image.into(),
            mask: sources.mask.map(Arc::from),
        }),
        extra_sources: sources.extra.into_iter().zip(&ask.extra_source_images).map(extra).collect(),
        seed: params.seed.as_deref().and_then(seed),
        seed_variation: params.seed_variation,
        r2: ask.r2,
        // A worker censors only what was neither asked for nor put up with.
        censor_nsfw: !ask.nsfw && ask.censor_nsfw,
    }
}

fn hundredths(number: f64) -> u32 {
    (number * 100.0).round() as u32
}

fn processing(word: &str) -> SourceProcessing {
    match word {
        "inpainting" => SourceProcessing::Inpainting,
        "outpainting" => SourceProcessing::Outpainting,
        "remix" => SourceProcessing::Remix,
        _ => SourceProcessing::Img2img,
    }
}

/// Reads a seed: digits are a number, any other text is its bytes as a little-endian number; either is shifted right by 32 bits until
/// it is below 2^32, which leaves its highest 32 bits that are not zero. No text is no seed.
fn seed(text: &str) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    let words: Vec<u32> =
        if text.bytes().all(|byte| byte.is_ascii_digit()) { from_digits(text) } else { from_bytes(text.as_bytes()) };
    Some(words.into_iter().rev().find(|word| *word != 0).map_or(0, u64::from))
}

/// A decimal number in 32-bit words, lowest first. Long ones are cut: nobody means a hundred digits.
fn from_digits(text: &str) -> Vec<u32> {
    let mut words: Vec<u32> = Vec::new();
    for digit in text.bytes().take(100) {
        let mut carry = u64::from(digit - b'0');
        for word in &mut words {
            let sum = u64::from(*word) * 10 + carry;
            *word = sum as u32;
            carry = sum >> 32;
        }
        if carry > 0 {
            words.push(carry as u32);
        }
    }
    words
}

fn from_bytes(bytes: &[u8]) -> Vec<u32> {
    let word = |chunk: &[u8]| chunk.iter().rev().fold(0_u32, |word, byte| (word << 8) | u32::from(*byte));
    bytes.chunks(4).map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_read_as_the_ai_horde_reads_them() {
        for (text, expected) in [
            ("", None),
            ("0", Some(0)),
            ("42", Some(42)),
            ("4294967295", Some(4_294_967_295)),
            // 2^32 shifted once is 1, and 2^64 + 5 shifted twice is 1.
            ("4294967296", Some(1)),
            ("18446744073709551621", Some(1)),
            // "ab" is 0x6261; "abcde" is 0x65_64636261, shifted once 0x65.
            ("ab", Some(0x6261)),
            ("abcde", Some(0x65)),
            ("-5", Some(0x352d)),
        ] {
            assert_eq!(seed(text), expected, "{text}");
        }
    }

    #[test]
    fn the_payload_holds_nothing_twice() {
        let params = Params { seed: Some("1".into()), steps: Some(9), ..Params::default() };
        let payload = payload(&params).unwrap();
        assert!(TYPED.iter().all(|name| payload.get(name).is_none()));
        assert_eq!(payload["cfg_scale"], 5.0);
        assert_eq!(payload["karras"], true);
        assert!(payload.get("loras").is_none());
    }

    #[test]
    fn workers_censor_only_what_nobody_asked_for() {
        for (nsfw, censor, told) in
            [(true, true, false), (false, true, true), (false, false, false), (true, false, false)]
        {
            let ask = Ask { nsfw, censor_nsfw: censor, ..Ask::new("a") };
            assert_eq!(work(&ask, Sources::default()).censor_nsfw, told);
        }
    }
}
