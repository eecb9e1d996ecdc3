//! Points 17 to 21: models, workers, the description of the interface, limits of rate, headers of answers.

use hyper::{Method, Request};
use serde_json::{Value, json};
use throng_tests::house::House;

#[tokio::test(flavor = "multi_thread")]
async fn point_17_models_are_lists_by_kind_and_are_found_by_any_spelling() {
    let house = House::new().await;
    let ada = house.user("ada").await;
    let rig = house.dreamer("rig").await;
    let pen = house.scribe("pen").await.saying("models", json!(["throng-fables", "lab/fine model"]));
    rig.pops().await;
    pen.pops().await;
    let names = |list: &Value| -> Vec<String> {
        list.as_array()
            .expect("a list")
            .iter()
            .map(|model| model["name"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    let images = ada.gets("/api/v2/status/models").await;
    assert_eq!(images, ada.gets("/api/v2/status/models?type=image").await, "image is the default");
    assert!(names(&images).contains(&"throng-shapes".to_owned()), "{images}");
    let texts = ada.gets("/api/v2/status/models?type=text").await;
    assert!(names(&texts).contains(&"throng-fables".to_owned()), "{texts}");
    for model in images.as_array().into_iter().chain(texts.as_array()).flatten() {
        for member in ["name", "count", "performance", "queued", "jobs", "eta", "type"] {
            assert!(model.get(member).is_some_and(|member| !member.is_null()), "{member}: {model}");
        }
        assert!(model.get("cluster").is_none(), "SillyTavern compares it");
    }
    for spelt in ["lab%2Ffine%20model", "lab%252Ffine%2520model"] {
        let found = ada.gets(&format!("/api/v2/status/models/{spelt}")).await;
        assert_eq!(
            (found[0]["name"].as_str(), &found[0]["count"]),
            (Some("lab/fine model"), &json!(1)),
            "{spelt}: {found}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn point_18_workers_have_what_interfaces_show() {
    let house = House::new().await;
    let (ada, pen, rig) = (house.user("ada").await, house.scribe("pen").await, house.dreamer("rig").await);
    pen.pops().await;
    rig.pops().await;
    let row = ada.gets("/api/v2/workers?type=text").await[0].clone();
    assert_eq!((&row["name"], &row["performance"]), (&json!("pen"), &json!("No requests fulfilled yet")));
    for (member, fits) in [
        ("id", row["id"].is_string()),
        ("models", row["models"] == json!(["throng-fables"])),
        ("max_length", row["max_length"] == 512),
        ("max_context_length", row["max_context_length"] == 2048),
        ("trusted", row["trusted"].is_boolean()),
        ("maintenance_mode", row["maintenance_mode"].is_boolean()),
        ("kudos_rewards", row["kudos_rewards"].is_number()),
        ("uptime", row["uptime"].is_u64()),
        ("online", row["online"] == true),
    ] {
        assert!(fits, "{member}: {row}");
    }
    ada.asks_for_a_text().await;
    let job = pen.pops().await.expect("a job");
    house.waits(std::time::Duration::from_secs(2)).await;
    pen.submits(&job).await;
    let row = ada.gets("/api/v2/workers/name/pen").await;
    assert!(row["performance"].as_str().is_some_and(|text| text.ends_with(" tokens per second")), "{row}");
    let free = house.call(Method::GET, "/api/v2/workers/name/free", "", None).await;
    assert_eq!((free.status.as_u16(), free.rc()), (404, "WorkerNotFound"));
    let messages = house.call(Method::GET, "/api/v2/workers/messages", pen.key(), None).await;
    assert_eq!((messages.status.as_u16(), &messages.json), (200, &json!([])), "messages is no worker's id");
}

#[tokio::test(flavor = "multi_thread")]
async fn point_19_the_description_holds_the_gates_of_workers_open() {
    let house = House::new().await;
    let swagger = house.stranger().gets("/api/swagger.json").await;
    assert_eq!((&swagger["swagger"], &swagger["basePath"]), (&json!("2.0"), &json!("/api")));
    assert_eq!(swagger["info"]["title"], "AI Horde");
    assert!(swagger["responses"].is_object() && swagger["definitions"].is_object());
    let words = |path: &str| swagger.pointer(path).and_then(Value::as_array).map_or(0, Vec::len);
    assert!(words("/definitions/ModelInterrogationFormStable/properties/name/enum") > 5);
    assert!(words("/definitions/GenerationMetadataStable/properties/type/enum") > 5);
    assert!(swagger["definitions"]["PopInputStable"].to_string().contains("allow_controlnet"));
}

#[tokio::test(flavor = "multi_thread")]
async fn point_20_polls_are_not_refused_sooner_than_elsewhere() {
    let house = House::with(|_| {}).await;
    let ada = house.user("ada").await;
    let id = ada.asks_for_an_image().await;
    let text = ada.asks_for_a_text().await;
    for (path, least) in [
        (format!("/api/v2/generate/check/{id}"), 10),
        (format!("/api/v2/generate/status/{id}"), 10),
        (format!("/api/v2/generate/text/status/{text}"), 60),
    ] {
        for count in 0..least {
            let answer = house.call(Method::GET, &path, "", None).await;
            assert_eq!(answer.status, 200, "poll {count} of {path}");
        }
    }
    let refused = house.call(Method::GET, &format!("/api/v2/generate/status/{id}"), "", None).await;
    assert_eq!(refused.status, 429, "there is a limit");
    assert!(refused.json.get("rc").is_none() && refused.headers.contains_key("retry-after"), "{}", refused.json);
    let rig = house.dreamer("rig").await;
    for _ in 0..60 {
        assert_eq!(rig.tries_to_pop().await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn point_21_answers_are_json_and_name_their_node() {
    let house = House::new().await;
    for (path, status) in [("/api/v2/status/heartbeat", 200), ("/api/v2/nowhere", 404), ("/api/v2/users/x", 404)] {
        let request = Request::get(path).body(axum::body::Body::empty()).expect("a request");
        let answer = house.send(request).await;
        assert_eq!(answer.status, status);
        let header = |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        assert!(header("content-type").starts_with("application/json"), "{path}: {}", header("content-type"));
        assert!(!header("horde-node").is_empty(), "{path}");
    }
}
