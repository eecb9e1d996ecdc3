//! May this worker take this request? The only place that knows. What a request needs and what a worker has are sets of features
//! (`eligibility/feature.rs`), so that the queue can rule whole groups out at once; what no set can say is compared here, one by one.

pub mod feature;
#[cfg(test)]
mod tests;

use aho_corasick::AhoCorasick;

use crate::desk::restore::{WorkerProfile, WorkerRecord};
use crate::eligibility::feature::Features;
use crate::id::{UserId, WorkerId};
use crate::limits::{SLOW_FORM_MILLIS, SLOW_PIXELSTEPS_PER_SECOND};
use crate::model::{Baseline, ModelReference, is_special};
use crate::offer::Ability;
use crate::request::{ImageWork, Name, Request, Work};

/// Steps a model is taken to need at least and at most when nothing is known of it.
const USUAL_STEPS: (u32, u32) = (20, 40);

/// Why a worker may not take a request. The order is that in which reasons are looked for, but for words, which take longest to look for
/// and so come last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SkipReason {
    /// The worker is in maintenance and the request is not its owner's. Never reported.
    Maintenance,
    /// Lewd.
    Nsfw,
    /// For trusted owners only.
    Untrusted,
    /// Meant for other workers, or not for this one.
    WorkerId,
    /// Naming other models, or needing a kind of model that the worker lacks.
    Models,
    /// Too large a picture, in pixels or in tiles.
    MaxPixels,
    /// Too long a text.
    MaxLength,
    /// Too long a context.
    MaxContextLength,
    /// From a source picture.
    Img2img,
    /// In- or outpainting.
    Painting,
    /// With post-processors.
    PostProcessing,
    /// With a ControlNet.
    Controlnet,
    /// With LoRAs.
    Lora,
    /// Beyond what the bridge can do.
    BridgeVersion,
    /// From an unsafe address.
    UnsafeIp,
    /// Too much for a slow worker.
    Performance,
    /// With too many steps.
    StepCount,
    /// With a soft prompt the worker lacks.
    MatchingSoftprompt,
    /// Not paid upfront.
    Kudos,
    /// Holding a blacklisted word.
    Blacklist,
}

/// What a waiting request demands; made once, when it is admitted. Only its forms change, as they are handed out.
#[derive(Clone, Debug)]
pub struct Demand {
    /// The features that a worker must have.
    pub needs: Features,
    /// Its extent, which a worker's must reach.
    pub extent: Extent,
    /// The prompt in lower case, for the blacklists.
    pub lowered: std::sync::Arc<str>,
    /// The forms of which some wait, each with how many; empty unless it is alchemy.
    pub forms: Vec<(Name, u32)>,
}

/// How large a piece of work is: pixels, or tokens of text and of context, or tiles.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Extent {
    /// Pixels of a picture, or tokens of a text, or tiles of a picture for alchemy.
    pub size: u64,
    /// Tokens of context; 0 for all but texts.
    pub context: u32,
}

impl Extent {
    /// Tells the extent of a request.
    pub fn of(request: &Request) -> Self {
        match &request.work {
            Work::Image(image) => Self { size: image.area(), context: 0 },
            Work::Text(text) => Self { size: u64::from(text.max_length), context: text.max_context_length },
            Work::Alchemy(alchemy) => Self { size: u64::from(alchemy.tiles), context: 0 },
        }
    }

    /// Tells the largest extent that a worker takes.
    pub fn taken_by(ability: &Ability) -> Self {
        match ability {
            Ability::Dreamer(dreamer) => Self { size: dreamer.max_pixels, context: 0 },
            Ability::Scribe(scribe) => Self { size: u64::from(scribe.max_length), context: scribe.max_context_length },
            Ability::Alchemist(alchemist) => Self { size: u64::from(alchemist.max_tiles), context: 0 },
        }
    }

    /// Tells whether this fits into `room`.
    pub fn fits(self, room: Self) -> bool {
        self.size <= room.size && self.context <= room.context
    }
}

/// A worker as far as it decides what it may take; made for each pop.
#[derive(Debug)]
pub struct Able<'a> {
    /// Which worker.
    pub id: WorkerId,
    /// Whose it is.
    pub owner: UserId,
    /// The features it has.
    pub has: Features,
    /// The models it serves now; the forms of an alchemist.
    pub models: &'a [Name],
    /// What it said at its last check-in.
    pub profile: &'a WorkerProfile,
    /// Its blacklist, ready to search; none if empty.
    pub words: Option<&'a AhoCorasick>,
    /// The most steps it takes for requests that name at most one model, if it minds.
    pub steps_max: Option<u32>,
    /// It serves only its owner.
    pub in_maintenance: bool,
    /// It takes requests that name no model: it serves none of the special ones.
    pub takes_any_model: bool,
}

/// Decides whether a worker may take a request.
pub fn eligible(
    able: &Able<'_>,
    request: &Request,
    demand: &Demand,
    reference: &ModelReference,
) -> Result<(), SkipReason> {
    if able.in_maintenance && request.user != able.owner {
        return Err(SkipReason::Maintenance);
    }
    if let Some(reason) = demand.needs.first_missing_in(able.has) {
        return Err(reason);
    }
    if request.targeting.as_ref().is_some_and(|targeting| !targeting.permits(able.id)) {
        return Err(SkipReason::WorkerId);
    }
    if !serves_model(able, request, demand) {
        return Err(SkipReason::Models);
    }
    extent_fits(able, request, demand)?;
    if let (Some(image), Ability::Dreamer(dreamer)) = (request.image(), &able.profile.ability)
        && dreamer.limit_max_steps
        && steps_max(able, request, reference).is_some_and(|most| image.accurate_steps() > most)
    {
        return Err(SkipReason::StepCount);
    }
    if let (Some(text), Ability::Scribe(scribe)) = (request.text(), &able.profile.ability)
        && text.softprompt.as_ref().is_some_and(|wanted| !scribe.softprompts.contains(wanted))
    {
        return Err(SkipReason::MatchingSoftprompt);
    }
    if able.words.is_some_and(|words| words.is_match(&*demand.lowered)) {
        return Err(SkipReason::Blacklist);
    }
    Ok(())
}

