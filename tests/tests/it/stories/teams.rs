//! Teams: founded, joined, credited, dissolved.

use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};
use throng_domain::UserId;
use throng_domain::standing::Roles;
use throng_tests::house::{House, Requester, Worker};
use throng_tests::wire::{Answer, refused};

/// Registers a user and trusts it; users are numbered as they register.
async fn trusted<'h>(house: &'h House, name: &str, number: i64) -> Requester<'h> {
    let user = house.user(name).await;
    let roles = Roles { trusted: true, ..Roles::default() };
    assert!(house.app().desk.set_roles(UserId(number), roles).await.expect("the desk works"));
    user
}

async fn founds(house: &House, key: &str, body: Value) -> Answer {
    house.call(Method::POST, "/api/v2/teams", key, Some(body)).await
}

async fn shown(house: &House, id: &str) -> Value {
    house.call(Method::GET, &format!("/api/v2/teams/{id}"), "", None).await.json
}

async fn joins(house: &House, worker: &Worker<'_>, name: &str, team: &str) -> Answer {
    let found = house.call(Method::GET, &format!("/api/v2/workers/name/{name}"), "", None).await.json;
    let path = format!("/api/v2/workers/{}", found["id"].as_str().expect("an id"));
    house.call(Method::PUT, &path, worker.key(), Some(json!({"team": team}))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_shows_what_its_workers_did_for_it() {
    let house = House::new().await;
    let ada = trusted(&house, "ada", 1).await;
    let founded = founds(&house, ada.key(), json!({"name": "Lamps", "info": "we make light"})).await;
    assert_eq!((founded.status.as_u16(), &founded.json["name"]), (200, &json!("Lamps")), "{}", founded.json);
    let team = founded.json["id"].as_str().expect("an id").to_owned();

    let (rig, quill) = (house.dreamer("rig").await, house.scribe("quill").await);
    rig.pops().await;
    quill.pops().await;
    assert_eq!(joins(&house, &rig, "rig", &team).await.json, json!({"team": "Lamps"}));
    joins(&house, &quill, "quill", &team).await;
    ada.asks_for_an_image().await;
    let reward = rig.submits(&rig.pops().await.expect("a job")).await;
    ada.asks_for_a_text().await;
    quill.submits(&quill.pops().await.expect("a job")).await;
    for _ in 0..4 {
        house.waits(Duration::from_secs(200)).await;
        quill.tries_to_pop().await;
    }

    let seen = shown(&house, &team).await;
    assert_eq!((&seen["requests_fulfilled"], &seen["kudos"]), (&json!(1), &json!(reward)), "pictures alone: {seen}");
    assert_eq!((&seen["uptime"], &seen["creator"], &seen["worker_count"]), (&json!(600), &json!("ada#1"), &json!(2)));
    assert_eq!(seen["models"], json!([{"name": "throng-fables", "count": 1}, {"name": "throng-shapes", "count": 1}]));
    assert_eq!((&seen["workers"][0]["name"], &seen["workers"][1]["type"]), (&json!("rig"), &json!("text")), "{seen}");
    let worker = ada.gets("/api/v2/workers/name/rig").await;
    assert_eq!(worker["team"], json!({"name": "Lamps", "id": team}));

    assert_eq!(joins(&house, &rig, "rig", "").await.json, json!({"team": "None"}));
    ada.asks_for_an_image().await;
    rig.submits(&rig.pops().await.expect("a job")).await;
    let left = shown(&house, &team).await;
    assert_eq!(
        (&left["requests_fulfilled"], &left["kudos"], &left["worker_count"]),
        (&json!(1), &json!(reward), &json!(1))
    );
    assert_eq!(ada.gets("/api/v2/workers/name/rig").await["team"], json!({"name": null, "id": null}));
}

#[tokio::test(flavor = "multi_thread")]
async fn founding_a_team_takes_trust_and_a_new_decent_name() {
    let house = House::new().await;
    let (ada, bob) = (trusted(&house, "ada", 1).await, house.user("bob").await);
    refused(&founds(&house, "0000000000", json!({"name": "Lamps"})).await, 403, "AnonForbidden");
    refused(&founds(&house, "no such key at all!!!", json!({"name": "Lamps"})).await, 401, "InvalidAPIKey");
    refused(&founds(&house, bob.key(), json!({"name": "Lamps"})).await, 403, "UntrustedTeamCreation");
    assert_eq!(founds(&house, ada.key(), json!({"name": "Lamps"})).await.status, 200);
    refused(&founds(&house, ada.key(), json!({"name": "LAMPS"})).await, 400, "TeamNameAlreadyExists");
    refused(&founds(&house, ada.key(), json!({"name": "fuck lamps"})).await, 400, "ProfaneTeamName");
    refused(&founds(&house, ada.key(), json!({"name": "Candles", "info": "s h i t"})).await, 400, "ProfaneTeamInfo");
    for wrong in [json!({}), json!({"name": "ab"}), json!({"name": "abc", "info": "ab"}), json!({"name": 7})] {
        let answer = founds(&house, ada.key(), wrong).await;
        assert_eq!(answer.json["message"], "Input payload validation failed", "{}", answer.json);
    }
    assert_eq!(ada.gets("/api/v2/teams").await.as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn founder_and_moderators_change_and_dissolve_a_team() {
    let house = House::new().await;
    let (ada, bob) = (trusted(&house, "ada", 1).await, house.user("bob").await);
    let team = founds(&house, ada.key(), json!({"name": "Lamps"})).await.json["id"].as_str().expect("an id").to_owned();
    founds(&house, ada.key(), json!({"name": "Candles"})).await;
    let path = format!("/api/v2/teams/{team}");
    let edits = async |key: &str, body: Value| house.call(Method::PATCH, &path, key, Some(body)).await;
    refused(&edits(bob.key(), json!({"name": "Dark"})).await, 403, "NotModerator");
    refused(&edits(bob.key(), json!({"info": "dark"})).await, 403, "NotOwner");
    refused(&edits("0000000000", json!({"info": "dark"})).await, 403, "NotOwner");
    refused(&edits(ada.key(), json!({})).await, 400, "NoTeamModSelected");
    refused(&edits(ada.key(), json!({"name": "candles"})).await, 400, "TeamNameAlreadyExists");
    refused(&edits(ada.key(), json!({"name": "shit"})).await, 400, "ProfaneTeamName");
    assert_eq!(edits(ada.key(), json!({"info": "brighter"})).await.json, json!({"id": team, "info": "brighter"}));

    refused(&house.call(Method::GET, &path, bob.key(), None).await, 403, "NotModerator");
    refused(&house.call(Method::GET, &path, "no such key at all!!!", None).await, 401, "InvalidAPIKey");
    house.app().desk.set_roles(UserId(2), Roles { moderator: true, ..Roles::default() }).await.expect("the desk works");
    assert_eq!(house.call(Method::GET, &path, bob.key(), None).await.json["info"], "brighter");

    let rig = house.dreamer("rig").await;
    rig.pops().await;
    joins(&house, &rig, "rig", &team).await;
    let gone = house.call(Method::DELETE, &path, bob.key(), None).await.json;
    assert_eq!(gone, json!({"deleted_id": team, "deleted_name": "Lamps"}));
    assert_eq!(ada.gets("/api/v2/workers/name/rig").await["team"]["id"], Value::Null);
    for nobody in [&*team, "nonsense"] {
        refused(&house.call(Method::GET, &format!("/api/v2/teams/{nobody}"), "", None).await, 404, "TeamNotFound");
    }
}
