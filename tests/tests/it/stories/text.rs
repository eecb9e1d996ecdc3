//! The life of a text's request, and the shapes that text workers and clients rely on.

use serde_json::json;
use throng_tests::house::House;

#[tokio::test(flavor = "multi_thread")]
async fn a_prompt_becomes_a_text() {
    let house = House::new().await;
    let (ada, pen) = (house.user("ada").await, house.scribe("pen").await);
    let id = ada.asks_for_a_text().await;
    let job = pen.pops().await.expect("a job");
    assert_eq!(job["payload"]["prompt"], "Once upon a time");
    assert_eq!((&job["payload"]["n"], &job["payload"]["max_length"]), (&json!(1), &json!(20)));
    for forbidden in ["width", "length", "steps"] {
        assert!(job["payload"].get(forbidden).is_none(), "Kobold bridges abort on {forbidden}");
    }
    assert!(pen.submits(&job).await > 0.0);
    let status = ada.reads(&id).await;
    assert_eq!(status["done"], true);
    assert!(status.get("message").is_none(), "Kobold Lite reads a message as a failure");
    let generation = &status["generations"][0];
    assert!(generation["text"].as_str().is_some_and(|text| text.contains("fox")));
    assert!(generation["seed"].is_i64() && generation.get("id").is_none(), "{generation}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_text_pop_still_has_every_key() {
    let house = House::new().await;
    let pen = house.scribe("pen").await;
    let answer = pen.tries_to_pop().await;
    for key in ["id", "payload", "skipped", "softprompt", "model"] {
        assert!(answer.json.get(key).is_some(), "koboldcpp dies without `{key}`: {}", answer.json);
    }
    assert!(answer.json["id"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_with_a_short_memory_is_not_given_a_long_context() {
    let house = House::new().await;
    let ada = house.user("ada").await;
    let body =
        json!({"prompt": "p", "models": ["throng-fables"], "params": {"max_length": 80, "max_context_length": 1024}});
    assert_eq!(ada.tries_to_ask_for_text(body).await.status, 202);
    let short = house.scribe("short").await.saying("max_context_length", json!(512));
    assert!(short.pops().await.is_none());
    let long = house.scribe("long").await;
    assert!(long.pops().await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_promise_of_a_text_has_an_honest_price() {
    let house = House::new().await;
    let ada = house.user("ada").await;
    let body =
        json!({"prompt": "p", "models": ["throng-fables"], "params": {"max_length": 512, "max_context_length": 1024}});
    let answer = ada.tries_to_ask_for_text(body).await;
    assert!(answer.json["kudos"].as_f64().is_some_and(|kudos| kudos > 0.0), "{}", answer.json);
}
