//! What the bodies of styles and collections must look like: every bound of the contract, once. Not here: rules that need more than the
//! body (`routes/styles/rules.rs`).

use throng_domain::bridge::POST_PROCESSORS;
use throng_domain::style::StyleKind;

use super::{LORA, SAMPLERS, SIDE, STRENGTH, TEXTS, TEXTUAL_INVERSION};
use crate::validation::{Rule, TEXT, WHOLE, list, may, must, number, text, whole};

const NAME: Rule = text(1, 100);
const INFO: Rule = text(10, 1000);
const CHANGED_INFO: Rule = text(1, 1000);
const TAGS: Rule = list(&Rule::Text { min: 1, max: 25 });
const NAMES: Rule = list(&Rule::Text { min: 1, max: usize::MAX });
/// The id of a shared key.
const KEY: Rule = text(36, 36);

/// The parameters that an image style can set.
pub const IMAGE_STYLE_PARAMS: Rule = Rule::Object(&[
    may("steps", whole(1, 500)),
    may("sampler_name", Rule::OneOf(SAMPLERS)),
    may("cfg_scale", number(0.0, 100.0)),
    may("denoising_strength", STRENGTH),
    may("hires_fix_denoising_strength", STRENGTH),
    may("height", SIDE),
    may("width", SIDE),
    may("post_processing", Rule::List { item: &Rule::OneOf(&POST_PROCESSORS), unique: true }),
    may("karras", Rule::Flag),
    may("tiling", Rule::Flag),
    may("hires_fix", Rule::Flag),
    may("clip_skip", whole(1, 12)),
    may("facefixer_strength", number(0.0, 1.0)),
    may("loras", list(&LORA)),
    may("tis", list(&TEXTUAL_INVERSION)),
    may("special", Rule::ObjectOfObjects),
    may("workflow", Rule::OneOf(&["qr_code"])),
    may("transparent", Rule::Flag),
]);

/// The parameters that a text style can set.
pub const TEXT_STYLE_PARAMS: Rule = Rule::Object(&[
    may("frmtadsnsp", Rule::Flag),
    may("frmtrmblln", Rule::Flag),
    may("frmtrmspch", Rule::Flag),
    may("frmttriminc", Rule::Flag),
    may("rep_pen", number(1.0, 3.0)),
    may("rep_pen_range", whole(0, 4096)),
    may("rep_pen_slope", number(0.0, 10.0)),
    may("singleline", Rule::Flag),
    may("temperature", number(0.0, 5.0)),
    may("tfs", number(0.0, 1.0)),
    may("top_a", number(0.0, 1.0)),
    may("top_k", whole(0, 200)),
    may("top_p", number(0.001, 1.0)),
    may("typical", number(0.0, 1.0)),
    may("sampler_order", list(&WHOLE)),
    may("use_default_badwordsids", Rule::Flag),
    may("stop_sequence", TEXTS),
    may("min_p", number(0.0, 1.0)),
    may("smoothing_factor", number(0.0, 10.0)),
    may("dynatemp_range", number(0.0, 5.0)),
    may("dynatemp_exponent", number(0.0, 5.0)),
]);

/// The body of `POST /styles/image`.
const IMAGE_STYLE: Rule = Rule::Object(&[
    must("name", NAME),
    may("info", INFO),
    may("prompt", text(7, usize::MAX)),
    may("params", IMAGE_STYLE_PARAMS),
    may("public", Rule::Flag),
    may("nsfw", Rule::Flag),
    may("tags", TAGS),
    may("models", NAMES),
    may("sharedkey", KEY),
]);

/// The body of `POST /styles/text`.
const TEXT_STYLE: Rule = Rule::Object(&[
    must("name", NAME),
    may("info", INFO),
    may("prompt", text(3, usize::MAX)),
    may("params", TEXT_STYLE_PARAMS),
    may("public", Rule::Flag),
    may("nsfw", Rule::Flag),
    may("tags", TAGS),
    may("models", NAMES),
]);

