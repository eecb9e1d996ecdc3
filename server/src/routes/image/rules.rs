//! What an image request may be, beyond the shape of its body: which settings exclude each other, which need a source image, which a
//! model cannot do. In the order in which the AI Horde looks, because the first mistake is the one that is told.
//! Not here: shapes and bounds (`validation/bodies.rs`), standing, concurrency and kudos (the desk).

use std::collections::HashSet;

use throng_api::ReturnCode as Rc;
use throng_api::image::{Ask, Params};
use throng_domain::bridge::POST_PROCESSORS;
use throng_domain::model::{Baseline, ModelReference};
use throng_domain::price::is_upscaler;

use super::super::asked::Who;
use crate::error::Error;

/// Words of a prompt.
const PROMPT_WORDS_MAX: usize = 7500;
const LORAS_MAX: usize = 5;
const TEXTUAL_INVERSIONS_MAX: usize = 20;
/// Special models' names begin so, and end in their owner's.
const SPECIAL: &str = "horde_special";
/// Stands before the owner's name.
const OWNED_BY: &str = "::";
/// A model under test, of which two pictures are compared.
const BETA: &str = "SDXL_beta::stability.ai#6901";
/// How many pictures it makes.
const COMPARED: u32 = 2;
/// The workflow that draws a code into the image; it needs the code as an extra text of this reference.
const QR_CODE: &str = "qr_code";
/// What people forget to replace.
const EXAMPLE_AGENT: &str = "My-Project:v0.0.1:My-Contact";

type Verdict = Result<(), Error>;

fn refuse_if(condition: bool, code: Rc) -> Verdict {
    if condition { Err(Error::refused(code)) } else { Ok(()) }
}

/// What is looked at.
pub(in crate::routes) struct Look<'a> {
    /// The request.
    pub ask: &'a Ask,
    /// Who asks, if it matters (see [`needs_who`]).
    pub who: &'a Who,
    /// Nobody in particular asks.
    pub anonymous: bool,
    /// A member that is not in the contract says that the source image is where to begin, although there is a control type.
    pub init_as_image: bool,
    /// How the client presents itself.
    pub agent: &'a str,
    /// What is known of models.
    pub models: &'a ModelReference,
}

