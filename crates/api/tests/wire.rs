//! What the wire looks like, member by member: what is there, what is null, what is left out; and what foreign servers may send.
//! The bodies marked "observed" are those of a live AI Horde.

#![expect(
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "helpers of tests fail as tests do, and take what json! makes"
)]

use std::collections::BTreeSet;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use throng_api::pop::skip::ALWAYS_FOR_IMAGES;
use throng_api::pop::{self, Skipped};
use throng_api::submit::{State, Submit, Submitted};
use throng_api::{alchemy, image, status, text, users, workers};

fn written(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

/// Reads an observed body and writes it again: nothing may be added, lost or changed.
fn same<T: DeserializeOwned + Serialize>(observed: Value) {
    assert_eq!(written(&read::<T>(observed.clone())), observed);
}

fn members(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn observed_bodies_survive_reading_and_writing() {
    same::<image::Accepted>(json!({"id": "faefbc8c-48b0-43b1-bd17-8dc9489bb2cb", "kudos": 12.0, "message": "m",
        "warnings": [{"code": "NoAvailableWorker", "message": "m"}]}));
    same::<image::Accepted>(json!({"kudos": 10.0}));
    same::<image::Progress>(
        json!({"finished": 0, "processing": 0, "restarted": 0, "waiting": 2, "done": false, "faulted": false,
        "wait_time": 0, "queue_position": 0, "kudos": 3.0, "is_possible": false}),
    );
    same::<pop::image::Popped>(
        json!({"payload": {"prompt": "a cat###dog", "ddim_steps": 30, "n_iter": 2, "seed": "42",
        "image_is_control": false, "return_control_map": false, "sampler_name": "k_euler_a", "cfg_scale": 5.0, "height": 768,
        "width": 512, "karras": true, "tiling": false, "hires_fix": false,
        "loras": [{"name": "x", "model": 1.0, "clip": 1.0, "is_version": false}], "tis": [{"name": "y", "strength": 1.0}],
        "transparent": false}, "id": "4af1e085", "ids": ["4af1e085", "4da69cce"],
        "messages": [{"id": "09b86485", "message": "hello", "origin": "AI Horde Moderators", "expiry": "Sun, 22 Nov 2026 15:41:08 -0000"}],
        "ttl": 150, "skipped": {}, "model": "Fustercluck", "source_image": null, "source_processing": "img2img", "source_mask": null,
        "extra_source_images": null, "r2_upload": "u", "r2_uploads": ["u", "v"]}),
    );
    same::<alchemy::Accepted>(json!({"id": "fc221c29-f5fe-4a30-bc94-9e1a9c57b164"}));
    same::<alchemy::Status>(json!({"state": "processing", "forms": [{"form": "GFPGAN", "state": "processing"},
        {"form": "caption", "state": "done", "result": {"caption": "a cat"}}]}));
    same::<pop::alchemy::Popped>(json!({"forms": [{"id": "36fa6f22", "form": "caption", "source_image": "u"},
        {"id": "208d4c76", "form": "GFPGAN", "source_image": "u", "r2_upload": "v"}], "skipped": {}}));
    same::<pop::alchemy::Popped>(json!({"forms": null, "skipped": {}}));
    same::<Submitted>(json!({"reward": 24.88}));
    same::<image::Status>(json!({"generations": [{"img": "u", "seed": "42", "id": "4af1e085", "censored": true,
        "gen_metadata": [{"type": "censorship", "value": "nsfw"}], "worker_id": "1734d2cd", "worker_name": "exw1",
        "model": "Fustercluck", "state": "ok"}], "shared": false, "finished": 1, "processing": 1, "restarted": 0, "waiting": 0,
        "done": false, "faulted": false, "wait_time": 11, "queue_position": 0, "kudos": 4.0, "is_possible": true}));
    same::<status::Heartbeat>(
        json!({"message": "OK", "version": "5.1.5", "queue": 0, "threads": 16, "active_count": 0,
        "db_connection": true}),
    );
    same::<workers::WorkerDetails>(json!({"requests_fulfilled": 1, "kudos_rewards": 1.0,
        "kudos_details": {"generated": null, "uptime": null}, "performance": "0.2 seconds per form", "threads": 1, "uptime": 1,
        "maintenance_mode": false, "nsfw": false, "trusted": true, "flagged": false, "uncompleted_jobs": 0, "forms": ["nsfw"],
        "team": {"name": null, "id": null}, "bridge_agent": "x:1:y", "type": "interrogation", "name": "exalch", "id": "a4fde9f2",
        "online": true}));
}

#[test]
fn absent_members_take_the_effective_defaults() {
    let ask: image::Ask = read(json!({"prompt": "a"}));
    assert_eq!(ask, image::Ask::new("a"));
    assert!(ask.nsfw && ask.censor_nsfw && ask.slow_workers && ask.r2 && ask.replacement_filter);
    assert!(!ask.validated_backends && !ask.trusted_workers && !ask.shared);
    assert_eq!(ask.models, ["stable_diffusion"]);
    let params = &ask.params;
    assert_eq!((params.width, params.height, params.n, params.effective_steps()), (512, 512, 1, 30));
    assert_eq!((params.sampler_name.as_str(), params.cfg_scale, params.karras), ("k_euler_a", 5.0, true));

    let any_model: image::Ask = read(json!({"prompt": "a", "models": []}));
    assert!(any_model.models.is_empty());

    let text: text::Ask = read(json!({"prompt": "a", "params": {}, "workers": []}));
    assert_eq!(text, text::Ask::new("a"));
    assert!(text.models.is_empty() && !text.validated_backends && text.slow_workers);

    let pop: pop::image::Pop = read(json!({"name": "rig"}));
    assert_eq!(pop, pop::image::Pop::new("rig"));
    assert!(pop.terms.nsfw && pop.allow_img2img && pop.allow_painting);
    assert!(pop.allow_post_processing && pop.allow_unsafe_ipaddr);
    assert!(!pop.allow_lora && !pop.allow_controlnet && !pop.limit_max_steps && !pop.terms.extra_slow_worker);
    assert_eq!(
        (pop.max_pixels, pop.terms.amount, pop.worker.threads, pop.worker.bridge_agent.as_str()),
        (262_144, 1, 1, "unknown:0:unknown")
    );

    let pop: pop::text::Pop = read(json!({"name": "rig"}));
    assert_eq!(pop, pop::text::Pop::new("rig"));
    assert_eq!((pop.max_length, pop.max_context_length), (512, 2048));

    let pop: pop::alchemy::Pop = read(json!({"name": "rig"}));
    assert_eq!(pop, pop::alchemy::Pop::new("rig"));
    assert_eq!((pop.amount, pop.max_tiles, pop.worker.threads), (1, 80, 1));

    let submit: Submit = read(json!({"id": "x", "generation": "a text"}));
    assert_eq!((submit.state, submit.seed), (State::Ok, None));
}

#[test]
fn a_pop_is_flat_although_its_common_members_are_written_once() {
    let (worker, models) = (["name", "bridge_agent", "threads"], ["nsfw", "models", "require_upfront_kudos"]);
    let common: BTreeSet<&str> = worker.into_iter().chain(models).chain(["amount", "extra_slow_worker"]).collect();
    let of_text = written(&pop::text::Pop::new("rig"));
    assert_eq!(members(&of_text), common.iter().copied().chain(["max_length", "max_context_length"]).collect());
    let of_images = written(&pop::image::Pop::new("rig"));
    let flags = ["img2img", "painting", "unsafe_ipaddr", "post_processing", "controlnet", "sdxl_controlnet", "lora"];
    let flags: Vec<String> = flags.iter().map(|flag| format!("allow_{flag}")).collect();
    let flags = flags.iter().map(String::as_str).chain(["max_pixels", "limit_max_steps"]);
    assert_eq!(members(&of_images), common.iter().copied().chain(flags).collect());
    let of_alchemy = written(&pop::alchemy::Pop::new("rig"));
    assert_eq!(members(&of_alchemy), worker.into_iter().chain(["forms", "amount", "max_tiles"]).collect());
}

#[test]
fn pops_that_say_everything_survive_reading_and_writing() {
    let text = json!({"name": "rig", "priority_usernames": ["ada#1"], "bridge_agent": "x:1:y", "threads": 3, "nsfw": false,
        "models": ["m", "n"], "require_upfront_kudos": true, "amount": 5, "extra_slow_worker": true, "max_length": 80,
        "max_context_length": 4096, "softprompts": ["s"]});
    same::<pop::text::Pop>(text);
    same::<pop::image::Pop>(
        json!({"name": "rig", "priority_usernames": ["ada#1"], "bridge_agent": "x:1:y", "threads": 3,
        "nsfw": false, "models": ["m"], "require_upfront_kudos": true, "amount": 5, "extra_slow_worker": true,
        "max_pixels": 1_048_576, "blacklist": ["w"], "allow_img2img": false, "allow_painting": false,
        "allow_unsafe_ipaddr": false, "allow_post_processing": false, "allow_controlnet": true, "allow_sdxl_controlnet": true,
        "allow_lora": true, "limit_max_steps": true}),
    );
    same::<pop::alchemy::Pop>(
        json!({"name": "rig", "priority_usernames": ["ada#1"], "bridge_agent": "x:1:y", "threads": 3,
        "forms": ["caption"], "amount": 5, "max_tiles": 16}),
    );
    let lenient: pop::text::Pop = read(json!({"name": "rig", "unheard_of": {"deep": [1, null]}, "max_pixels": "many"}));
    assert_eq!(lenient, pop::text::Pop::new("rig"));
}

#[test]
fn a_mistake_in_a_common_member_is_told_in_the_words_of_any_other() {
    for (body, words) in [
        (json!({}), "missing field `name`"),
        (json!({"name": "rig", "threads": -1}), "invalid value: integer `-1`, expected u32"),
        (json!({"name": "rig", "threads": 2.5}), "invalid type: floating point `2.5`, expected u32"),
        (json!({"name": "rig", "bridge_agent": null}), "invalid type: null, expected a string"),
        (json!({"name": "rig", "priority_usernames": "ada#1"}), "invalid type: string \"ada#1\", expected a sequence"),
    ] {
        let wrong = [
            serde_json::from_value::<pop::image::Pop>(body.clone()).unwrap_err(),
            serde_json::from_value::<pop::text::Pop>(body.clone()).unwrap_err(),
            serde_json::from_value::<pop::alchemy::Pop>(body.clone()).unwrap_err(),
        ];
        assert_eq!(wrong.map(|error| error.to_string()), [words; 3], "{body}");
    }
    let own = json!({"name": "rig", "max_pixels": -1});
    let own = serde_json::from_value::<pop::image::Pop>(own).unwrap_err();
    assert_eq!(own.to_string(), "invalid value: integer `-1`, expected u64");
}

#[test]
fn steps_with_a_control_map_are_fewer() {
    for (params, steps) in [
        (json!({}), 30),
        (json!({"steps": 100}), 100),
        (json!({"control_type": "canny"}), 20),
        (json!({"control_type": "canny", "steps": 100}), 40),
        (json!({"control_type": "canny", "steps": 12}), 12),
    ] {
        assert_eq!(read::<image::Params>(params.clone()).effective_steps(), steps, "{params}");
    }
}

#[test]
fn a_dry_run_tells_the_price_and_nothing_else() {
    let priced = image::Accepted { id: None, kudos: 10.0, message: None, warnings: None };
    assert_eq!(serde_json::to_string(&priced).unwrap(), r#"{"kudos":10.0}"#);
}

#[test]
fn a_status_never_carries_a_message_and_progress_never_carries_generations() {
    let progress = image::Progress::default();
    let ten = [
        "done",
        "faulted",
        "finished",
        "is_possible",
        "kudos",
        "processing",
        "queue_position",
        "restarted",
        "wait_time",
        "waiting",
    ];
    assert_eq!(members(&written(&progress)), BTreeSet::from(ten));
    let of_images = written(&image::Status { generations: Vec::new(), shared: false, progress: progress.clone() });
    assert_eq!(members(&of_images), ten.into_iter().chain(["generations", "shared"]).collect());
    let of_texts = written(&text::Status { generations: Vec::new(), progress });
    assert_eq!(members(&of_texts), ten.into_iter().chain(["generations"]).collect());
}

#[test]
fn a_finished_text_has_a_number_for_a_seed_and_no_id() {
    let text = text::Generation {
        text: "once".into(),
        seed: 0,
        gen_metadata: Vec::new(),
        worker_id: "w".into(),
        worker_name: "rig".into(),
        model: "m".into(),
        state: "ok".into(),
    };
    let expected = json!({"text": "once", "seed": 0, "gen_metadata": [], "worker_id": "w", "worker_name": "rig", "model": "m", "state": "ok"});
    assert_eq!(written(&text), expected);
}

#[test]
fn an_image_pop_without_work_shows_nulls_published_defaults_and_counts() {
    let counted = Skipped::from([("models".to_owned(), 3), ("max_pixels".to_owned(), 0), ("blacklist".to_owned(), 1)]);
    let popped = written(&pop::image::Popped::nothing(&counted, Vec::new()));
    for name in ["id", "ttl", "model", "r2_upload", "r2_uploads", "source_image", "source_mask", "extra_source_images"]
    {
        assert_eq!(popped.get(name), Some(&Value::Null), "{name}");
    }
    assert_eq!(
        (&popped["ids"], &popped["messages"], &popped["source_processing"]),
        (&json!([]), &json!([]), &json!("img2img"))
    );
    let payload = json!({"ddim_steps": 30, "n_iter": 1, "cfg_scale": 7.5, "height": 512, "width": 512, "sampler_name": "k_euler_a",
        "karras": false, "tiling": false, "hires_fix": false, "transparent": false, "image_is_control": false, "return_control_map": false});
    assert_eq!(popped["payload"], payload);
    let skipped = &popped["skipped"];
    assert_eq!(members(skipped), ALWAYS_FOR_IMAGES.into_iter().chain(["blacklist"]).collect());
    assert_eq!((&skipped["models"], &skipped["nsfw"], &skipped["post-processing"]), (&json!(3), &json!(0), &json!(0)));
}

#[test]
fn a_text_pop_without_work_shows_every_key_that_bridges_index() {
    let popped = written(&pop::text::Popped::nothing(&Skipped::new(), Vec::new()));
    let expected = json!({"payload": {"max_context_length": 2048, "max_length": 80, "min_p": 0.0, "smoothing_factor": 0.0,
        "dynatemp_range": 0.0, "dynatemp_exponent": 1.0}, "id": null, "ids": [], "messages": [], "ttl": null,
        "extra_source_images": null, "skipped": {}, "softprompt": null, "model": null});
    assert_eq!(popped, expected);
}

#[test]
fn a_text_payload_holds_what_was_asked_for_and_the_published_defaults() {
    let asked: text::Params = read(json!({"n": 3, "temperature": 0.7, "stop_sequence": ["\n"], "frmtriminc": true}));
    let params = text::Params { n: Some(1), ..asked }.published();
    let payload = written(&pop::text::Payload { prompt: Some("once".into()), params });
    let expected = json!({"prompt": "once", "n": 1, "max_context_length": 2048, "max_length": 80, "temperature": 0.7,
        "stop_sequence": ["\n"], "min_p": 0.0, "smoothing_factor": 0.0, "dynatemp_range": 0.0, "dynatemp_exponent": 1.0});
    assert_eq!(payload, expected);
}

#[test]
fn answers_of_other_servers_are_read_leniently() {
    let popped: pop::image::Popped =
        read(json!({"id": null, "ids": null, "payload": {}, "skipped": null, "messages": null, "more": 1}));
    assert_eq!((popped.id, popped.ids.len(), popped.payload.ddim_steps), (None, 0, 30));
    let popped: pop::image::Popped =
        read(json!({"id": "x", "payload": {"seed": 42, "tiling": null, "use_nsfw_censor": null}}));
    assert_eq!(popped.payload.seed.as_deref(), Some("42"));
    let popped: pop::text::Popped =
        read(json!({"id": "x", "payload": {"prompt": "a", "max_length": 80, "top_k": 100, "new": {}}}));
    assert_eq!((popped.payload.params.top_k, popped.payload.prompt.as_deref()), (Some(100), Some("a")));
    assert_eq!(read::<Submitted>(json!({"reward": null})).reward.to_bits(), 0.0_f64.to_bits());
    let user: users::UserDetails =
        read(json!({"username": "ada#1", "id": 1, "kudos": 5, "usage": {"megapixelsteps": null}, "x": 1}));
    assert_eq!((user.username.as_str(), user.contact), ("ada#1", None));
}

#[test]
fn a_fault_is_reported_in_words_that_every_server_understands() {
    assert_eq!(
        written(&Submit::faulted("x")),
        json!({"id": "x", "generation": "faulted", "seed": -1, "state": "faulted"})
    );
}

#[test]
fn a_user_without_a_sight_on_more_shows_no_nulls_at_the_top() {
    let user = users::UserDetails { usage: Some(users::Usage::default()), ..users::UserDetails::default() };
    let user = written(&user);
    assert!(user.as_object().unwrap().values().all(|member| !member.is_null()));
    assert_eq!(user["usage"], json!({"megapixelsteps": null, "requests": null}));
}

#[test]
fn modes_hide_the_raid_mode_from_the_public() {
    assert_eq!(written(&status::Modes::default()), json!({"maintenance_mode": false, "invite_only_mode": false}));
}