/// The body of `PATCH /styles/image/{id}`.
const IMAGE_STYLE_CHANGE: Rule = Rule::Object(&[
    may("name", NAME),
    may("info", CHANGED_INFO),
    may("prompt", text(7, usize::MAX)),
    may("params", IMAGE_STYLE_PARAMS),
    may("public", Rule::Flag),
    may("nsfw", Rule::Flag),
    may("tags", TAGS),
    may("models", NAMES),
    may("sharedkey", KEY),
]);

/// The body of `PATCH /styles/text/{id}`.
const TEXT_STYLE_CHANGE: Rule = Rule::Object(&[
    may("name", NAME),
    may("info", CHANGED_INFO),
    may("prompt", text(7, usize::MAX)),
    may("params", TEXT_STYLE_PARAMS),
    may("public", Rule::Flag),
    may("nsfw", Rule::Flag),
    may("tags", TAGS),
    may("models", NAMES),
]);

/// The body of an example.
pub const EXAMPLE: Rule = Rule::Object(&[may("url", TEXT), may("primary", Rule::Flag)]);

/// The body of `POST /collections` and `PATCH /collections/{id}`.
pub const COLLECTION: Rule =
    Rule::Object(&[may("name", NAME), may("info", CHANGED_INFO), may("public", Rule::Flag), may("styles", NAMES)]);

/// The rule for a new style.
pub fn style(kind: StyleKind) -> &'static Rule {
    match kind {
        StyleKind::Image => &IMAGE_STYLE,
        StyleKind::Text => &TEXT_STYLE,
    }
}

/// The rule for a change to a style.
pub fn style_change(kind: StyleKind) -> &'static Rule {
    match kind {
        StyleKind::Image => &IMAGE_STYLE_CHANGE,
        StyleKind::Text => &TEXT_STYLE_CHANGE,
    }
}

/// The rule for the parameters of a style.
pub fn style_params(kind: StyleKind) -> &'static Rule {
    match kind {
        StyleKind::Image => &IMAGE_STYLE_PARAMS,
        StyleKind::Text => &TEXT_STYLE_PARAMS,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::error::Error;
    use crate::validation::{check, known};

    fn blamed(rule: &Rule, body: &Value) -> Vec<String> {
        match check(rule, body) {
            Ok(()) => Vec::new(),
            Err(Error::Invalid(mistakes)) => mistakes.into_keys().collect(),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn bounds_are_those_of_the_contract() {
        let image = style(StyleKind::Image);
        for (body, path) in [
            (json!({}), "name"),
            (json!({"name": ""}), "name"),
            (json!({"name": "x".repeat(101)}), "name"),
            (json!({"name": "x", "info": "too short"}), "info"),
            (json!({"name": "x", "prompt": "{p}{np"}), "prompt"),
            (json!({"name": "x", "tags": ["x".repeat(26)]}), "tags.0"),
            (json!({"name": "x", "models": [""]}), "models.0"),
            (json!({"name": "x", "sharedkey": "x"}), "sharedkey"),
            (json!({"name": "x", "public": null}), "public"),
            (json!({"name": "x", "params": {"width": 65}}), "params.width"),
            (json!({"name": "x", "params": {"loras": [{}]}}), "params.loras.0.name"),
        ] {
            assert_eq!(blamed(image, &body), [path], "{body}");
        }
        assert!(blamed(image, &json!({"name": "x".repeat(100), "params": {"n": 99}})).is_empty(), "n is no style's");
        assert!(blamed(style(StyleKind::Text), &json!({"name": "x", "prompt": "{p}"})).is_empty());
        assert_eq!(blamed(style_change(StyleKind::Text), &json!({"prompt": "{p}"})), ["prompt"]);
        assert!(blamed(style_change(StyleKind::Image), &json!({"info": "short"})).is_empty());
        assert_eq!(blamed(&COLLECTION, &json!({"name": "", "styles": [""]})), ["name", "styles.0"]);
    }

    #[test]
    fn what_the_contract_does_not_name_is_not_kept() {
        let said =
            json!({"steps": 9, "n": 3, "seed": "1", "loras": [{"name": "x", "extra": 1}], "special": {"a": {"b": 1}}});
        let kept = json!({"steps": 9, "loras": [{"name": "x"}], "special": {"a": {"b": 1}}});
        assert_eq!(known(&IMAGE_STYLE_PARAMS, &said), kept);
    }
}