impl Look<'_> {
    /// Looks at everything, in order.
    pub(super) fn check(&self) -> Verdict {
        self.params()?;
        self.special()?;
        refuse_if(self.ask.source_mask.is_some() && self.ask.source_image.is_none(), Rc::SourceMaskUnnecessary)?;
        self.control()?;
        self.extras()?;
        let contrary = self.init_as_image && self.ask.params.return_control_map;
        refuse_if(contrary, Rc::ControlNetInvalidPayload)?;
        self.models()?;
        self.beta()?;
        refuse_if(self.agent == EXAMPLE_AGENT, Rc::BannedClientAgent)
    }

    /// Looks at what can be said without a request: the settings of a style.
    pub(in crate::routes) fn check_style(&self) -> Verdict {
        self.params()?;
        self.special()
    }

    fn any_model(&self, of: impl Fn(Baseline) -> bool) -> bool {
        self.ask.models.iter().any(|model| of(self.models.baseline(model)))
    }

    fn names(&self, model: &str) -> bool {
        self.ask.models.iter().any(|name| name == model)
    }

    fn params(&self) -> Verdict {
        use Baseline as B;
        let params = &self.ask.params;
        let large = self.any_model(|family| matches!(family, B::Flux | B::Qwen | B::ZImage));
        let plain = !self.any_model(|family| !matches!(family, B::StableDiffusion1 | B::StableDiffusionXl));
        refuse_if(params.hires_fix && large, Rc::HiResMismatch)?;
        let loras = params.loras.as_deref().unwrap_or_default();
        refuse_if(loras.len() > LORAS_MAX, Rc::TooManyLoras)?;
        let is_number = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
        refuse_if(loras.iter().any(|lora| lora.is_version && !is_number(&lora.name)), Rc::BadLoraVersion)?;
        refuse_if(params.tis.as_deref().unwrap_or_default().len() > TEXTUAL_INVERSIONS_MAX, Rc::TooManyTIs)?;
        refuse_if(params.transparent && !plain, Rc::InvalidTransparencyModel)?;
        refuse_if(is_qr_code(params) && !plain, Rc::ControlNetMismatchWorkflow)?;
        refuse_if(self.ask.prompt.split_whitespace().count() > PROMPT_WORDS_MAX, Rc::InvalidPromptSize)?;
        refuse_if(
            self.ask.models.iter().any(|model| POST_PROCESSORS.contains(&model.as_str())),
            Rc::UnexpectedModelName,
        )?;
        let upscalers = params.post_processing.iter().flatten().filter(|name| is_upscaler(name)).count();
        refuse_if(upscalers > 1, Rc::TooManyUpscalers)?;
        refuse_if(!has_two_decimals(params.cfg_scale), Rc::BadCFGDecimals)
    }

    fn special(&self) -> Verdict {
        let special: Vec<_> = self.ask.models.iter().filter(|model| model.starts_with(SPECIAL)).collect();
        if !special.is_empty() {
            let owners: Vec<Option<&str>> = special.iter().map(|model| owner_of(model)).collect();
            refuse_if(!self.who.roles.special, Rc::Forbidden)?;
            refuse_if(owners.iter().any(Option::is_none), Rc::SpecialMissingUsername)?;
            refuse_if(owners.iter().flatten().any(|owner| *owner != self.who.alias), Rc::Forbidden)?;
            refuse_if(self.ask.params.special.is_none(), Rc::SpecialMissingPayload)?;
        }
        refuse_if(self.ask.params.special.is_some() && !self.who.roles.special, Rc::BadRequest)
    }

    fn beta(&self) -> Verdict {
        refuse_if(self.names(BETA) && self.anonymous, Rc::BetaAnonForbidden)?;
        refuse_if(self.names(BETA) && self.ask.params.n == 1, Rc::BetaComparisonFault)
    }

    fn control(&self) -> Verdict {
        use Baseline as B;
        let ask = self.ask;
        let Some(control) = ask.params.control_type.as_deref() else { return Ok(()) };
        let second = self.any_model(|family| family == B::StableDiffusion2);
        let unsupported = (matches!(control, "normal" | "mlsd" | "hough") && second) || self.names("pix2pix");
        refuse_if(unsupported, Rc::ControlNetUnsupported)?;
        refuse_if(ask.source_image.is_none(), Rc::ControlNetSourceMissing)?;
        refuse_if(ask.source_processing == "inpainting", Rc::ControlNetInpaintingMismatch)?;
        let other = self.any_model(|family| !matches!(family, B::StableDiffusion1 | B::StableDiffusion2));
        refuse_if(other, Rc::ControlNetMismatch)
    }

    fn extras(&self) -> Verdict {
        let ask = self.ask;
        let (params, extra_sources) = (&ask.params, !ask.extra_source_images.is_empty());
        refuse_if(params.transparent && extra_sources, Rc::InvalidTransparencyImg2Img)?;
        refuse_if(params.transparent && params.control_type.is_some(), Rc::InvalidTransparencyCN)?;
        let remix = ask.source_processing == "remix";
        refuse_if(remix && self.any_model(|family| family != Baseline::StableCascade), Rc::InvalidRemix)?;
        refuse_if(extra_sources && !remix, Rc::InvalidExtraSourceImagesDotted)?;
        let texts = params.extra_texts.as_deref().unwrap_or_default();
        refuse_if(!texts.is_empty() && !is_qr_code(params), Rc::InvalidExtraTextsDotted)?;
        let has_code = texts.iter().any(|text| text.reference.as_deref() == Some(QR_CODE));
        refuse_if(is_qr_code(params) && !has_code, Rc::MissingExtraTextsDotted)
    }

    fn models(&self) -> Verdict {
        let source = self.ask.source_image.is_some();
        let needs_source = self.names("Stable Diffusion 2 Depth") || self.names("pix2pix");
        refuse_if(needs_source && !source, Rc::SourceImageRequiredForModel)?;
        let control_models =
            self.ask.models.iter().any(|model| self.models.image(model).is_some_and(|known| known.controlnet));
        refuse_if(control_models && !source, Rc::UnexpectedModelName)
    }
}

