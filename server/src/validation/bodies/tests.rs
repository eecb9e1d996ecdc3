//! Every bound of the contract, from both sides.

use serde_json::{Value, json};

use super::*;
use crate::error::Error;
use crate::validation::check;

fn mistakes(rule: &Rule, body: &Value) -> Vec<(String, String)> {
    match check(rule, body) {
        Ok(()) => Vec::new(),
        Err(Error::Invalid(mistakes)) => mistakes.into_iter().collect(),
        Err(other) => panic!("{other}"),
    }
}

fn one(rule: &Rule, body: &Value, path: &str, sentence: &str) {
    assert_eq!(mistakes(rule, body), [(path.to_owned(), sentence.to_owned())], "{body}");
}

#[test]
fn mistakes_look_as_they_do_at_the_ai_horde() {
    let body = json!({"prompt": "", "params": {"loras": [{"model": 1}], "steps": "x"}});
    let expected = [
        ("params.loras.0.name", "'name' is a required property"),
        ("params.steps", "'x' is not of type 'integer'"),
        ("prompt", "'' should be non-empty"),
    ];
    let found = mistakes(&IMAGE_ASK, &body);
    let found: Vec<_> = found.iter().map(|(path, sentence)| (path.as_str(), sentence.as_str())).collect();
    assert_eq!(found, expected);
}

#[test]
fn the_root_must_be_an_object() {
    one(&IMAGE_ASK, &json!([]), "", "[] is not of type 'object'");
}

#[test]
fn null_and_coercion_are_refused_everywhere() {
    one(&IMAGE_ASK, &json!({"prompt": "a", "nsfw": null}), "nsfw", "None is not of type 'boolean'");
    one(&IMAGE_ASK, &json!({"prompt": "a", "nsfw": "true"}), "nsfw", "'true' is not of type 'boolean'");
    one(&IMAGE_ASK, &json!({"prompt": "a", "params": {"seed": 7}}), "params.seed", "7 is not of type 'string'");
    one(
        &IMAGE_ASK,
        &json!({"prompt": "a", "params": {"steps": 30.0}}),
        "params.steps",
        "30.0 is not of type 'integer'",
    );
    one(
        &IMAGE_ASK,
        &json!({"prompt": "a", "params": {"steps": true}}),
        "params.steps",
        "True is not of type 'integer'",
    );
}

#[test]
fn unknown_members_are_ignored() {
    let body =
        json!({"prompt": "a", "custom": null, "params": {"use_gfpgan": "?", "loras": [{"name": "x", "more": 1}]}});
    assert_eq!(mistakes(&IMAGE_ASK, &body), []);
}

#[test]
fn the_bounds_of_image_parameters_hold() {
    let table = [
        ("n", json!([1, 20]), json!([0, 21])),
        ("steps", json!([1, 500]), json!([0, 501])),
        ("width", json!([64, 3072]), json!([0, 63, 65, 3136])),
        ("height", json!([64, 3072]), json!([32, 100, 3136])),
        ("cfg_scale", json!([0, 100, 7.55]), json!([-0.1, 100.1])),
        ("denoising_strength", json!([0.01, 1.0]), json!([0, 1.01])),
        ("hires_fix_denoising_strength", json!([0.01, 1]), json!([0.009, 2])),
        ("clip_skip", json!([1, 12]), json!([0, 13])),
        ("seed_variation", json!([1, 1000]), json!([0, 1001])),
        ("facefixer_strength", json!([0, 1]), json!([-1, 1.5])),
        ("sampler_name", json!(["k_lms", "DDIM"]), json!(["plms", ""])),
        ("control_type", json!(["canny", "hough"]), json!(["mlsd"])),
        ("post_processing", json!([[], ["GFPGAN", "NMKD_Siax"]]), json!([["GFPGAN", "GFPGAN"], ["x"]])),
        ("workflow", json!(["qr_code"]), json!(["other"])),
        ("special", json!([{}, {"a": {}}]), json!([{"a": 1}, []])),
    ];
    for (name, good, bad) in table {
        for value in good.as_array().unwrap() {
            assert_eq!(mistakes(&IMAGE_ASK, &json!({"prompt": "a", "params": {name: value}})), [], "{name} {value}");
        }
        for value in bad.as_array().unwrap() {
            assert_eq!(
                mistakes(&IMAGE_ASK, &json!({"prompt": "a", "params": {name: value}})).len(),
                1,
                "{name} {value}"
            );
        }
    }
}

