//! What a result earns its worker and costs its requester. The formulas need fractions; they are rounded to hundredths where they leave
//! this file. How long a picture takes is foreseen in `price/network.rs`; who pays whom is in `desk/submit.rs`.

pub mod alchemy;
mod network;
mod payload;
pub mod recorded;
#[cfg(test)]
mod tests;

use crate::bridge::BridgeAgent;
use crate::id::UserId;
use crate::kudos::Kudos;
use crate::limits::{STYLE_TIP, TAX_EXTRA_SOURCE, TAX_IMAGE, TAX_TEXT};
use crate::model::{Baseline, ModelReference};
use crate::request::{ImageWork, Request, TextWork, Work};

pub use network::{Network, Unreadable};
pub use payload::{INPUTS, Inputs, Payload};

/// What a targeted result costs where the house serves friends: next to nothing. Also the least that any text earns, so that the smallest
/// models are worth serving.
const LEAST: Kudos = Kudos::from_hundredths(10);
/// Every result costs its requester this much more than it earns, and every request this much for being asked.
const SURCHARGE: Kudos = Kudos::whole(1);
/// Characters that make a token, on average.
const CHARS_PER_TOKEN: usize = 4;
/// The least tokens a text is counted as.
const TOKENS_MIN: u32 = 20;
/// Parameters that a text model is taken to have when none is named, in billions.
const USUAL_BILLIONS: f64 = 13.0;

/// Rounds an amount that a formula gave.
fn rounded(kudos: f64) -> Kudos {
    Kudos::from_hundredths((kudos * 100.0).round() as i64)
}

/// Tells what one picture earns before the model's multiplier: what its payload is worth, and its extras.
pub fn image_base(image: &ImageWork) -> Kudos {
    let inversions = if image.textual_inversions > 0 { Kudos::whole(1) } else { Kudos::ZERO };
    image_worth(&Payload::of(image)) + Kudos::whole(3).times(image.loras.len() as i64) + inversions
}

/// Tells what a payload is worth: the time that the network foresees, against that of a usual payload; by the older formula if it knows
/// not all of the post-processors.
pub fn image_worth(payload: &Payload<'_>) -> Kudos {
    foreseen_seconds(payload).map_or_else(|| worth_by_formula(payload), worth_of_time)
}

/// Tells how many seconds a picture will take where the network was taught, if the network knows all of its payload.
pub fn foreseen_seconds(payload: &Payload<'_>) -> Option<f64> {
    Some(Network::shipped()?.seconds(&payload.inputs()?))
}

/// Tells what a picture of so many seconds is worth.
pub fn worth_of_time(seconds: f64) -> Kudos {
    /// The seconds of the usual payload (512×512, 50 steps of `k_euler`), and what it is worth.
    const USUAL_SECONDS: f64 = 6.45;
    const USUAL_WORTH: f64 = 11.0;

    let seconds = (seconds * 100.0).round() / 100.0;
    rounded(seconds / USUAL_SECONDS * USUAL_WORTH).max(LEAST)
}

/// Tells what a payload is worth by the documented formula of area, steps and extras.
fn worth_by_formula(payload: &Payload<'_>) -> Kudos {
    /// The smallest and the usual largest picture, in pixels: between them the price grows from 1 to 9.75 shares.
    const SMALL: f64 = 64.0 * 64.0;
    const LARGE: f64 = 1024.0 * 1024.0;
    /// One step of the smallest picture, and how much more a step of a large one is.
    const STEP: f64 = 0.1232;
    const GROWTH: f64 = 8.75;

    let share = (f64::from(payload.width) * f64::from(payload.height) - SMALL).max(0.0) / (LARGE - SMALL);
    // To the power of 1.75, by square roots, which every machine rounds alike.
    let size = share * share.sqrt() * share.sqrt().sqrt();
    let steps = f64::from(payload.steps);
    let mut price = rounded(STEP * steps + size * STEP * steps * GROWTH);
    for _ in &payload.post_processing {
        price = price.scaled(12, 10);
    }
    if payload.control_type.is_some() && !payload.return_control_map {
        price = price.times(3);
    }
    price
}