/// Whose special model it is, by its name.
fn owner_of(model: &str) -> Option<&str> {
    model.split(OWNED_BY).nth(1)
}

/// Whether it matters who asks before a request can be judged.
pub(super) fn needs_who(ask: &Ask) -> bool {
    ask.params.special.is_some() || ask.models.iter().any(|model| model.starts_with(SPECIAL))
}

/// Makes what a request for the model under test means by it: two pictures, by no other model.
pub(super) fn compare(ask: &mut Ask) {
    if ask.models.iter().any(|model| model == BETA) {
        ask.models = vec![BETA.to_owned()];
        ask.params.n = COMPARED;
    }
}

/// Whether a model is named that makes lewd pictures unasked.
pub(super) fn names_lewd_model(ask: &Ask, models: &ModelReference) -> bool {
    ask.models.iter().any(|model| models.image(model).is_some_and(|known| known.nsfw))
}

fn is_qr_code(params: &Params) -> bool {
    params.workflow.as_deref() == Some(QR_CODE)
}

fn has_two_decimals(number: f64) -> bool {
    let hundredths = number * 100.0;
    (hundredths - hundredths.round()).abs() < 1e-6
}

/// Drops models named twice: each is one of several that will do.
pub(super) fn distinct(models: &[String]) -> Vec<String> {
    let mut seen = HashSet::new();
    models.iter().filter(|model| seen.insert(model.as_str())).cloned().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use throng_domain::standing::Roles;

    use super::*;

    fn judged_for(body: Value, who: &Who, anonymous: bool) -> Option<Rc> {
        let init_as_image = body["params"]["init_as_image"] == true;
        let ask: Ask = serde_json::from_value(body).unwrap();
        let models = &ModelReference::built_in();
        match (Look { ask: &ask, who, anonymous, init_as_image, agent: "unknown:0:unknown", models }).check() {
            Ok(()) => None,
            Err(Error::Refused(code, _)) => Some(code),
            Err(other) => panic!("{other}"),
        }
    }

    fn judged(body: Value) -> Option<Rc> {
        judged_for(body, &Who::default(), false)
    }

    #[test]
    fn the_first_mistake_is_told() {
        let lora = |name: &str| json!({"name": name, "is_version": true});
        for (body, expected) in [
            (json!({"prompt": "a"}), None),
            (json!({"prompt": "a", "models": ["x [Flux]"], "params": {"hires_fix": true}}), Some(Rc::HiResMismatch)),
            (
                json!({"prompt": "a", "params": {"loras": [lora("1"), lora("2"), lora("3"), lora("4"), lora("5"), lora("6")]}}),
                Some(Rc::TooManyLoras),
            ),
            (json!({"prompt": "a", "params": {"loras": [lora("x")]}}), Some(Rc::BadLoraVersion)),
            (
                json!({"prompt": "a", "models": ["x [Flux]"], "params": {"transparent": true}}),
                Some(Rc::InvalidTransparencyModel),
            ),
            (json!({"prompt": "a", "models": ["GFPGAN"]}), Some(Rc::UnexpectedModelName)),
            (
                json!({"prompt": "a", "params": {"post_processing": ["NMKD_Siax", "4xLSDIRplus"]}}),
                Some(Rc::TooManyUpscalers),
            ),
            (json!({"prompt": "a", "params": {"post_processing": ["NMKD_Siax", "GFPGAN"]}}), None),
            (json!({"prompt": "a", "params": {"cfg_scale": 7.555}}), Some(Rc::BadCFGDecimals)),
            (json!({"prompt": "a", "params": {"cfg_scale": 7.55}}), None),
            (json!({"prompt": "a", "models": ["horde_special::x"]}), Some(Rc::Forbidden)),
            (json!({"prompt": "a", "params": {"special": {}}}), Some(Rc::BadRequest)),
            (json!({"prompt": "a", "source_mask": "x"}), Some(Rc::SourceMaskUnnecessary)),
            (json!({"prompt": "a", "params": {"control_type": "canny"}}), Some(Rc::ControlNetSourceMissing)),
            (
                json!({"prompt": "a", "params": {"control_type": "canny"}, "models": ["pix2pix"]}),
                Some(Rc::ControlNetUnsupported),
            ),
            (
                json!({"prompt": "a", "params": {"control_type": "canny"}, "source_image": "x", "source_processing": "inpainting"}),
                Some(Rc::ControlNetInpaintingMismatch),
            ),
            (
                json!({"prompt": "a", "params": {"control_type": "canny"}, "source_image": "x", "models": ["m [SDXL]"]}),
                Some(Rc::ControlNetMismatch),
            ),
            (json!({"prompt": "a", "source_image": "x", "source_processing": "remix"}), Some(Rc::InvalidRemix)),
            (
                json!({"prompt": "a", "source_image": "x", "extra_source_images": [{"image": "x"}]}),
                Some(Rc::InvalidExtraSourceImagesDotted),
            ),
            (json!({"prompt": "a", "params": {"extra_texts": [{"text": "x"}]}}), Some(Rc::InvalidExtraTextsDotted)),
            (json!({"prompt": "a", "params": {"workflow": "qr_code"}}), Some(Rc::MissingExtraTextsDotted)),
            (json!({"prompt": "a", "models": ["pix2pix"]}), Some(Rc::SourceImageRequiredForModel)),
        ] {
            assert_eq!(judged(body.clone()), expected, "{body}");
        }
        assert_eq!(judged(json!({"prompt": "a ".repeat(7501)})), Some(Rc::InvalidPromptSize));
    }

    #[test]
    fn the_example_agent_is_refused() {
        let (ask, who) = (Ask::new("a"), Who::default());
        let models = &ModelReference::built_in();
        let look = Look { ask: &ask, who: &who, anonymous: false, init_as_image: false, agent: EXAMPLE_AGENT, models };
        assert!(matches!(look.check(), Err(Error::Refused(Rc::BannedClientAgent, _))));
    }

    #[test]
    fn special_models_are_their_owners_alone() {
        let roles = Roles { special: true, ..Roles::default() };
        let ada = Who { roles, alias: "ada#3".to_owned() };
        let body = |model: &str| json!({"prompt": "a", "models": [model], "params": {"special": {"a": {}}}});
        for (body, verdict) in [
            (body("horde_special::ada#3"), None),
            (body("horde_special"), Some(Rc::SpecialMissingUsername)),
            (body("horde_special::bob#4"), Some(Rc::Forbidden)),
            (body("horde_special::Ada#3"), Some(Rc::Forbidden)),
            (json!({"prompt": "a", "models": ["horde_special::ada#3"]}), Some(Rc::SpecialMissingPayload)),
        ] {
            assert_eq!(judged_for(body.clone(), &ada, false), verdict, "{body}");
        }
    }

    #[test]
    fn the_model_under_test_makes_two_pictures_for_somebody() {
        let body = |n: u32| json!({"prompt": "a", "models": ["x", BETA], "params": {"n": n}});
        let who = Who::default();
        assert_eq!(judged_for(body(2), &who, true), Some(Rc::BetaAnonForbidden));
        assert_eq!(judged_for(body(1), &who, false), Some(Rc::BetaComparisonFault));
        assert_eq!(judged_for(body(7), &who, false), None);
        let mut ask: Ask = serde_json::from_value(body(7)).unwrap();
        compare(&mut ask);
        assert_eq!((ask.models, ask.params.n), (vec![BETA.to_owned()], 2));
    }

    #[test]
    fn a_picture_to_begin_with_is_no_control_map_to_return() {
        let body = json!({"prompt": "a", "params": {"init_as_image": true, "return_control_map": true}});
        assert_eq!(judged(body), Some(Rc::ControlNetInvalidPayload));
    }
}
