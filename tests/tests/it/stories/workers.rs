//! Workers as others see them, and what they are not given.

use serde_json::json;
use throng_domain::standing::Roles;
use throng_tests::house::{House, Worker};
use throng_tests::wire::refused;

#[tokio::test(flavor = "multi_thread")]
async fn the_first_pop_makes_a_worker_that_others_can_see() {
    let house = House::new().await;
    let (rig, ada) = (house.dreamer("rig").await, house.user("ada").await);
    rig.pops().await;
    let workers = ada.gets("/api/v2/workers").await;
    assert_eq!((&workers[0]["name"], &workers[0]["online"]), (&json!("rig"), &json!(true)), "{workers}");
    let id = workers[0]["id"].as_str().expect("an id");
    assert_eq!(ada.gets(&format!("/api/v2/workers/{id}")).await["name"], "rig");
    let models = ada.gets("/api/v2/status/models?type=image").await;
    assert_eq!((&models[0]["name"], &models[0]["count"]), (&json!("throng-shapes"), &json!(1)), "{models}");
}

#[tokio::test(flavor = "multi_thread")]
async fn special_models_are_shown_only_to_those_who_know_their_names() {
    let house = House::new().await;
    let owner = house.user("owner").await;
    house.gives_roles(&owner, Roles { customizer: true, ..Roles::default() }).await;
    let models = json!(["throng-shapes", "horde_special::mine"]);
    Worker::dreamer(&house, owner.key(), "rig").saying("models", models).pops().await;
    let listed = owner.gets("/api/v2/status/models").await;
    assert_eq!((listed.as_array().map(Vec::len), &listed[0]["name"]), (Some(1), &json!("throng-shapes")), "{listed}");
    let named = owner.gets("/api/v2/status/models/horde_special%3A%3Amine").await;
    assert_eq!((&named[0]["name"], &named[0]["count"]), (&json!("horde_special::mine"), &json!(1)), "{named}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_name_belongs_to_its_owner() {
    let house = House::new().await;
    let rig = house.dreamer("rig").await;
    rig.pops().await;
    let thief = house.user("thief").await;
    let answer = Worker::dreamer(&house, thief.key(), "rig").tries_to_pop().await;
    assert_eq!((answer.status.as_u16(), answer.rc()), (403, "WrongCredentials"));
    assert!(
        answer.json["message"].as_str().is_some_and(|message| message.contains("Wrong credentials")),
        "{}",
        answer.json
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_in_particular_cannot_own_a_worker() {
    let house = House::new().await;
    let answer = Worker::dreamer(&house, "0000000000", "ghost").tries_to_pop().await;
    assert_eq!((answer.status.as_u16(), answer.rc()), (403, "AnonForbiddenWorker"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_pop_says_why() {
    let house = House::new().await;
    let (ada, small) = (house.user("ada").await, house.dreamer("small").await);
    ada.asks_for(json!({"prompt": "p", "models": ["another model"]})).await;
    let answer = small.tries_to_pop().await;
    assert!(answer.json["id"].is_null());
    assert_eq!(answer.json["skipped"]["models"], 1, "{}", answer.json);
    for always in [
        "worker_id",
        "performance",
        "nsfw",
        "untrusted",
        "models",
        "bridge_version",
        "img2img",
        "painting",
        "post-processing",
    ] {
        assert!(answer.json["skipped"][always].is_u64(), "{always} is always there: {}", answer.json);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_worker_is_not_given_a_large_picture() {
    let house = House::new().await;
    let ada = house.user("ada").await;
    ada.asks_for(json!({"prompt": "p", "models": ["throng-shapes"], "params": {"width": 512, "height": 512}})).await;
    let small = house.dreamer("small").await.saying("max_pixels", json!(65_536));
    assert!(small.pops().await.is_none());
    let large = house.dreamer("large").await;
    assert!(large.pops().await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_special_model_is_served_by_its_owner_for_its_owner_and_nobody_hears_of_it() {
    let house = House::new().await;
    let (ada, bob) = (house.user("ada").await, house.user("bob").await);
    for user in [&ada, &bob] {
        house.gives_roles(user, Roles { special: true, ..Roles::default() }).await;
    }
    let model = "horde_special::ada#1";
    let offer = |owner: &str, name: &str| Worker::dreamer(&house, owner, name).saying("models", json!([model]));
    let stranger = offer(bob.key(), "other").tries_to_pop().await;
    refused(&stranger, 400, "BadRequest");
    let rig = offer(ada.key(), "rig");
    assert!(rig.pops().await.is_none());
    assert_eq!(ada.gets("/api/v2/status/models").await, json!([]));
    let named = ada.gets("/api/v2/status/models/horde_special::ada%231").await;
    assert_eq!((&named[0]["name"], &named[0]["count"]), (&json!(model), &json!(1)));

    let body = json!({"prompt": "p", "models": [model], "params": {"special": {"a": {}}, "width": 64, "height": 64}});
    refused(&bob.tries_to_ask(body.clone()).await, 403, "Forbidden");
    ada.asks_for(body).await;
    let job = rig.pops().await.expect("a job");
    assert_eq!((&job["model"], &job["payload"]["special"]), (&json!(model), &json!({"a": {}})));
}
