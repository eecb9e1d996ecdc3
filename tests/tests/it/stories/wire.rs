//! What real clients rely on (the rules are numbered as in the list of client rules): presence, absence, types, headers.

use hyper::Method;
use serde_json::{Value, json};
use throng_tests::house::House;

/// Rules 8 and 9.
#[tokio::test(flavor = "multi_thread")]
async fn progress_always_has_every_field_with_its_type() {
    let house = House::new().await;
    let ada = house.user("ada").await;
    let id = ada.asks_for_an_image().await;
    let check = ada.checks(&id).await;
    for field in ["finished", "processing", "restarted", "waiting", "wait_time", "queue_position"] {
        assert!(check[field].is_u64(), "{field}: {check}");
    }
    for field in ["done", "faulted", "is_possible"] {
        assert!(check[field].is_boolean(), "{field}: {check}");
    }
    assert!(
        check["kudos"].is_number() && check.get("generations").is_none() && check.get("message").is_none(),
        "{check}"
    );
}

/// Rule 4.
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_may_call_from_anywhere() {
    let house = House::new().await;
    let preflight = hyper::Request::options("/api/v2/generate/check/x")
        .header("origin", "https://somewhere.example")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "apikey,client-agent,content-type,x-fields")
        .body(axum::body::Body::empty())
        .expect("a request");
    let answer = house.send(preflight).await;
    assert!(answer.status.is_success());
    let allowed =
        answer.headers.get("access-control-allow-headers").and_then(|value| value.to_str().ok()).unwrap_or_default();
    for header in ["apikey", "client-agent", "content-type", "x-fields"] {
        assert!(allowed.to_lowercase().contains(header), "{header} is not in {allowed}");
    }
    let refused = house.call(Method::GET, "/api/v2/find_user", "wrong", None).await;
    assert_eq!(refused.headers.get("access-control-allow-origin").and_then(|value| value.to_str().ok()), Some("*"));
}

/// Rules 2 and 3: a key in any case of its header's name, 22 characters long, empty query values.
#[tokio::test(flavor = "multi_thread")]
async fn keys_are_as_clients_expect_them() {
    let house = House::new().await;
    let ada = house.user("ada").await;
    assert_eq!(ada.key().len(), 22);
    let request = hyper::Request::get("/api/v2/find_user")
        .header("Apikey", ada.key())
        .body(axum::body::Body::empty())
        .expect("a request");
    assert_eq!(house.send(request).await.status, 200);
    assert!(ada.gets("/api/v2/workers?type=").await.is_array());
}

/// Rule 10: `r2: false` is bare base64 of WebP, seeds are strings.
#[tokio::test(flavor = "multi_thread")]
async fn an_inline_picture_is_bare_base64() {
    use base64::Engine as _;
    let house = House::new().await;
    let (ada, rig) = (house.user("ada").await, house.dreamer("rig").await);
    let id = ada.asks_for(json!({"prompt": "p", "models": ["throng-shapes"], "r2": false})).await;
    let job = rig.pops().await.expect("a job");
    let mut picture = Vec::new();
    image::codecs::webp::WebPEncoder::new_lossless(&mut picture)
        .encode(&[200, 30, 30], 1, 1, image::ExtendedColorType::Rgb8)
        .expect("a small picture");
    let inline = base64::engine::general_purpose::STANDARD.encode(&picture);
    let result = json!({"id": job["id"], "generation": inline, "seed": 7});
    let submitted = house.call(Method::POST, "/api/v2/generate/submit", rig.key(), Some(result)).await;
    assert_eq!(submitted.status, 200, "{}", submitted.json);
    let status = ada.looks_at(&id).await;
    let generation = &status["generations"][0];
    assert_eq!(generation["seed"], "7");
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(generation["img"].as_str().expect("a picture"))
        .expect("base64");
    let decoded = image::load_from_memory_with_format(&bytes, image::ImageFormat::WebP).expect("WebP").to_rgb8();
    assert!(decoded.get_pixel(0, 0).0[0] > 150, "the colour survives");
}

/// Rule 12: the shape of an empty picture pop.
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_picture_pop_has_the_shape_that_bridges_parse() {
    let house = House::new().await;
    let rig = house.dreamer("rig").await;
    let pop = rig.tries_to_pop().await.json;
    assert_eq!((&pop["id"], &pop["ids"], &pop["model"]), (&Value::Null, &json!([]), &Value::Null), "{pop}");
    assert!(pop["payload"].is_object() && pop["skipped"].is_object(), "{pop}");
}

/// Rule 17.
#[tokio::test(flavor = "multi_thread")]
async fn models_are_lists_without_surprises() {
    let house = House::new().await;
    let (ada, rig) = (house.user("ada").await, house.dreamer("rig").await);
    rig.pops().await;
    for path in ["/api/v2/status/models", "/api/v2/status/models?type=text", "/api/v2/status/models/throng-shapes"] {
        let list = ada.gets(path).await;
        for model in list.as_array().expect("a list") {
            for field in ["name", "count", "performance", "queued", "jobs", "eta", "type"] {
                assert!(model.get(field).is_some(), "{path}: {model}");
            }
            assert!(model.get("cluster").is_none());
        }
    }
}
