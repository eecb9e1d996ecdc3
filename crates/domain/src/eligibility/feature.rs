//! Features: what a request can need and a worker can have, one bit each, with the reason that is given when it is missing. A request may be
//! taken only if all it needs is had; so a group of requests that need the same is ruled in or out by one comparison.

use crate::bridge::{BridgeAgent, POST_PROCESSORS, SAMPLERS};
use crate::desk::restore::WorkerProfile;
use crate::eligibility::{Demand, Extent, SkipReason, any_of};
use crate::model::{Baseline, ModelReference};
use crate::offer::{Ability, Dreamer};
use crate::request::{ImageWork, Name, Request, Work};

/// A set of features.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Features(u128);

macro_rules! features {
    ($($name:ident = $reason:ident;)*) => {
        #[derive(Clone, Copy)]
        enum Feature { $($name,)* }

        /// The reason for each feature's lack, by bit.
        const REASONS: &[SkipReason] = &[$(SkipReason::$reason,)*];
    };
}

features! {
    Nsfw = Nsfw;
    TrustedOwner = Untrusted;
    TrustedOwnerForStrangers = Untrusted;
    Img2img = Img2img;
    PaintingAllowed = Painting;
    InpaintingModel = Models;
    GeneralModel = Models;
    PostProcessing = PostProcessing;
    Controlnet = Controlnet;
    // The wire counts transparent pictures among what the bridge cannot do, whoever it is that does not.
    SdxlControlnet = BridgeVersion;
    QrCodeModel = Controlnet;
    LoraAllowed = Lora;
    BridgeImg2img = BridgeVersion;
    BridgePainting = BridgeVersion;
    BridgePostProcessing = BridgeVersion;
    BridgeControlnet = BridgeVersion;
    BridgeControlMap = BridgeVersion;
    BridgeLora = BridgeVersion;
    BridgeLoraVersions = BridgeVersion;
    BridgeInversions = BridgeVersion;
    BridgeTiling = BridgeVersion;
    BridgeReturnControlMap = BridgeVersion;
    BridgeHiresFix = BridgeVersion;
    BridgeClipSkip = BridgeVersion;
    BridgeUpload = BridgeVersion;
    BridgeTransparent = BridgeVersion;
    BridgeQrCode = BridgeVersion;
    BridgeExtraSources = BridgeVersion;
    BridgeServesItsModels = BridgeVersion;
    ValidatedBackend = BridgeVersion;
    UnsafeAddress = UnsafeIp;
    Fast = Performance;
    NotExtraSlow = Performance;
    ServesUncovered = Kudos;
    UnknownSampler = BridgeVersion;
    UnknownPostProcessor = BridgeVersion;
}

/// What the owner wants, before what the bridge can: where both are missing, the owner's no is the reason, and the bridge is not
/// blamed too.
const WISH_BEFORE_SKILL: [(Feature, Feature); 7] = [
    (Feature::Img2img, Feature::BridgeImg2img),
    (Feature::PaintingAllowed, Feature::BridgePainting),
    (Feature::PostProcessing, Feature::BridgePostProcessing),
    (Feature::Controlnet, Feature::BridgeControlnet),
    (Feature::Controlnet, Feature::BridgeControlMap),
    (Feature::LoraAllowed, Feature::BridgeLora),
    (Feature::LoraAllowed, Feature::BridgeLoraVersions),
];

/// Bits for post-processors begin here, those for samplers there: each sampler has one plain and one for Karras' schedule.
const FIRST_POST_PROCESSOR: usize = 48;
const FIRST_SAMPLER: usize = 64;

impl Feature {
    const fn bit(self) -> u128 {
        1 << (self as u32)
    }
}

impl Features {
    fn with(mut self, feature: Feature, present: bool) -> Self {
        if present {
            self.0 |= feature.bit();
        }
        self
    }

    fn with_post_processor(mut self, index: usize, present: bool) -> Self {
        if present {
            self.0 |= 1 << (FIRST_POST_PROCESSOR + index);
        }
        self
    }

    fn with_sampler(mut self, index: usize, karras: bool, present: bool) -> Self {
        if present {
            self.0 |= 1 << (FIRST_SAMPLER + 2 * index + usize::from(karras));
        }
        self
    }

    /// Adds what changes between check-ins: the owner's standing and the worker's speed.
    #[must_use]
    pub fn with_standing(self, owner_trusted: bool, fast: bool) -> Self {
        self.with(Feature::TrustedOwner, owner_trusted)
            .with(Feature::TrustedOwnerForStrangers, owner_trusted)
            .with(Feature::Fast, fast)
    }

