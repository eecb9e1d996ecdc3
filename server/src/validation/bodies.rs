//! What each body must look like: every bound of the contract, once. Not here: how it is checked.

pub mod alchemy;
pub mod fleet;
pub mod styles;

use throng_domain::bridge::POST_PROCESSORS;

use super::{Field, Rule, TEXT, WHOLE, list, may, must, number, text, whole};

/// The samplers the wire knows.
pub const SAMPLERS: &[&str] = &[
    "DDIM",
    "dpmsolver",
    "k_dpm_2",
    "k_dpm_2_a",
    "k_dpm_adaptive",
    "k_dpm_fast",
    "k_dpmpp_2m",
    "k_dpmpp_2s_a",
    "k_dpmpp_sde",
    "k_euler",
    "k_euler_a",
    "k_heun",
    "k_lms",
    "lcm",
];

const CONTROL_TYPES: &[&str] =
    &["canny", "hed", "depth", "normal", "openpose", "seg", "scribble", "fakescribbles", "hough"];
const SOURCE_PROCESSING: &[&str] = &["img2img", "inpainting", "outpainting", "remix"];
const STATES: &[&str] = &["ok", "censored", "faulted", "csam"];
const METADATA_TYPES: &[&str] = &[
    "lora",
    "ti",
    "censorship",
    "source_image",
    "source_mask",
    "extra_source_images",
    "batch_index",
    "information",
    "aesthetic_score",
];
const METADATA_VALUES: &[&str] = &["download_failed", "parse_failed", "baseline_mismatch", "csam", "nsfw", "see_ref"];

const TEXTS: Rule = list(&TEXT);
const SIDE: Rule = Rule::Whole { min: 64, max: 3072, step: 64 };
const STRENGTH: Rule = number(0.01, 1.0);
const WEIGHT: Rule = number(-5.0, 5.0);

const LORA: Rule = Rule::Object(&[
    must("name", text(1, 255)),
    may("model", WEIGHT),
    may("clip", WEIGHT),
    may("inject_trigger", text(1, 30)),
    may("is_version", Rule::Flag),
]);

const TEXTUAL_INVERSION: Rule = Rule::Object(&[
    must("name", text(1, 255)),
    may("inject_ti", Rule::OneOf(&["prompt", "negprompt"])),
    may("strength", WEIGHT),
]);

const EXTRA_TEXT: Rule = Rule::Object(&[may("text", text(1, usize::MAX)), may("reference", text(3, usize::MAX))]);

const EXTRA_SOURCE_IMAGES: Rule =
    list(&Rule::Object(&[may("image", text(1, usize::MAX)), may("strength", number(f64::MIN, f64::MAX))]));

