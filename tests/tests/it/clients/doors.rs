//! Points 1 to 7: addresses, headers, keys, browsers, status codes, errors, and the words in them.

use std::time::Duration;

use axum::body::Body;
use hyper::{Method, Request};
use serde_json::json;
use throng_tests::house::House;

#[tokio::test(flavor = "multi_thread")]
async fn point_01_slashes_empty_queries_and_unknown_queries_are_taken() {
    let house = House::new().await;
    let rig = house.dreamer("rig").await;
    rig.pops().await;
    let ada = house.stranger();
    for path in ["/api/v2/status/heartbeat/", "/api/v2/status/models/?type=image", "/api/v2/users/?page=1"] {
        ada.gets(path).await;
    }
    let all = ada.gets("/api/v2/workers?type=").await;
    assert_eq!((all.as_array().map(Vec::len), &all[0]["name"]), (Some(1), &json!("rig")), "an empty type means all");
    assert_eq!(ada.gets("/api/v2/workers?type=image&colour=red&x").await, all);
    let id = ada.asks_for_an_image().await;
    assert_eq!(ada.gets(&format!("/api/v2/generate/check/{id}/")).await["waiting"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn point_02_headers_are_read_in_any_case_and_none_is_needed() {
    let house = House::new().await;
    let ada = house.user("ada").await;
    for name in ["apikey", "Apikey", "APIKEY"] {
        for (agent, value) in [("client-agent", "a:1:b"), ("client_agent", "horde_sdk:1:b"), ("x-nothing", "x")] {
            let request = Request::get("/api/v2/find_user").header(name, ada.key()).header(agent, value);
            let answer = house.send(request.body(Body::empty()).expect("a request")).await;
            assert_eq!((answer.status.as_u16(), &answer.json["username"]), (200, &json!("ada#1")), "{name} {agent}");
        }
    }
    let masked = Request::get("/api/v2/find_user").header("apikey", ada.key()).header("X-Fields", "{username}");
    assert_eq!(house.send(masked.body(Body::empty()).expect("a request")).await.json, json!({"username": "ada#1"}));
    let proxied =
        Request::get("/api/v2/users/1").header("Proxied-For", "203.0.113.1").header("Proxy-Authorization", "x");
    assert_eq!(house.send(proxied.body(Body::empty()).expect("a request")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn point_03_keys_have_22_characters_and_shared_ones_36() {
    let house = House::new().await;
    for name in ["ada", "bob", "cy"] {
        let user = house.user(name).await;
        assert_eq!(user.key().len(), 22);
        assert!(user.key().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
        let shared = house.call(Method::PUT, "/api/v2/sharedkeys", user.key(), Some(json!({"kudos": 1}))).await.json;
        let shared = shared["id"].as_str().expect("an id").to_owned();
        assert_eq!((shared.len(), shared.matches('-').count()), (36, 4));
    }
    assert_eq!(house.stranger().account().await["username"], "Anonymous#0");
}

#[tokio::test(flavor = "multi_thread")]
async fn point_04_a_browser_may_call_from_anywhere_and_fetch_pictures() {
    let house = House::new().await;
    let origin = |answer: &throng_tests::wire::Answer| {
        let header = answer.headers.get("access-control-allow-origin");
        header.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    for (path, method) in [
        ("/api/v2/generate/check/x", "GET"),
        ("/api/v2/users/1", "PUT"),
        ("/api/v2/teams/x", "PATCH"),
        ("/api/v2/generate/status/x", "DELETE"),
        ("/api/v2/generate/async", "POST"),
    ] {
        let preflight = Request::options(path)
            .header("origin", "https://somewhere.example")
            .header("access-control-request-method", method)
            .header("access-control-request-headers", "apikey,client-agent,content-type,x-fields")
            .body(Body::empty())
            .expect("a request");
        let answer = house.send(preflight).await;
        assert!(answer.status.is_success() && origin(&answer) == "*", "{path}");
        let told = |name: &str| answer.headers[name].to_str().unwrap_or_default().to_lowercase();
        for header in ["apikey", "client-agent", "content-type", "x-fields"] {
            assert!(told("access-control-allow-headers").contains(header), "{header}");
        }
        assert!(told("access-control-allow-methods").contains(&method.to_lowercase()), "{path} {method}");
    }
    for path in ["/api/v2/find_user", "/api/v2/nowhere", "/images/none.webp?expires=1&signature=x", "/api/v2/workers"] {
        assert_eq!(origin(&house.call(Method::GET, path, "wrong", None).await), "*", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn point_05_asking_is_202_a_dry_run_200_and_an_upload_200() {
    let house = House::new().await;
    let (ada, rig) = (house.user("ada").await, house.dreamer("rig").await);
    let asked = ada.tries_to_ask(json!({"prompt": "p", "models": ["throng-shapes"]})).await;
    assert_eq!(asked.status, 202);
    assert!(asked.json["id"].is_string() && asked.json["kudos"].is_number(), "{}", asked.json);
    let dry = ada.tries_to_ask(json!({"prompt": "p", "dry_run": true})).await;
    let members: Vec<&str> = dry.json.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!((dry.status.as_u16(), members), (200, vec!["kudos"]));
    assert_eq!(ada.tries_to_ask_for_text(json!({"prompt": "p"})).await.status, 202);
    let job = rig.pops().await.expect("a job");
    let link = job["r2_upload"].as_str().expect("a link");
    let put =
        Request::put(&link[link.find("/images/").expect("a picture")..]).body(Body::from(webp())).expect("a call");
    assert_eq!(house.send(put).await.status.as_u16(), 200, "201 and 204 are failures to workers");
}

/// A picture as workers send them.
pub(super) fn webp() -> Vec<u8> {
    let mut picture = Vec::new();
    image::codecs::webp::WebPEncoder::new_lossless(&mut picture)
        .encode(&[200, 30, 30], 1, 1, image::ExtendedColorType::Rgb8)
        .expect("a small picture");
    picture
}

#[tokio::test(flavor = "multi_thread")]
async fn point_06_every_error_is_json_with_a_message_and_only_bad_fields_have_errors() {
    let house = House::new().await;
    let ada = house.user("ada").await;
    let unknown = "/api/v2/generate/check/00000000-0000-4000-8000-000000000000";
    for (method, path, key, body, status, rc) in [
        (Method::GET, "/api/v2/find_user", "wrong", None, 404, "UserNotFound"),
        (Method::GET, unknown, "", None, 404, "RequestNotFound"),
        (Method::GET, "/api/v2/workers/name/free", "", None, 404, "WorkerNotFound"),
        (Method::POST, "/api/v2/generate/async", "wrong", Some(json!({"prompt": "p"})), 401, "InvalidAPIKey"),
        (Method::POST, "/api/v2/generate/async", ada.key(), Some(json!({"prompt": "a\u{0}"})), 400, "NulByteInPayload"),
        (Method::GET, "/api/v2/filters", ada.key(), None, 403, "NotModerator"),
    ] {
        let answer = house.call(method, path, key, body).await;
        assert_eq!((answer.status.as_u16(), answer.rc()), (status, rc), "{path}: {}", answer.json);
        assert!(answer.json["message"].is_string() && answer.json.get("errors").is_none(), "{}", answer.json);
    }
    let wrong = ada.tries_to_ask(json!({"prompt": 7})).await;
    assert!(wrong.json["errors"]["prompt"].is_string() && wrong.json["message"].is_string(), "{}", wrong.json);
    for path in ["/api/v2/nowhere", "/api/v3/x", "/api/v2/generate/check"] {
        let answer = house.call(Method::GET, path, "", None).await;
        assert!(answer.status == 404 && answer.json["message"].is_string(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn point_07_workers_find_the_words_they_test() {
    let house = House::new().await;
    let (ada, rig) = (house.user("ada").await, house.dreamer("rig").await);
    let words = |answer: throng_tests::wire::Answer, status: u16, words: &str| {
        let message = answer.json["message"].as_str().unwrap_or_default().to_owned();
        assert!(answer.status == status && message.contains(words), "{words}: {} {message}", answer.status);
    };
    ada.asks_for_an_image().await;
    let job = rig.pops().await.expect("a job");
    let thief = house.dreamer("thief").await;
    words(thief.tries_to_submit(&job, "ok").await, 403, "Wrong credentials");
    words(thief_named(&house, thief.key()).await, 403, "Wrong credentials");
    rig.submits(&job).await;
    let again = json!({"id": job["id"], "generation": "other", "seed": 9, "state": "faulted"});
    words(house.call(Method::POST, "/api/v2/generate/submit", rig.key(), Some(again)).await, 400, "already submitted");
    let unknown = json!({"id": "00000000-0000-4000-8000-000000000000", "generation": "R2", "seed": 1});
    let unknown = house.call(Method::POST, "/api/v2/generate/submit", rig.key(), Some(unknown)).await;
    words(unknown, 404, "Processing Job with ID 00000000-0000-4000-8000-000000000000 does not exist");
    let broken = json!({"prompt": "p", "source_image": "no picture", "params": {"n": 1}});
    words(ada.tries_to_ask(broken).await, 400, "Image validation failed");

    ada.asks_for_an_image().await;
    let late = rig.pops().await.expect("a job");
    house.waits(Duration::from_secs(200)).await;
    words(rig.tries_to_submit(&late, "ok").await, 400, "Please check your worker speed");
    let id = ada.gets("/api/v2/workers/name/rig").await["id"].as_str().expect("an id").to_owned();
    let rest = json!({"maintenance": true});
    house.call(Method::PUT, &format!("/api/v2/workers/{id}"), rig.key(), Some(rest)).await;
    words(rig.tries_to_pop().await, 403, "maintenance mode");
    let rude = throng_tests::house::Worker::dreamer(&house, rig.key(), "shit rig").tries_to_pop().await;
    assert_eq!(rude.rc(), "ProfaneWorkerName", "{}", rude.json);
}

/// Somebody pops under the name of another's worker.
async fn thief_named(house: &House, key: &str) -> throng_tests::wire::Answer {
    throng_tests::house::Worker::dreamer(house, key, "rig").tries_to_pop().await
}
