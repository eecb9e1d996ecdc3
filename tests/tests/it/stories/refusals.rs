//! Bad input gets a clear refusal, and nothing is lost.

use hyper::Method;
use serde_json::{Value, json};
use throng_domain::standing::Roles;
use throng_tests::house::House;
use throng_tests::wire::Answer;

#[tokio::test(flavor = "multi_thread")]
async fn bounds_are_checked_and_named() {
    let house = House::new().await;
    let ada = house.user("ada").await;
    let table: [(Value, &str); 10] = [
        (json!({"params": {}}), "prompt"),
        (json!({"prompt": ""}), "prompt"),
        (json!({"prompt": "p", "params": {"width": 63}}), "params.width"),
        (json!({"prompt": "p", "params": {"width": 100}}), "params.width"),
        (json!({"prompt": "p", "params": {"height": 3136}}), "params.height"),
        (json!({"prompt": "p", "params": {"steps": 501}}), "params.steps"),
        (json!({"prompt": "p", "params": {"n": 21}}), "params.n"),
        (json!({"prompt": "p", "params": {"sampler_name": "k_magic"}}), "params.sampler_name"),
        (json!({"prompt": "p", "params": {"cfg_scale": "7"}}), "params.cfg_scale"),
        (json!({"prompt": "p", "nsfw": null}), "nsfw"),
    ];
    for (body, field) in table {
        let answer = ada.tries_to_ask(body.clone()).await;
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.json["errors"].get(field).is_some(), "{body} should blame {field}: {}", answer.json);
        assert_eq!(answer.json["message"], "Input payload validation failed");
        assert!(answer.json.get("rc").is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_fields_are_ignored() {
    let house = House::new().await;
    let body = json!({"prompt": "p", "use_gfpgan": true, "params": {"frmttriminc": false, "custom": [1]}});
    assert_eq!(house.user("ada").await.tries_to_ask(body).await.status, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_has_its_code() {
    let house = House::new().await;
    let body = || Some(json!({"prompt": "p"}));
    let unknown = "00000000-0000-4000-8000-000000000000";
    let refused = |answer: Answer, status: u16, rc: &str| {
        assert_eq!((answer.status.as_u16(), answer.rc()), (status, rc), "{}", answer.json);
        assert!(answer.json["message"].as_str().is_some_and(|message| !message.is_empty()));
    };
    refused(
        house.call(Method::POST, "/api/v2/generate/async", "no such key at all!!!", body()).await,
        401,
        "InvalidAPIKey",
    );
    for path in ["check", "status"] {
        refused(
            house.call(Method::GET, &format!("/api/v2/generate/{path}/{unknown}"), "", None).await,
            404,
            "RequestNotFound",
        );
        refused(
            house.call(Method::GET, &format!("/api/v2/generate/{path}/nonsense"), "", None).await,
            404,
            "RequestNotFound",
        );
    }
    refused(house.call(Method::GET, "/api/v2/users/99999", "", None).await, 404, "UserNotFound");
    refused(house.call(Method::GET, &format!("/api/v2/workers/{unknown}"), "", None).await, 404, "WorkerNotFound");
    refused(house.call(Method::GET, "/api/v2/workers/name/nobody", "", None).await, 404, "WorkerNotFound");
    let ada = house.user("ada").await;
    let result = json!({"id": unknown, "generation": "R2", "seed": 1});
    refused(house.call(Method::POST, "/api/v2/generate/submit", ada.key(), Some(result)).await, 404, "InvalidJobID");
    let targeted = json!({"prompt": "p", "workers": [unknown]});
    refused(ada.tries_to_ask(targeted).await, 404, "WorkerNotFound");
    let text = json!({"prompt": "p", "params": {"max_length": 512, "max_context_length": 80}});
    refused(ada.tries_to_ask_for_text(text).await, 400, "TokenOverflow");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_awaited_results_are_refused_kindly() {
    let house = House::new().await;
    let ada = house.user("ada").await;
    let body = || json!({"prompt": "p", "models": ["throng-shapes"], "params": {"n": 15, "width": 64, "height": 64}});
    for _ in 0..2 {
        assert_eq!(ada.tries_to_ask(body()).await.status, 202);
    }
    let answer = ada.tries_to_ask(body()).await;
    assert_eq!((answer.status.as_u16(), answer.rc()), (429, "TooManyPrompts"));
}

#[tokio::test(flavor = "multi_thread")]
async fn too_fast_is_refused_without_a_code_and_says_when() {
    let house = House::with(|_| {}).await;
    let ada = house.stranger();
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(ada.tries_to_ask(json!({"prompt": "p"})).await);
    }
    let last = answers.pop().expect("three answers");
    assert_eq!(last.status, 429);
    assert!(last.json.get("rc").is_none() && last.headers.contains_key("retry-after"), "{}", last.json);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_calls_are_welcome_from_where_an_esteemed_user_asks() {
    let house = House::with(|_| {}).await;
    let ada = house.user("ada").await;
    house.gives_roles(&ada, Roles { trusted: true, ..Roles::default() }).await;
    let body = json!({"prompt": "p", "models": ["throng-shapes"], "params": {"width": 64, "height": 64}});
    for asked in 1..=10 {
        assert_eq!(ada.tries_to_ask(body.clone()).await.status, 202, "{asked}");
    }
    let last = ada.tries_to_ask(body).await;
    assert_eq!(last.status, 429);
    assert_eq!(last.headers["x-ratelimit-limit"], "10");
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_of_one_kind_share_a_limit_unless_they_have_their_own() {
    let house = House::with(|_| {}).await;
    let look = async |number: u32| {
        let path = format!("/api/v2/sharedkeys/00000000-0000-4000-8000-{number:012}");
        house.call(Method::GET, &path, "", None).await.status.as_u16()
    };
    for number in 0..90 {
        assert_eq!(look(number).await, 401, "{number}");
    }
    assert_eq!(look(90).await, 429, "guessing keys is slow");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_that_would_keep_the_desk_busy_are_refused() {
    let house = House::new().await;
    let ada = house.user("ada").await;
    let models: Vec<String> = (0..301).map(|number| format!("model {number}")).collect();
    let answer = ada.tries_to_ask(json!({"prompt": "p", "models": models})).await;
    assert!(answer.status == 400 && answer.json["errors"]["models"].is_string(), "{}", answer.json);
    assert_eq!(ada.tries_to_ask(json!({"prompt": "p", "models": models[..300]})).await.status, 202);
    let answer = ada.tries_to_ask_for_text(json!({"prompt": "p", "workers": models})).await;
    assert!(answer.status == 400 && answer.json["errors"]["workers"].is_string(), "{}", answer.json);
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_bodies_and_unknown_paths_are_answered_in_json() {
    let house = House::new().await;
    let post = |body: &'static str, kind: &'static str| {
        hyper::Request::post("/api/v2/generate/async")
            .header("apikey", "0000000000")
            .header("content-type", kind)
            .body(axum::body::Body::from(body))
            .expect("a request")
    };
    for (body, kind) in [("{", "application/json"), ("{}", "text/plain")] {
        let answer = house.send(post(body, kind)).await;
        assert_eq!(answer.status, 400);
        assert!(answer.json["message"].is_string(), "{}", answer.json);
    }
    let answer = house.call(Method::GET, "/api/v2/nowhere", "", None).await;
    assert_eq!((answer.status.as_u16(), answer.json["message"].is_string()), (404, true));
    let answer = house.call(Method::PUT, "/api/v2/generate/async", "", None).await;
    assert_eq!(answer.status, 405);
}