/// Tells whether the worker serves one of the request's models, or the request names none; for alchemy, whether it knows a form that waits.
fn serves_model(able: &Able<'_>, request: &Request, demand: &Demand) -> bool {
    if request.alchemy().is_some() {
        return demand.forms.iter().any(|(form, _)| able.models.contains(form));
    }
    if request.models.is_empty() {
        return able.takes_any_model;
    }
    request.models.iter().any(|model| able.models.contains(model))
}

/// Compares the extents, telling which side is too long.
fn extent_fits(able: &Able<'_>, request: &Request, demand: &Demand) -> Result<(), SkipReason> {
    let room = Extent::taken_by(&able.profile.ability);
    match request.work {
        _ if demand.extent.fits(room) => Ok(()),
        Work::Image(_) | Work::Alchemy(_) => Err(SkipReason::MaxPixels),
        Work::Text(_) if demand.extent.context > room.context => Err(SkipReason::MaxContextLength),
        Work::Text(_) => Err(SkipReason::MaxLength),
    }
}

/// Tells the most steps that a minding worker takes: what the named models need if there are several, else what its own do.
fn steps_max(able: &Able<'_>, request: &Request, reference: &ModelReference) -> Option<u32> {
    if request.models.len() > 1 {
        return fewest_steps(&request.models, reference);
    }
    able.steps_max
}

/// Tells the smallest of the models' usual numbers of steps: halfway between least and most.
pub fn fewest_steps(models: &[Name], reference: &ModelReference) -> Option<u32> {
    models
        .iter()
        .map(|name| {
            let model = reference.image(name);
            let least = model.and_then(|model| model.min_steps).unwrap_or(USUAL_STEPS.0);
            let most = model.and_then(|model| model.max_steps).unwrap_or(USUAL_STEPS.1);
            least.midpoint(most)
        })
        .min()
}

/// Tells the speed below which a scribe is slow, in thousandths of a token per second: larger models may be slower.
fn slow_tokens_milli(reference: &ModelReference, models: &[Name]) -> u64 {
    let parameters =
        models.first().map_or(u64::MAX, |model| reference.text(model).map_or(1_000_000_000, |known| known.parameters));
    match parameters {
        20_000_000_000.. => 3_000,
        13_000_000_000.. => 4_000,
        _ => 5_000,
    }
}

/// Tells whether a worker is fast enough for those who mind. One that has done nothing yet is a fast dreamer or alchemist but
/// a slow scribe.
pub fn is_fast(reference: &ModelReference, worker: &WorkerRecord) -> bool {
    let speed = mean_speed_milli(&worker.counts.speeds_milli);
    match worker.profile.ability {
        Ability::Dreamer(_) => speed.is_none_or(|speed| speed >= SLOW_PIXELSTEPS_PER_SECOND * 1000),
        Ability::Scribe(_) => speed.is_some_and(|speed| speed >= slow_tokens_milli(reference, &worker.profile.models)),
        Ability::Alchemist(_) => speed.is_none_or(|millis| millis < SLOW_FORM_MILLIS),
    }
}

/// Tells the mean of a worker's last speeds; of an alchemist, the mean of the milliseconds its last forms took.
pub fn mean_speed_milli(speeds_milli: &[u64]) -> Option<u64> {
    let count = u64::try_from(speeds_milli.len()).ok().filter(|count| *count > 0)?;
    Some(speeds_milli.iter().sum::<u64>() / count)
}

/// Tells whether a worker takes requests that name no model.
pub fn takes_any_model(models: &[Name]) -> bool {
    !models.iter().any(|model| is_special(model) || model.starts_with("SDXL_beta"))
}

/// Tells whether any of the models is of a family.
pub(crate) fn any_of(reference: &ModelReference, models: &[Name], family: Baseline) -> bool {
    models.iter().any(|model| reference.baseline(model) == family)
}

/// Tells the seconds that a worker has for a picture.
pub fn image_lease_seconds(image: &ImageWork, models: &[Name], reference: &ModelReference, extra_slow: bool) -> u64 {
    /// Seconds for loading, and for a step of 512×512.
    const LOADING: u64 = 30;
    const STEP: u64 = 2;
    const STEP_PIXELS: u64 = 512 * 512;
    let heavy = [Baseline::Flux, Baseline::Qwen, Baseline::ZImage];
    // Divided last, so that what is rounded off is not multiplied.
    let mut parts = LOADING * STEP_PIXELS + u64::from(image.accurate_steps()) * STEP * image.area();
    if image.control_type.is_some() {
        parts *= 2;
    }
    if heavy.iter().any(|family| any_of(reference, models, *family)) {
        parts *= 3;
    }
    let seconds = (parts / STEP_PIXELS).max(crate::limits::LEASE_SECONDS_MIN);
    if extra_slow { seconds * 3 } else { seconds }
}
