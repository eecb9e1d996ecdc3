//! The house is closed, opened by invitation, and besieged.

use hyper::Method;
use serde_json::{Value, json};
use throng_tests::house::{House, Worker};
use throng_tests::wire::{Answer, refused};

const MODES: &str = "/api/v2/status/modes";

/// A house whose administrator is the first user registered, named Mo.
async fn open() -> House {
    House::with(|config| {
        config.no_rate_limits = true;
        config.admins = vec!["mo#1".to_owned()];
    })
    .await
}

async fn switches(house: &House, key: &str, body: Value) -> Answer {
    house.call(Method::PUT, MODES, key, Some(body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn modes_are_switched_by_those_who_may() {
    let house = open().await;
    let (mo, max, ada) = (house.moderator("mo").await, house.moderator("max").await, house.user("ada").await);
    refused(&switches(&house, ada.key(), json!({"raid_mode": true})).await, 403, "NotModerator");
    refused(&switches(&house, max.key(), json!({"maintenance_mode": true})).await, 403, "NotAdmin");
    refused(&switches(&house, mo.key(), json!({})).await, 400, "NoHordeModSelected");
    refused(&switches(&house, "no such key at all!!!!", json!({})).await, 401, "InvalidAPIKey");
    let answer = switches(&house, max.key(), json!({"raid_mode": true, "invite_only_mode": "yes"})).await;
    assert_eq!(answer.json, json!({"maintenance_mode": false, "invite_only_mode": true, "raid_mode": true}));
    let public = house.call(Method::GET, MODES, "", None).await.json;
    assert_eq!(public, json!({"maintenance_mode": false, "invite_only_mode": true}), "raids are no public matter");
    refused(&house.call(Method::GET, MODES, ada.key(), None).await, 403, "NotModerator");
    assert_eq!(max.gets(MODES).await["raid_mode"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn maintenance_ends_what_waits_and_admits_nothing_new() {
    let house = open().await;
    let (mo, ada, rig) = (house.moderator("mo").await, house.user("ada").await, house.dreamer("rig").await);
    let body = json!({"prompt": "stars", "models": ["throng-shapes"], "params": {"n": 2, "width": 64, "height": 64}});
    let id = ada.asks_for(body.clone()).await;
    let job = rig.pops().await.expect("a job");
    assert_eq!(switches(&house, mo.key(), json!({"maintenance_mode": true})).await.status, 200);
    assert!(rig.pops().await.is_none(), "nothing waits any more");
    assert!(rig.submits(&job).await > 0.0, "what was begun is taken and paid");
    assert_eq!(ada.checks(&id).await["done"], true);
    refused(&ada.tries_to_ask(body.clone()).await, 400, "MaintenanceMode");
    refused(
        &house.call(Method::POST, "/api/v2/generate/async", "a wrong key!!!!!!!!!!", Some(body.clone())).await,
        400,
        "MaintenanceMode",
    );
    refused(&ada.tries_to_ask_for_text(json!({"prompt": "p"})).await, 400, "MaintenanceMode");
    assert_eq!(switches(&house, mo.key(), json!({"maintenance_mode": false})).await.status, 200);
    ada.asks_for(body).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_invitation_only_new_workers_are_refused_and_old_ones_stay() {
    let house = open().await;
    let (mo, old) = (house.moderator("mo").await, house.dreamer("old").await);
    old.pops().await;
    assert_eq!(switches(&house, mo.key(), json!({"invite_only_mode": true})).await.status, 200);
    old.pops().await;
    let late = house.user("late").await;
    refused(&Worker::dreamer(&house, late.key(), "late rig").tries_to_pop().await, 403, "WorkerInviteOnly");
}

#[tokio::test(flavor = "multi_thread")]
async fn under_a_raid_nobody_new_comes_in_and_nobody_is_told_much() {
    let house = open().await;
    let (mo, ada) = (house.moderator("mo").await, house.user("ada").await);
    let body = json!({"prompt": "p", "models": ["throng-shapes"]});
    assert!(ada.tries_to_ask(body.clone()).await.json["message"].is_string(), "no worker is there");
    assert_eq!(switches(&house, mo.key(), json!({"raid_mode": true})).await.status, 200);
    assert!(ada.tries_to_ask(body).await.json.get("message").is_none());
    let answer = house.call(Method::POST, "/register", "", Some(json!({"username": "stranger"}))).await;
    refused(&answer, 403, "Forbidden");
}
