//! Points 8 to 11: progress, and what requesters get.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::{Method, Request};
use serde_json::{Value, json};
use throng_tests::house::{House, Requester, Worker};

use super::doors::webp;

/// Lets a picture be made, and returns the status.
async fn made(house: &House, ada: &Requester<'_>, rig: &Worker<'_>, wish: Value) -> (String, Value) {
    let id = ada.asks_for(wish).await;
    let job = rig.pops().await.expect("a job");
    let result = json!({"id": job["id"], "generation": STANDARD.encode(webp()), "seed": 7});
    let submitted = house.call(Method::POST, "/api/v2/generate/submit", rig.key(), Some(result)).await;
    assert_eq!(submitted.status, 200, "{}", submitted.json);
    let status = ada.looks_at(&id).await;
    (id, status)
}

fn wish() -> Value {
    json!({"prompt": "p", "models": ["throng-shapes"]})
}

#[tokio::test(flavor = "multi_thread")]
async fn point_08_no_message_where_all_is_well() {
    let house = House::new().await;
    let (ada, rig, pen) = (house.user("ada").await, house.dreamer("rig").await, house.scribe("pen").await);
    let text = ada.asks_for_a_text().await;
    assert!(ada.reads(&text).await.get("message").is_none(), "waiting");
    pen.submits(&pen.pops().await.expect("a job")).await;
    assert!(ada.reads(&text).await.get("message").is_none(), "done");
    let (id, status) = made(&house, &ada, &rig, wish()).await;
    assert!(status.get("message").is_none() && ada.checks(&id).await.get("message").is_none());
    assert!(ada.account().await.get("message").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn point_09_progress_always_has_every_member_with_its_type() {
    let house = House::new().await;
    let (ada, rig) = (house.user("ada").await, house.dreamer("rig").await);
    let text = ada.asks_for_a_text().await;
    let waiting = ada.asks_for_an_image().await;
    let (done, _) = made(&house, &ada, &rig, wish()).await;
    let cancelled = ada.asks_for_an_image().await;
    ada.cancels(&cancelled).await;
    let mut seen = vec![ada.reads(&text).await];
    for id in [waiting, done, cancelled] {
        let check = ada.checks(&id).await;
        assert!(check.get("generations").is_none(), "Godot takes it as final: {check}");
        seen.extend([check, ada.looks_at(&id).await]);
    }
    for progress in seen {
        for member in ["finished", "processing", "restarted", "waiting", "wait_time", "queue_position"] {
            assert!(progress[member].is_u64(), "{member}: {progress}");
        }
        for member in ["done", "faulted", "is_possible"] {
            assert!(progress[member].is_boolean(), "{member}: {progress}");
        }
        assert!(progress["kudos"].is_number(), "{progress}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn point_10_a_picture_is_a_link_or_bare_base64_of_webp() {
    let house = House::new().await;
    let (ada, rig) = (house.user("ada").await, house.dreamer("rig").await);
    let mut inline = wish();
    inline["r2"] = json!(false);
    let (_, status) = made(&house, &ada, &rig, inline).await;
    let generation = &status["generations"][0];
    for (member, kind) in [("seed", "7"), ("model", "throng-shapes"), ("state", "ok"), ("worker_name", "rig")] {
        assert_eq!(generation[member], kind, "{generation}");
    }
    for member in ["id", "worker_id"] {
        assert_eq!(generation[member].as_str().map(str::len), Some(36), "{generation}");
    }
    assert!(generation["censored"].is_boolean() && generation["gen_metadata"].is_array(), "{generation}");
    let bytes = STANDARD.decode(generation["img"].as_str().expect("a picture")).expect("bare base64");
    let decoded = image::load_from_memory_with_format(&bytes, image::ImageFormat::WebP).expect("WebP").to_rgb8();
    assert!(decoded.get_pixel(0, 0).0[0] > 150, "the colour survives");
}

#[tokio::test(flavor = "multi_thread")]
async fn point_10_a_link_says_https_and_who_needs_it_at_the_front_gets_the_picture() {
    let house = House::new().await;
    let (ada, rig) = (house.user("ada").await, house.dreamer("rig").await);
    let (id, status) = made(&house, &ada, &rig, wish()).await;
    let link = status["generations"][0]["img"].as_str().expect("a link").to_owned();
    assert!(link.starts_with("http") && link.contains("https"), "{link}");
    let picture = house.call(Method::GET, &link[link.find("/images/").expect("a path")..], "", None).await;
    assert_eq!((picture.status.as_u16(), &picture.body[8..12]), (200, &b"WEBP"[..]));
    for agent in ["krita-ai-horde:2:x", "AiHordeGimp:1:x", "aihordeclient:1:x"] {
        let request = Request::get(format!("/api/v2/generate/status/{id}")).header("client-agent", agent);
        let answer = house.send(request.body(axum::body::Body::empty()).expect("a request")).await;
        let picture = answer.json["generations"][0]["img"].as_str().unwrap_or_default().to_owned();
        assert!(link.starts_with("https://") || STANDARD.decode(&picture).is_ok(), "{agent}: {picture}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn point_11_a_text_has_a_whole_seed_and_no_id() {
    let house = House::new().await;
    let (ada, pen) = (house.user("ada").await, house.scribe("pen").await);
    let id = ada.asks_for_a_text().await;
    pen.submits(&pen.pops().await.expect("a job")).await;
    let generation = ada.reads(&id).await["generations"][0].clone();
    let members: Vec<&str> = generation.as_object().expect("an object").keys().map(String::as_str).collect();
    let mut expected = ["gen_metadata", "model", "seed", "state", "text", "worker_id", "worker_name"];
    expected.sort_unstable();
    let mut told = members.clone();
    told.sort_unstable();
    assert_eq!(told, expected);
    assert!(generation["seed"].is_i64() && generation["gen_metadata"].is_array(), "{generation}");
}