const IMAGE_PARAMS: Rule = Rule::Object(&[
    may("n", whole(1, 20)),
    may("steps", whole(1, 500)),
    may("seed", TEXT),
    may("seed_variation", whole(1, 1000)),
    may("control_type", Rule::OneOf(CONTROL_TYPES)),
    may("image_is_control", Rule::Flag),
    may("return_control_map", Rule::Flag),
    may("extra_texts", list(&EXTRA_TEXT)),
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

/// The body of `POST /generate/async`.
pub const IMAGE_ASK: Rule = Rule::Object(&[
    must("prompt", text(1, usize::MAX)),
    may("params", IMAGE_PARAMS),
    may("nsfw", Rule::Flag),
    may("trusted_workers", Rule::Flag),
    may("validated_backends", Rule::Flag),
    may("slow_workers", Rule::Flag),
    may("extra_slow_workers", Rule::Flag),
    may("censor_nsfw", Rule::Flag),
    may("workers", TEXTS),
    may("worker_blacklist", Rule::Flag),
    may("models", TEXTS),
    may("source_image", TEXT),
    may("source_processing", Rule::OneOf(SOURCE_PROCESSING)),
    may("source_mask", TEXT),
    may("extra_source_images", EXTRA_SOURCE_IMAGES),
    may("r2", Rule::Flag),
    may("shared", Rule::Flag),
    may("replacement_filter", Rule::Flag),
    may("dry_run", Rule::Flag),
    may("proxied_account", TEXT),
    may("disable_batching", Rule::Flag),
    may("allow_downgrade", Rule::Flag),
    may("webhook", text(10, 1024)),
    may("style", text(3, 1024)),
]);

const TEXT_PARAMS: Rule = Rule::Object(&[
    may("n", whole(1, 20)),
    may("max_context_length", whole(80, 1_048_576)),
    may("max_length", whole(16, 4096)),
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

/// The body of `POST /generate/text/async`. `prompt` is not required here: its absence is told in other words.
pub const TEXT_ASK: Rule = Rule::Object(&[
    may("prompt", TEXT),
    may("params", TEXT_PARAMS),
    may("softprompt", text(1, usize::MAX)),
    may("trusted_workers", Rule::Flag),
    may("validated_backends", Rule::Flag),
    may("slow_workers", Rule::Flag),
    may("extra_slow_workers", Rule::Flag),
    may("workers", TEXTS),
    may("worker_blacklist", Rule::Flag),
    may("models", TEXTS),
    may("dry_run", Rule::Flag),
    may("proxied_account", TEXT),
    may("extra_source_images", EXTRA_SOURCE_IMAGES),
    may("disable_batching", Rule::Flag),
    may("allow_downgrade", Rule::Flag),
    may("webhook", TEXT),
    may("style", text(3, 1024)),
]);

/// The body of `PUT /users/{id}`.
pub const USER_EDIT: Rule = Rule::Object(&[
    may("kudos", number(f64::MIN, f64::MAX)),
    may("concurrency", whole(0, 500)),
    may("usage_multiplier", number(0.1, 10.0)),
    may("worker_invited", WHOLE),
    may("moderator", Rule::Flag),
    may("public_workers", Rule::Flag),
    may("monthly_kudos", WHOLE),
    may("username", text(3, 100)),
    may("trusted", Rule::Flag),
    may("flagged", Rule::Flag),
    may("customizer", Rule::Flag),
    may("vpn", Rule::Flag),
    may("service", Rule::Flag),
    may("education", Rule::Flag),
    may("special", Rule::Flag),
    may("undelete", Rule::Flag),
    may("filtered", Rule::Flag),
    may("reset_suspicion", Rule::Flag),
    may("generate_proxy_passkey", Rule::Flag),
    may("contact", text(5, 500)),
    may("admin_comment", text(5, 500)),
]);

const POP_NAME: Field = may("name", TEXT);
const POP_PRIORITY: Field = may("priority_usernames", TEXTS);
const POP_NSFW: Field = may("nsfw", Rule::Flag);
const POP_MODELS: Field = may("models", list(&Rule::Text { min: 3, max: 255 }));
const POP_AGENT: Field = may("bridge_agent", text(0, 1000));
const POP_THREADS: Field = may("threads", whole(1, 50));
const POP_UPFRONT: Field = may("require_upfront_kudos", Rule::Flag);
const POP_AMOUNT: Field = may("amount", whole(1, 20));
const POP_SLOW: Field = may("extra_slow_worker", Rule::Flag);

/// The body of `POST /generate/pop`.
pub const IMAGE_POP: Rule = Rule::Object(&[
    POP_NAME,
    POP_PRIORITY,
    POP_NSFW,
    POP_MODELS,
    POP_AGENT,
    POP_THREADS,
    POP_UPFRONT,
    POP_AMOUNT,
    POP_SLOW,
    may("max_pixels", WHOLE),
    may("blacklist", TEXTS),
    may("allow_img2img", Rule::Flag),
    may("allow_painting", Rule::Flag),
    may("allow_unsafe_ipaddr", Rule::Flag),
    may("allow_post_processing", Rule::Flag),
    may("allow_controlnet", Rule::Flag),
    may("allow_sdxl_controlnet", Rule::Flag),
    may("allow_lora", Rule::Flag),
    may("limit_max_steps", Rule::Flag),
]);

/// The body of `POST /generate/text/pop`.
pub const TEXT_POP: Rule = Rule::Object(&[
    POP_NAME,
    POP_PRIORITY,
    POP_NSFW,
    POP_MODELS,
    POP_AGENT,
    POP_THREADS,
    POP_UPFRONT,
    POP_AMOUNT,
    POP_SLOW,
    may("max_length", WHOLE),
    may("max_context_length", WHOLE),
    may("softprompts", TEXTS),
]);

/// The body of `POST /generate/submit`.
pub const IMAGE_SUBMIT: Rule = Rule::Object(&[
    must("id", TEXT),
    may("generation", TEXT),
    may("state", Rule::OneOf(STATES)),
    must("seed", WHOLE),
    may("censored", Rule::Flag),
    may(
        "gen_metadata",
        list(&Rule::Object(&[
            must("type", Rule::OneOf(METADATA_TYPES)),
            must("value", Rule::OneOf(METADATA_VALUES)),
            may("ref", text(0, 255)),
        ])),
    ),
]);

/// The body of `POST /generate/text/submit`.
pub const TEXT_SUBMIT: Rule = Rule::Object(&[
    must("id", TEXT),
    may("generation", TEXT),
    may("state", Rule::OneOf(STATES)),
    may("seed", WHOLE),
    may(
        "gen_metadata",
        list(&Rule::Object(&[
            must("type", Rule::OneOf(&["censorship"])),
            must("value", Rule::OneOf(&["csam"])),
            may("ref", text(0, 255)),
        ])),
    ),
]);

/// A type of filters.
const FILTER_TYPE: Rule = whole(10, 29);

/// The body of `PUT /filters`.
pub const NEW_FILTER: Rule = Rule::Object(&[
    must("regex", TEXT),
    must("filter_type", FILTER_TYPE),
    may("description", TEXT),
    may("replacement", TEXT),
]);

/// The body of `PATCH /filters/{filter_id}`.
pub const FILTER_CHANGE: Rule = Rule::Object(&[
    may("regex", TEXT),
    may("filter_type", FILTER_TYPE),
    may("description", TEXT),
    may("replacement", TEXT),
]);

const PICTURE_RATING: Rule =
    Rule::Object(&[must("id", text(36, 36)), must("rating", whole(1, 10)), may("artifacts", whole(0, 5))]);

/// The body of `POST /generate/rate/{id}`.
pub const RATING: Rule = Rule::Object(&[may("best", text(36, 36)), may("ratings", list(&PICTURE_RATING))]);

/// The body of `POST /filters`.
pub const FILTER_TEST: Rule = Rule::Object(&[may("prompt", TEXT), may("filter_type", WHOLE)]);

#[cfg(test)]
mod tests;
