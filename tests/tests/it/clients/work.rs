//! Points 12 to 16: what workers pop and submit, and what requesters may say beside what is known.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::Method;
use serde_json::{Value, json};
use throng_tests::house::{House, Worker};

use super::doors::webp;

#[tokio::test(flavor = "multi_thread")]
async fn point_12_an_empty_picture_pop_has_the_shape_that_bridges_parse() {
    let house = House::new().await;
    let (ada, rig) = (house.user("ada").await, house.dreamer("rig").await);
    ada.asks_for(json!({"prompt": "p", "models": ["another"], "params": {"post_processing": ["GFPGAN"]}})).await;
    let pop = rig.tries_to_pop().await.json;
    assert_eq!((&pop["id"], &pop["ids"], &pop["model"]), (&Value::Null, &json!([]), &Value::Null), "{pop}");
    for member in ["r2_upload", "r2_uploads", "source_image", "source_mask", "ttl"] {
        assert!(pop.get(member).is_some_and(Value::is_null), "{member}: {pop}");
    }
    assert!(pop["payload"].is_object() && pop["skipped"]["models"].is_u64() && pop["messages"].is_array(), "{pop}");
}

#[tokio::test(flavor = "multi_thread")]
async fn point_12_a_picture_job_is_said_in_the_words_of_workers() {
    let house = House::new().await;
    let (ada, rig) = (house.user("ada").await, house.dreamer("rig").await.saying("amount", json!(2)));
    let source = STANDARD.encode(webp());
    ada.asks_for(json!({"prompt": "p", "models": ["throng-shapes"], "source_image": source,
        "params": {"steps": 12, "seed": "a word", "n": 2}}))
        .await;
    let job = rig.pops().await.expect("a job");
    assert_eq!((&job["ids"][0], job["r2_uploads"][0].is_string()), (&job["id"], true), "{job}");
    assert_eq!(job["r2_upload"], job["r2_uploads"][0]);
    let payload = &job["payload"];
    assert_eq!((&payload["ddim_steps"], payload["n_iter"].is_u64()), (&json!(12), true), "{payload}");
    assert!(payload.get("steps").is_none() && payload.get("n").is_none(), "{payload}");
    let seed = payload["seed"].as_str().expect("a text");
    assert!(!seed.is_empty() && seed.bytes().all(|byte| byte.is_ascii_digit()), "int({seed:?}) fails");
    for (member, fits) in [
        ("model", job["model"] == "throng-shapes"),
        ("source_image", job["source_image"].is_string()),
        ("source_processing", job["source_processing"] == "img2img"),
        ("skipped", job["skipped"].is_object()),
        ("ttl", job["ttl"].is_u64()),
        ("messages", job["messages"].is_array()),
    ] {
        assert!(fits, "{member}: {job}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn point_13_a_text_pop_has_every_key_and_its_payload_is_for_kobold() {
    let house = House::new().await;
    let (ada, pen) = (house.user("ada").await, house.scribe("pen").await);
    let empty = pen.tries_to_pop().await.json;
    ada.tries_to_ask_for_text(json!({"prompt": "{{[INPUT]}}hi{{[OUTPUT]}}", "models": ["throng-fables"],
        "params": {"stop_sequence": ["{{[INPUT]}}"], "max_length": 20, "n": 1}}))
        .await;
    let job = pen.tries_to_pop().await.json;
    for pop in [&empty, &job] {
        for key in ["id", "payload", "skipped", "softprompt", "model"] {
            assert!(pop.get(key).is_some(), "koboldcpp dies without {key}: {pop}");
        }
    }
    assert!(empty["id"].is_null() && job["id"].is_string());
    let payload = &job["payload"];
    assert_eq!((&payload["prompt"], &payload["n"]), (&json!("{{[INPUT]}}hi{{[OUTPUT]}}"), &json!(1)));
    assert_eq!((&payload["stop_sequence"], &payload["max_length"]), (&json!(["{{[INPUT]}}"]), &json!(20)));
    for forbidden in ["width", "length", "steps"] {
        assert!(payload.get(forbidden).is_none(), "bridges abort on {forbidden}");
    }
    let koboldcpp = json!({"name": "cpp", "models": ["throng-fables"], "max_length": 512, "max_context_length": 2048,
        "priority_usernames": [], "softprompts": [], "bridge_agent": "KoboldCppEmbedWorker:2:x", "threads": 2});
    let answer = house.call(Method::POST, "/api/v2/generate/text/pop", pen.key(), Some(koboldcpp)).await;
    assert_eq!(answer.status, 200, "neither nsfw nor amount is said: {}", answer.json);
}

#[tokio::test(flavor = "multi_thread")]
async fn point_14_a_submit_is_rewarded_with_a_number_whatever_is_left_out() {
    let house = House::new().await;
    let (ada, rig, pen) = (house.user("ada").await, house.dreamer("rig").await, house.scribe("pen").await);
    ada.asks_for_a_text().await;
    let job = pen.pops().await.expect("a job");
    let bare = json!({"id": job["id"], "generation": "a tale"});
    let answer = house.call(Method::POST, "/api/v2/generate/text/submit", pen.key(), Some(bare)).await;
    assert!(
        answer.status == 200 && answer.json["reward"].as_f64().is_some_and(|reward| reward > 0.0),
        "{}",
        answer.json
    );
    for state in ["ok", "censored", "csam", "faulted"] {
        ada.asks_for_an_image().await;
        let job = rig.pops().await.expect("a job");
        let seed = if state == "faulted" { -1 } else { 1 };
        let generation = if state == "faulted" { "faulted" } else { "R2" };
        let result = json!({"id": job["id"], "generation": generation, "seed": seed, "state": state});
        let answer = house.call(Method::POST, "/api/v2/generate/submit", rig.key(), Some(result)).await;
        assert!(answer.status == 200 && answer.json["reward"].is_number(), "{state}: {}", answer.json);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn point_15_alchemy_tells_objects_and_leaves_out_what_is_not_there() {
    let house = House::new().await;
    let forms = ["caption", "nsfw", "interrogation", "RealESRGAN_x4plus"];
    let (ada, still) = (house.user("ada").await, house.alchemist("still", &forms).await);
    let id = ada.asks_for_forms(&STANDARD.encode(webp()), &forms).await;
    let waiting = ada.looks_at_forms(&id).await;
    assert!(waiting["forms"].as_array().expect("forms").iter().all(|form| form.get("result").is_none()), "{waiting}");
    let results = [json!({"caption": "a cat"}), json!({"nsfw": false}), json!({"interrogation": {"tags": []}})];
    let popped = still.pops_forms().await;
    assert_eq!(popped.len(), 4);
    for (form, result) in popped.iter().zip(&results) {
        still.submits_form(form, result.clone()).await;
    }
    assert_eq!(ada.looks_at_forms(&id).await["state"], "processing");
    let link = popped[3]["r2_upload"].as_str().expect("a link");
    let put = hyper::Request::put(&link[link.find("/images/").expect("a path")..]);
    house.send(put.body(axum::body::Body::from(webp())).expect("a call")).await;
    still.submits_form(&popped[3], json!({"RealESRGAN_x4plus": "R2"})).await;
    let done = ada.looks_at_forms(&id).await;
    assert_eq!(done["state"], "done");
    for (form, result) in done["forms"].as_array().expect("forms").iter().zip(&results) {
        assert_eq!(&form["result"], result);
    }
    assert!(done["forms"][3]["result"]["RealESRGAN_x4plus"].as_str().is_some_and(|link| link.starts_with("http")));
}

#[tokio::test(flavor = "multi_thread")]
async fn point_16_unknown_members_are_ignored_at_every_level() {
    let house = House::new().await;
    let ada = house.user("ada").await;
    let image = json!({"prompt": "p", "use_gfpgan": true, "custom": [1], "params": {"use_gfpgan": true, "custom_sampler_fields": {}}});
    assert_eq!(ada.tries_to_ask(image).await.status, 202);
    let text = json!({"prompt": "p", "api_server": "x", "workers": [], "models": [],
        "params": {"custom_sampler_fields": {"a": 1}, "frmtnew": true, "api_server": "x"}});
    assert_eq!(ada.tries_to_ask_for_text(text).await.status, 202);
    let forms = json!({"source_image": STANDARD.encode(webp()), "x": 1, "forms": [{"name": "caption", "y": 2}]});
    assert_eq!(ada.tries_to_ask_for_forms(forms).await.status, 202);
    let rig = Worker::dreamer(&house, house.user("owner").await.key(), "rig")
        .saying("sampler_execution_contract_version", json!(3));
    assert_eq!(rig.tries_to_pop().await.status, 200);
    let seed = ada.tries_to_ask(json!({"prompt": "p", "params": {"seed": 7}})).await;
    assert_eq!(seed.status, 400, "a seed is a text");
}