/// Tells how many times the base price a picture of a family earns.
pub fn image_multiplier(baseline: Baseline, image: &ImageWork) -> i64 {
    match baseline {
        Baseline::StableDiffusionXl if image.workflow.as_deref() == Some("qr_code") => 4,
        Baseline::StableDiffusionXl => 2,
        Baseline::StableCascade if image.hires_fix => 7,
        Baseline::StableCascade => 4,
        Baseline::Flux | Baseline::ZImage => 8,
        Baseline::Qwen => 12,
        Baseline::StableDiffusion1 | Baseline::StableDiffusion2 => 1,
    }
}

/// Tells what a picture costs its requester when its worker is told it earned `reward`; nothing but the surcharges if it was censored.
pub fn image_debit(reward: Kudos, censored: bool, image: &ImageWork, request: &Request) -> Kudos {
    let mut cost = if censored { Kudos::ZERO } else { reward };
    if image.source.is_some() {
        cost = cost.scaled(13, 10);
    }
    for processor in &image.post_processing {
        if is_upscaler(processor) {
            cost = cost.scaled(105, 100);
        }
    }
    cost += SURCHARGE;
    if !request.slow_workers {
        cost = cost.scaled(12, 10);
    }
    if request.targeting.as_ref().is_some_and(|targeting| targeting.deny) {
        cost = cost.scaled(11, 10);
    }
    cost
}

/// Tells whether a post-processor enlarges, which costs more to store and send.
pub fn is_upscaler(processor: &str) -> bool {
    let others = ["GFPGAN", "CodeFormers", "strip_background", "GFPGANv1.3", "RestoreFormer"];
    !others.contains(&processor)
}

/// Tells what admission costs, the tip for a style included.
pub fn tax(request: &Request) -> Kudos {
    match &request.work {
        Work::Image(image) => TAX_IMAGE + TAX_EXTRA_SOURCE.times(image.extra_sources.len() as i64),
        // A text with a style of one's own costs as much as with another's: the AI Horde asks so.
        Work::Text(_) if request.style_owner.is_some() => TAX_TEXT + STYLE_TIP,
        Work::Text(_) => TAX_TEXT,
        Work::Alchemy(_) => Kudos::ZERO,
    }
}

/// Tells whom the requester tips out of what admission costs, and how much: the maker of the style, if that is somebody else.
pub fn tip(request: &Request) -> Option<(UserId, Kudos)> {
    request.style_owner.filter(|owner| *owner != request.user).map(|owner| (owner, STYLE_TIP))
}

/// Tells the tokens that a text counts as.
pub fn tokens(text: &str, longest: u32) -> u32 {
    let counted = text.chars().count().div_ceil(CHARS_PER_TOKEN);
    u32::try_from(counted).unwrap_or(u32::MAX).max(TOKENS_MIN).min(longest)
}

/// Tells how much more a context of so many tokens costs.
fn context_multiplier(tokens: u32) -> f64 {
    (1.2 + 2.2_f64.powf((f64::from(tokens.max(1)) / 1024.0).log2())).clamp(0.1, 30.0)
}

/// A text model's size in billions, if it is known.
fn billions(reference: &ModelReference, model: &str) -> Option<f64> {
    reference.text(model).map(|known| known.parameters as f64 / 1e9)
}

/// Tells what a text of so many tokens earns, by a model of a size.
fn text_worth(tokens: u32, billions: f64, context: f64) -> f64 {
    let large = (billions.max(USUAL_BILLIONS) / USUAL_BILLIONS).powf(0.2);
    f64::from(tokens) * large * billions / 125.0 * context
}

/// Tells what a delivered text earns its worker.
pub fn text_reward(
    reference: &ModelReference,
    model: &str,
    request: &Request,
    work: &TextWork,
    delivered: u32,
    agent: BridgeAgent<'_>,
    owner_trusted: bool,
) -> Kudos {
    let context = context_multiplier(tokens(&request.prompt, work.max_length));
    let worth = match billions(reference, model) {
        Some(size) => {
            let validated = if agent.is_validated_backend() { 1.0 } else { 0.3 };
            text_worth(delivered, size, context) * validated
        }
        None if owner_trusted => f64::from(delivered) * context * 0.027,
        None => context,
    };
    rounded(worth).max(LEAST)
}