    /// Tells whether all of these are among `had`.
    pub fn all_in(self, had: Self) -> bool {
        self.0 & !had.0 == 0
    }

    /// Those of these that depend on the models served. Queues count them together with the models that are named, so that no
    /// request counts twice under one reason.
    #[must_use]
    pub fn of_models(self) -> Self {
        Self(self.0 & (Feature::InpaintingModel.bit() | Feature::GeneralModel.bit()))
    }

    /// Tells the reason for the first of these that is not among `had`.
    pub fn first_missing_in(self, had: Self) -> Option<SkipReason> {
        self.missing_in(had).next()
    }

    /// Tells the reason for each of these that is not among `had`; one reason can come several times.
    pub fn missing_in(self, had: Self) -> impl Iterator<Item = SkipReason> {
        let mut missing = self.0 & !had.0;
        for (wish, skill) in WISH_BEFORE_SKILL {
            if missing & wish.bit() != 0 {
                missing &= !skill.bit();
            }
        }
        std::iter::from_fn(move || {
            if missing == 0 {
                return None;
            }
            let bit = missing.trailing_zeros();
            missing &= missing - 1;
            Some(REASONS.get(bit as usize).copied().unwrap_or(SkipReason::BridgeVersion))
        })
    }
}

/// Works out what a request demands.
pub fn demand(request: &Request, requester_trusted: bool, covered: bool) -> Demand {
    use Feature as F;
    let needs = Features::default()
        .with(F::Nsfw, request.nsfw)
        .with(F::TrustedOwner, request.trusted_workers)
        .with(F::UnsafeAddress, !request.safe_address)
        .with(F::Fast, !request.slow_workers);
    let needs = match &request.work {
        Work::Image(image) => image_needs(
            needs
                .with(F::TrustedOwnerForStrangers, !request.safe_address && !requester_trusted)
                .with(F::NotExtraSlow, !request.extra_slow_workers)
                // Scribes may say that they mind, and are not asked.
                .with(F::ServesUncovered, !covered),
            image,
        ),
        Work::Text(_) => needs.with(F::ValidatedBackend, request.validated_backends),
        Work::Alchemy(_) => needs.with(F::TrustedOwnerForStrangers, !request.safe_address && !requester_trusted),
    };
    let lowered = request.prompt.to_lowercase();
    let lowered = if *lowered == *request.prompt { request.prompt.clone() } else { lowered.into() };
    Demand { needs, extent: Extent::of(request), lowered, forms: Vec::new() }
}

/// Adds what a picture needs.
fn image_needs(needs: Features, image: &ImageWork) -> Features {
    use Feature as F;
    let control = image.control_type.is_some();
    let qr_code = image.workflow.as_deref() == Some("qr_code");
    let mut needs = needs
        .with(F::Img2img, image.source.is_some())
        .with(F::BridgeImg2img, image.source.is_some())
        .with(F::PaintingAllowed, image.is_painting())
        .with(F::BridgePainting, image.is_painting())
        .with(F::InpaintingModel, image.is_painting())
        .with(F::GeneralModel, !image.is_painting())
        .with(F::PostProcessing, !image.post_processing.is_empty())
        .with(F::BridgePostProcessing, !image.post_processing.is_empty())
        .with(F::Controlnet, control)
        .with(F::BridgeControlnet, control || qr_code)
        // Bridges that tell a control map from a picture; older ones are given no ControlNet at all.
        .with(F::BridgeControlMap, control)
        .with(F::BridgeQrCode, qr_code)
        .with(F::QrCodeModel, qr_code)
        .with(F::SdxlControlnet, image.transparent)
        .with(F::LoraAllowed, !image.loras.is_empty())
        .with(F::BridgeLora, !image.loras.is_empty())
        .with(F::BridgeLoraVersions, image.loras.iter().any(|lora| lora.is_version))
        .with(F::BridgeInversions, image.textual_inversions > 0)
        .with(F::BridgeTiling, image.tiling)
        .with(F::BridgeReturnControlMap, image.return_control_map)
        .with(F::BridgeHiresFix, image.hires_fix)
        .with(F::BridgeClipSkip, image.clip_skip > 1)
        .with(F::BridgeUpload, image.r2)
        .with(F::BridgeTransparent, image.transparent)
        .with(F::BridgeExtraSources, !image.extra_sources.is_empty())
        .with(F::BridgeServesItsModels, true);
    for name in &image.post_processing {
        needs = match POST_PROCESSORS.iter().position(|known| **known == **name) {
            Some(index) => needs.with_post_processor(index, true),
            None => needs.with(F::UnknownPostProcessor, true),
        };
    }
    match SAMPLERS.iter().position(|known| *known == &*image.sampler) {
        Some(index) => needs.with_sampler(index, image.karras, true),
        None => needs.with(F::UnknownSampler, true),
    }
}