#[test]
fn the_bounds_of_text_parameters_hold() {
    let table = [
        ("n", 1.0, 20.0, true),
        ("max_context_length", 80.0, 1_048_576.0, true),
        ("max_length", 16.0, 4096.0, true),
        ("rep_pen", 1.0, 3.0, false),
        ("rep_pen_range", 0.0, 4096.0, true),
        ("rep_pen_slope", 0.0, 10.0, false),
        ("temperature", 0.0, 5.0, false),
        ("tfs", 0.0, 1.0, false),
        ("top_a", 0.0, 1.0, false),
        ("top_k", 0.0, 200.0, true),
        ("top_p", 0.001, 1.0, false),
        ("typical", 0.0, 1.0, false),
        ("min_p", 0.0, 1.0, false),
        ("smoothing_factor", 0.0, 10.0, false),
        ("dynatemp_range", 0.0, 5.0, false),
        ("dynatemp_exponent", 0.0, 5.0, false),
    ];
    for (name, least, most, whole) in table {
        let value = |number: f64| if whole { json!(number as i64) } else { json!(number) };
        let step = if whole { 1.0 } else { 0.0005 };
        for good in [least, most] {
            assert_eq!(mistakes(&TEXT_ASK, &json!({"params": {name: value(good)}})), [], "{name} {good}");
        }
        for bad in [least - step, most + step] {
            assert_eq!(mistakes(&TEXT_ASK, &json!({"params": {name: value(bad)}})).len(), 1, "{name} {bad}");
        }
    }
}

#[test]
fn the_bounds_of_pops_and_submits_hold() {
    for rule in [&IMAGE_POP, &TEXT_POP] {
        assert_eq!(mistakes(rule, &json!({"name": "rig", "amount": 20, "threads": 50})), []);
        for bad in [
            json!({"amount": 0}),
            json!({"amount": 21}),
            json!({"threads": 51}),
            json!({"models": ["ab"]}),
            json!({"name": null}),
        ] {
            assert_eq!(mistakes(rule, &bad).len(), 1, "{bad}");
        }
    }
    one(&IMAGE_SUBMIT, &json!({"id": "x", "generation": "R2"}), "seed", "'seed' is a required property");
    assert_eq!(mistakes(&TEXT_SUBMIT, &json!({"id": "x", "generation": "a"})), []);
    let metadata = json!({"id": "x", "seed": 1, "gen_metadata": [{"type": "lora", "value": "nsfw"}, {"type": "?", "value": "nsfw"}]});
    assert_eq!(mistakes(&IMAGE_SUBMIT, &metadata).len(), 1);
    assert_eq!(mistakes(&TEXT_SUBMIT, &metadata).len(), 4);
}

#[test]
fn lengths_are_counted_in_characters() {
    let name = "ü".repeat(255);
    assert_eq!(mistakes(&IMAGE_ASK, &json!({"prompt": "a", "params": {"loras": [{"name": name}]}})), []);
    let name = "ü".repeat(256);
    assert_eq!(mistakes(&IMAGE_ASK, &json!({"prompt": "a", "params": {"loras": [{"name": name}]}})).len(), 1);
}

#[test]
fn bodies_about_workers_and_teams_have_their_bounds() {
    use fleet::{ADD_TIMEOUT, CREATE_TEAM, MODIFY_TEAM, MODIFY_WORKER, WORKER_MESSAGE, WORKER_TIMEOUT};
    let text = |length: usize| "x".repeat(length);
    for (rule, good, bad) in [
        (MODIFY_WORKER, json!({"name": text(5), "info": "", "team": text(36)}), json!({"name": text(4)})),
        (MODIFY_WORKER, json!({"name": text(100), "info": text(1000)}), json!({"info": text(1001)})),
        (MODIFY_WORKER, json!({"maintenance": true, "paused": false}), json!({"team": text(37)})),
        (WORKER_MESSAGE, json!({"message": text(10_240), "expiry": 720}), json!({"message": text(10_241)})),
        (WORKER_MESSAGE, json!({"message": "x", "worker_id": text(36)}), json!({"message": "x", "expiry": 0})),
        (WORKER_MESSAGE, json!({"message": "x", "origin": text(255)}), json!({"origin": "x"})),
        (CREATE_TEAM, json!({"name": text(3), "info": text(3)}), json!({"info": text(3)})),
        (MODIFY_TEAM, json!({}), json!({"name": text(101)})),
        (ADD_TIMEOUT, json!({"ipaddr": text(7), "hours": 1}), json!({"ipaddr": text(41), "hours": 1})),
        (ADD_TIMEOUT, json!({"ipaddr": text(40), "hours": 720}), json!({"ipaddr": text(7)})),
        (WORKER_TIMEOUT, json!({"days": 30}), json!({"days": 31})),
    ] {
        assert_eq!(mistakes(&rule, &good), [], "{good}");
        assert_eq!(mistakes(&rule, &bad).len(), 1, "{bad}");
    }
}
