//! Which requests are so demanding that kudos are needed upfront, and how they are shrunk where the requester prefers that.

use crate::model::{Baseline, ModelReference};
use crate::refusal::UpfrontReason;
use crate::request::{ImageWork, Request, Work};

/// How busy a kind is: what is free for all depends on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Busy {
    /// Results that wait.
    pub(super) queued: u64,
    /// Threads online.
    pub(super) threads: u32,
}

/// A picture of at most this side is always free, one beyond that never.
const SIDE_FREE: i64 = 576;
const SIDE_MAX: i64 = 1024;
/// A text of at most this length is always free, one beyond that never.
const LENGTH_FREE: i64 = 256;
const LENGTH_MAX: i64 = 512;
/// Steps that a fast sampler needs, that a ControlNet may take, and that a model of which nothing is known needs.
const LCM_STEPS: u32 = 10;
const CONTROL_STEPS: u32 = 20;
const MODEL_STEPS: u32 = 40;
/// What a shrunk picture keeps: fewer steps or pixels would be no use.
const STEPS_KEPT: u32 = 5;
const SHRUNK_MODEL_STEPS: u32 = 30;
const SIDE_UNIT: u32 = 64;

/// LoRAs that make a sampler fast: by version and by LoRA.
const FAST_LORA_VERSIONS: [&str; 7] = ["246747", "247778", "268475", "243643", "225222", "219782", "363353"];
const FAST_LORAS: [&str; 3] = ["195519", "216190", "324115"];

impl Busy {
    /// Each thread frees some, each waiting result takes some.
    fn limit(self, most: i64, per_thread: i64) -> i64 {
        let queued = i64::try_from(self.queued).unwrap_or(i64::MAX / 10);
        most + per_thread * i64::from(self.threads) - (queued * 9 + 5) / 10
    }

    /// The side of the largest square picture that is free now, before bounds.
    fn side(self) -> i64 {
        self.limit(SIDE_MAX, 10)
    }

    fn bounded_side(self, request: &Request, reference: &ModelReference) -> u32 {
        let large = [Baseline::StableDiffusionXl, Baseline::StableCascade, Baseline::Flux];
        let is_large = |model| large.contains(&reference.baseline(model));
        let side = if request.models.iter().any(|model| is_large(model)) {
            SIDE_MAX
        } else {
            self.side().clamp(SIDE_FREE, SIDE_MAX)
        };
        u32::try_from(side).unwrap_or(0)
    }

    fn length(self) -> u32 {
        u32::try_from(self.limit(LENGTH_MAX, 5).clamp(LENGTH_FREE, LENGTH_MAX)).unwrap_or(0)
    }
}

/// Tells what makes a request so demanding, if anything does. Alchemy never is.
pub(super) fn reason(
    request: &Request,
    busy: Busy,
    reference: &ModelReference,
    on_worker_list: bool,
) -> Option<UpfrontReason> {
    let found = match &request.work {
        Work::Image(image) => image_reason(request, image, busy, reference),
        Work::Text(text) => {
            let length = busy.length();
            if request.slow_workers {
                (text.max_length > length).then_some(UpfrontReason::Length(length))
            } else {
                Some(UpfrontReason::NoSlowWorkers(length))
            }
        }
        Work::Alchemy(_) => return None,
    };
    let by_list = (on_worker_list && request.targeting.is_some()).then_some(UpfrontReason::WorkerList);
    found.or(by_list)
}

fn image_reason(request: &Request, image: &ImageWork, busy: Busy, reference: &ModelReference) -> Option<UpfrontReason> {
    let steps = image.accurate_steps();
    let side = busy.bounded_side(request, reference);
    if !request.slow_workers {
        let shown = u32::try_from(busy.side().max(0)).unwrap_or(0);
        return Some(UpfrontReason::NoSlowWorkers(shown));
    }
    if is_lcm(image) && steps > LCM_STEPS {
        return Some(UpfrontReason::LcmSteps);
    }
    let needed = |model| reference.image(model).and_then(|known| known.max_steps).unwrap_or(MODEL_STEPS);
    if let Some(least) = request.models.iter().map(|model| needed(model)).find(|most| *most < steps) {
        return Some(UpfrontReason::ModelSteps(least));
    }
    if image.area() > u64::from(side) * u64::from(side) {
        return Some(UpfrontReason::Size(side));
    }
    if image.control_type.is_some() && steps > CONTROL_STEPS {
        return Some(UpfrontReason::ControlSteps(CONTROL_STEPS));
    }
    None
}

/// Tells whether a picture is made by a fast sampler.
fn is_lcm(image: &ImageWork) -> bool {
    let fast = |name: &str, is_version| {
        if is_version { FAST_LORA_VERSIONS.contains(&name) } else { FAST_LORAS.contains(&name) }
    };
    &*image.sampler == "lcm" || image.loras.iter().any(|lora| fast(&lora.name, lora.is_version))
}

/// Shrinks a request to what is free for all.
pub(super) fn shrink(request: &mut Request, busy: Busy, reference: &ModelReference) {
    request.slow_workers = true;
    let side = busy.bounded_side(request, reference);
    let needed = |model| reference.image(model).and_then(|known| known.max_steps);
    let by_model = request.models.iter().filter_map(|model| needed(model)).min();
    match &mut request.work {
        Work::Text(text) => text.max_length = text.max_length.min(busy.length()),
        Work::Alchemy(_) => {}
        Work::Image(image) => {
            let mut most = by_model.unwrap_or(SHRUNK_MODEL_STEPS);
            if image.control_type.is_some() {
                most = most.min(CONTROL_STEPS);
            }
            if is_lcm(image) {
                most = most.min(LCM_STEPS);
            }
            shrink_sides(image, side);
            while image.accurate_steps() > most && image.steps > STEPS_KEPT {
                image.steps -= 1;
            }
        }
    }
}

/// Makes both sides smaller alike, in whole units, until the picture is no larger than a square of `side`.
fn shrink_sides(image: &mut ImageWork, side: u32) {
    let limit = u64::from(side) * u64::from(side);
    let (width, height) = (image.width / SIDE_UNIT, image.height / SIDE_UNIT);
    let longer = width.max(height).max(1);
    let mut units = longer;
    while image.area() > limit && units > 1 {
        units -= 1;
        image.width = (width * units / longer).max(1) * SIDE_UNIT;
        image.height = (height * units / longer).max(1) * SIDE_UNIT;
    }
}
