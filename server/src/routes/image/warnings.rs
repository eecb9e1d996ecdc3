//! What is odd about a request for images that is admitted all the same: settings that do not suit a model it names, as its makers say in
//! the model reference. Each oddity is told once. What is compared is what a worker will be given, not what the contract prints as default.
//! Not here: that nobody online can do it (`asked.rs`).

use throng_api::image::{Params, Warning};
use throng_domain::model::{Advice, ImageModel, ModelReference};
use throng_domain::request::Name;

/// How the two noise schedules are called.
const KARRAS: &str = "karras";
const SIMPLE: &str = "simple";

/// Tells what is odd.
pub(in crate::routes) fn warnings(params: &Params, named: &[String], models: &ModelReference) -> Vec<Warning> {
    let mut warnings: Vec<Warning> = Vec::new();
    for (name, model) in named.iter().filter_map(|name| Some((name, models.image(name)?))) {
        let odd = steps(params, model).into_iter().chain(others(params, &model.advice));
        for (code, what) in odd {
            if !warnings.iter().any(|told| told.code == code) {
                warnings.push(Warning { code: code.to_owned(), message: format!("The model {name} {what}.") });
            }
        }
    }
    warnings
}

/// A code, and what the model is made for.
type Odd = (&'static str, String);

fn steps(params: &Params, model: &ImageModel) -> Vec<Odd> {
    let steps = params.effective_steps();
    let few = |least: u32| ("StepsTooFew", format!("needs {least} steps"));
    let many = |most: u32| ("StepsTooMany", format!("needs no more than {most} steps"));
    let too_few = model.min_steps.filter(|least| steps < *least).map(few);
    let too_many = model.max_steps.filter(|most| steps > *most).map(many);
    too_few.into_iter().chain(too_many).collect()
}

/// Whether a word is none of those a model was made for.
fn is_none_of(words: &[Name], word: &str) -> bool {
    !words.is_empty() && !words.iter().any(|known| **known == *word)
}

fn others(params: &Params, advice: &Advice) -> Vec<Odd> {
    let cfg = (params.cfg_scale * 100.0).round() as u32;
    let shown = |hundredths: u32| f64::from(hundredths) / 100.0;
    let schedule = if params.karras { KARRAS } else { SIMPLE };
    let clip_skip = params.clip_skip.unwrap_or(1);
    let mut odd = Vec::new();
    if let Some(right) = advice.clip_skip.filter(|right| *right != clip_skip) {
        odd.push(("ClipSkipMismatch", format!("is made for a clip skip of {right}")));
    }
    if let Some(right) = advice.cfg_hundredths.filter(|right| *right != cfg) {
        odd.push(("CfgScaleMismatch", format!("is made for a cfg scale of {}", shown(right))));
    }
    if let Some(least) = advice.cfg_hundredths_min.filter(|least| cfg < *least) {
        odd.push(("CfgScaleTooSmall", format!("needs a cfg scale of {} or more", shown(least))));
    }
    if let Some(most) = advice.cfg_hundredths_max.filter(|most| cfg > *most) {
        odd.push(("CfgScaleTooLarge", format!("needs a cfg scale of {} or less", shown(most))));
    }
    if is_none_of(&advice.samplers, &params.sampler_name) {
        odd.push(("SamplerMismatch", format!("is made for the samplers {}", advice.samplers.join(", "))));
    }
    if is_none_of(&advice.schedulers, schedule) {
        odd.push(("SchedulerMismatch", format!("is made for the schedulers {}", advice.schedulers.join(", "))));
    }
    odd
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use throng_domain::model::Baseline;

    use super::*;

    fn codes(params: Value, advice: Advice) -> Vec<String> {
        let params: Params = serde_json::from_value(params).unwrap();
        let model = ImageModel { min_steps: Some(4), max_steps: Some(12), advice, ..ImageModel::of(Baseline::Flux) };
        let mut models = ModelReference::built_in();
        models.images.insert("quick".into(), model.clone());
        models.images.insert("twin".into(), model);
        let named = ["quick".to_owned(), "twin".to_owned(), "unknown".to_owned()];
        warnings(&params, &named, &models).into_iter().map(|warning| warning.code).collect()
    }

    #[test]
    fn what_does_not_suit_a_model_is_told_once() {
        let advice = || Advice {
            clip_skip: Some(2),
            cfg_hundredths: None,
            cfg_hundredths_min: Some(100),
            cfg_hundredths_max: Some(350),
            samplers: vec!["k_euler".into(), "lcm".into()],
            schedulers: vec![SIMPLE.into()],
        };
        let good = json!({"steps": 8, "cfg_scale": 3.5, "clip_skip": 2, "sampler_name": "lcm", "karras": false});
        assert!(codes(good.clone(), advice()).is_empty());
        for (name, value, code) in [
            ("steps", json!(3), "StepsTooFew"),
            ("steps", json!(13), "StepsTooMany"),
            ("cfg_scale", json!(0.99), "CfgScaleTooSmall"),
            ("cfg_scale", json!(3.51), "CfgScaleTooLarge"),
            ("clip_skip", json!(1), "ClipSkipMismatch"),
            ("sampler_name", json!("k_euler_a"), "SamplerMismatch"),
            ("karras", json!(true), "SchedulerMismatch"),
        ] {
            let mut params = good.clone();
            params[name] = value;
            assert_eq!(codes(params, advice()), [code]);
        }
    }

    #[test]
    fn what_is_not_said_is_what_a_worker_gets() {
        assert_eq!(codes(json!({}), Advice::default()), ["StepsTooMany"], "30 steps");
        let exact = Advice { cfg_hundredths: Some(500), clip_skip: Some(1), ..Advice::default() };
        assert!(codes(json!({"steps": 8}), exact).is_empty());
        let other = Advice { cfg_hundredths: Some(750), ..Advice::default() };
        assert_eq!(codes(json!({"steps": 8}), other), ["CfgScaleMismatch"]);
    }
}