/// Tells what a text costs its requester.
pub fn text_debit(reward: Kudos, censored: bool) -> Kudos {
    if censored { SURCHARGE } else { reward + SURCHARGE }
}

/// Tells what one result is expected to earn a worker: the figure given at admission. Nothing for alchemy, where each form has a price of
/// its own (`price/alchemy.rs`).
pub fn expected(reference: &ModelReference, request: &Request, targeted_for_friends: bool) -> Kudos {
    if targeted_for_friends {
        return LEAST;
    }
    match &request.work {
        Work::Image(image) => image_base(image),
        Work::Text(text) => {
            let context = context_multiplier(tokens(&request.prompt, text.max_length));
            let worth = match request.models.first() {
                None => text_worth(text.max_length, USUAL_BILLIONS, context),
                Some(model) => billions(reference, model)
                    .map_or(f64::from(text.max_length) * context * 0.027, |size| {
                        text_worth(text.max_length, size, context)
                    }),
            };
            rounded(worth).max(LEAST)
        }
        Work::Alchemy(_) => Kudos::ZERO,
    }
}

/// Tells what a request would cost in all: the dry run, and for pictures the kudos held upfront.
pub fn quote(reference: &ModelReference, request: &Request) -> Kudos {
    let n = i64::from(request.n);
    match &request.work {
        Work::Image(image) => {
            let baseline =
                request.models.first().map_or(Baseline::StableDiffusionXl, |model| reference.baseline(model));
            let each = image_debit(image_base(image), false, image, request);
            let multiplier = match baseline {
                Baseline::StableDiffusionXl => 2,
                Baseline::StableCascade => 4,
                other => image_multiplier(other, image),
            };
            each.times(n * multiplier) + SURCHARGE
        }
        Work::Text(text) => {
            let context = context_multiplier(text.max_context_length);
            let length = f64::from(text.max_length);
            let worth = match request.models.first() {
                None => length * USUAL_BILLIONS * context / 100.0,
                Some(model) => billions(reference, model).map_or(length * context * 0.027, |size| {
                    let large = (size.max(USUAL_BILLIONS) / USUAL_BILLIONS).powf(0.2);
                    length * large * size * context / 100.0
                }),
            };
            (rounded(worth) + SURCHARGE).times(n) + SURCHARGE
        }
        Work::Alchemy(work) => alchemy::quote(request, work),
    }
}

/// Tells what must be in hand for a demanding text request.
pub fn text_upfront(reference: &ModelReference, request: &Request, text: &TextWork) -> Kudos {
    let n = i64::from(request.n);
    let largest = request
        .models
        .iter()
        .map(|model| billions(reference, model).unwrap_or(1.0))
        .fold(None, |largest: Option<f64>, size| Some(largest.map_or(size, |most| most.max(size))));
    match largest {
        None => Kudos::whole(20).times(n),
        Some(size) => rounded(f64::from(text.max_length) * size / 21.0).times(n),
    }
}

/// Tells what ten minutes of a dreamer's presence are worth.
pub fn image_uptime(models: usize, lora: bool) -> Kudos {
    Kudos::whole(50 + 2 * models as i64 + if lora { 30 } else { 0 })
}

/// Tells what ten minutes of a scribe's presence are worth.
pub fn text_uptime(reference: &ModelReference, model: Option<&str>, context: u32, agent: BridgeAgent<'_>) -> Kudos {
    let base = 25.0 + 15.0 * f64::from(context.min(262_144)) / 1024.0;
    match model.and_then(|model| billions(reference, model)) {
        None => rounded(base * 0.5),
        Some(size) => {
            let validated = if agent.is_validated_backend() { 1.0 } else { 0.3 };
            rounded(base * validated * (size / 7.0).max(0.25))
        }
    }
}