/// Works out what a worker has that serves these models, by what it said at its last check-in; its standing comes on top, by
/// [`Features::with_standing`].
pub fn features(profile: &WorkerProfile, models: &[Name], reference: &ModelReference) -> Features {
    use Feature as F;
    let agent = BridgeAgent::parse(&profile.bridge_agent);
    let has = Features::default()
        .with(F::Nsfw, profile.nsfw)
        .with(F::UnsafeAddress, profile.allow_unsafe_address)
        .with(F::NotExtraSlow, !profile.extra_slow)
        .with(F::ServesUncovered, !profile.require_upfront_kudos);
    match &profile.ability {
        Ability::Dreamer(dreamer) => dreamer_has(has, dreamer, agent, models, reference),
        Ability::Scribe(_) => has.with(F::ValidatedBackend, agent.is_validated_backend()),
        Ability::Alchemist(_) => has,
    }
}

/// Adds what a dreamer has.
fn dreamer_has(
    has: Features,
    dreamer: &Dreamer,
    agent: BridgeAgent<'_>,
    models: &[Name],
    reference: &ModelReference,
) -> Features {
    use Feature as F;
    let paints = |name: &Name| reference.image(name).is_some_and(|model| model.inpainting);
    let serves = |family| any_of(reference, models, family);
    let serves_its_models = agent.can("flux") || !serves(Baseline::Flux);
    let hires = !serves(Baseline::StableCascade) || agent.can("stable_cascade_2pass");
    let mut has = has
        .with(F::Img2img, dreamer.allow_img2img)
        .with(F::BridgeImg2img, agent.can("img2img"))
        .with(F::PaintingAllowed, dreamer.allow_painting)
        .with(F::BridgePainting, agent.can("inpainting"))
        .with(F::InpaintingModel, models.iter().any(paints))
        .with(F::GeneralModel, !models.iter().all(paints))
        .with(F::PostProcessing, dreamer.allow_post_processing)
        .with(F::BridgePostProcessing, agent.can("post-processing"))
        .with(F::Controlnet, dreamer.allow_controlnet)
        .with(F::SdxlControlnet, dreamer.allow_sdxl_controlnet)
        .with(F::QrCodeModel, dreamer.allow_sdxl_controlnet || !serves(Baseline::StableDiffusionXl))
        .with(F::BridgeControlnet, agent.can("controlnet"))
        .with(F::BridgeControlMap, agent.can("image_is_control"))
        .with(F::BridgeQrCode, agent.can("qr_code"))
        .with(F::LoraAllowed, dreamer.allow_lora)
        .with(F::BridgeLora, agent.can("lora"))
        .with(F::BridgeLoraVersions, agent.can("lora_versions"))
        .with(F::BridgeInversions, agent.can("textual_inversion"))
        .with(F::BridgeTiling, agent.can("tiling"))
        .with(F::BridgeReturnControlMap, agent.can("return_control_map"))
        .with(F::BridgeHiresFix, agent.can("hires_fix") && hires)
        .with(F::BridgeClipSkip, agent.can("clip_skip"))
        .with(F::BridgeUpload, agent.can("r2"))
        .with(F::BridgeTransparent, agent.can("layer_diffuse"))
        .with(F::BridgeExtraSources, agent.can("extra_source_images"))
        .with(F::BridgeServesItsModels, serves_its_models)
        .with(F::UnknownSampler, agent.samples("", false))
        .with(F::UnknownPostProcessor, agent.can(""));
    for (index, name) in POST_PROCESSORS.iter().enumerate() {
        has = has.with_post_processor(index, agent.can(name));
    }
    for (index, name) in SAMPLERS.iter().enumerate() {
        has = has.with_sampler(index, false, agent.samples(name, false)).with_sampler(
            index,
            true,
            agent.samples(name, true),
        );
    }
    has
}
