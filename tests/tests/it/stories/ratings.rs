//! Requesters share pictures and rate them; the house keeps both as a data set.

use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};
use throng_domain::{Desk, GenerationId, Kudos, UserId};
use throng_server::images::links::result_name;
use throng_server::images::shared_name;
use throng_server::operator::ratings::export;
use throng_server::{rebuild, tasks};
use throng_tests::house::{House, Requester, Worker};
use throng_tests::wire::{Answer, refused};

/// Longer than a request lives.
const LIFE: Duration = Duration::from_secs(25 * 60);

/// Has so many pictures made for somebody; returns the request and the pictures.
async fn pictures(asker: &Requester<'_>, rig: &Worker<'_>, n: usize, shared: bool) -> (String, Vec<String>) {
    let body = json!({"prompt": "stars", "models": ["throng-shapes"], "shared": shared, "params": {"n": n}});
    let request = asker.asks_for(body).await;
    let mut made = Vec::new();
    for _ in 0..n {
        let job = rig.pops().await.expect("a job");
        rig.submits(&job).await;
        made.push(job["id"].as_str().expect("an id").to_owned());
    }
    (request, made)
}

/// Gives the first user enough to pay for what it asks.
async fn enrich(house: &House) {
    assert!(house.app().desk.grant(UserId(1), Kudos::whole(1000)).await.expect("the desk works"));
}

async fn rates(house: &House, request: &str, opinion: Value) -> Answer {
    house.call(Method::POST, &format!("/api/v2/generate/rate/{request}"), "", Some(opinion)).await
}

async fn exported(house: &House) -> Vec<Value> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ratings.jsonl");
    let count = export(&house.app().pool, &file).await.expect("an export");
    let text = std::fs::read_to_string(file).expect("a file");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), count);
    lines
}

fn id(text: &str) -> GenerationId {
    GenerationId(text.parse().expect("an id"))
}

#[tokio::test(flavor = "multi_thread")]
async fn shared_pictures_are_rated_once_and_their_requester_is_rewarded() {
    let house = House::new().await;
    let (ada, rig) = (house.user("ada").await, house.dreamer("rig").await);
    enrich(&house).await;
    let (request, made) = pictures(&ada, &rig, 3, true).await;
    let status = ada.looks_at(&request).await;
    assert_eq!(status["shared"], true);
    let (cost, before) = (status["kudos"].as_f64().expect("a cost"), ada.kudos().await);

    let opinion = json!({"best": made[1], "ratings": [
        {"id": made[0], "rating": 4, "artifacts": 3}, {"id": made[1], "rating": 9}]});
    let rated = rates(&house, &request, opinion.clone()).await;
    assert_eq!((rated.status.as_u16(), &rated.json), (200, &json!({"reward": 15.0})), "three remarks of five");
    assert!(cost > 16.0, "the request cost {cost}, more than is paid for it");
    assert_eq!(ada.kudos().await, before + 15.0);
    assert_eq!(ada.account().await["kudos_details"]["awarded"], 15.0);
    let statement = ada.gets("/api/v2/users/1/statement").await;
    // The clock stands still, so entries of one moment have no order.
    let entries = statement["entries"].as_array().expect("entries");
    let line = entries.iter().find(|line| line["reason"] == "award").expect("the reward");
    assert_eq!((&line["kudos"], &line["request"]), (&json!(15.0), &json!(request)));

    refused(&rates(&house, &request, opinion.clone()).await, 400, "AestheticsAlreadyExist");
    refused(&rates(&house, &request, json!({"best": made[0]})).await, 400, "AestheticsAlreadyExist");
    assert_eq!(ada.kudos().await, before + 15.0);
    let mut connection = house.app().pool.acquire().await.expect("a connection");
    let stored = rebuild::records(&mut connection).await.expect("records").requests;
    assert!(stored[0].progress.rated, "a restarted server knows that it was rated");
    assert_eq!(stored, house.app().desk.read(Desk::records).await.expect("the desk").requests);
    drop(connection);
    house.waits(LIFE).await;
    refused(&rates(&house, &request, opinion).await, 404, "RequestNotFound");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_earns_more_by_rating_than_was_spent() {
    let house = House::new().await;
    let (ada, rig) = (house.user("ada").await, house.dreamer("rig").await);
    enrich(&house).await;
    let body = json!({"prompt": "p", "models": ["throng-shapes"], "shared": true,
        "params": {"width": 64, "height": 64, "steps": 1}});
    let request = ada.asks_for(body).await;
    let job = rig.pops().await.expect("a job");
    rig.submits(&job).await;
    let cost = ada.checks(&request).await["kudos"].as_f64().expect("a cost");
    let rated = rates(&house, &request, json!({"ratings": [{"id": job["id"], "rating": 10, "artifacts": 0}]})).await;
    let reward = rated.json["reward"].as_f64().expect("a reward");
    assert!((reward - (cost - 1.0).clamp(0.0, 10.0)).abs() < 0.001, "{reward} of {cost}");
    assert!(cost < 11.0, "or this story tells nothing");
    let newcomer = house.user("newcomer").await;
    let (request, made) = pictures(&newcomer, &rig, 1, true).await;
    let before = newcomer.kudos().await;
    let rated = rates(&house, &request, json!({"ratings": [{"id": made[0], "rating": 10}]})).await;
    assert_eq!(rated.json, json!({"reward": 0.0}), "what was forgiven earns nothing");
    assert_eq!(newcomer.kudos().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn opinions_that_make_no_sense_are_refused() {
    let house = House::new().await;
    let (ada, rig) = (house.user("ada").await, house.dreamer("rig").await);
    let nobody = "00000000-0000-4000-8000-000000000000";
    refused(&rates(&house, nobody, json!({})).await, 404, "RequestNotFound");
    refused(&rates(&house, "nonsense", json!({})).await, 404, "RequestNotFound");
    let waiting = ada.asks_for(json!({"prompt": "p", "models": ["throng-shapes"], "shared": true})).await;
    refused(&rates(&house, &waiting, json!({"best": nobody})).await, 400, "AestheticsNotCompleted");
    let job = rig.pops().await.expect("a job");
    rig.submits(&job).await;
    refused(&rates(&house, &waiting, json!({"best": job["id"]})).await, 400, "AestheticsSolo");

    let (private, made) = pictures(&ada, &rig, 2, false).await;
    assert_eq!(ada.looks_at(&private).await["shared"], false);
    refused(&rates(&house, &private, json!({"best": made[0]})).await, 400, "AestheticsNotPublic");
    let (request, made) = pictures(&ada, &rig, 2, true).await;
    let rating = |id: &str, rating: u8| json!({"id": id, "rating": rating});
    for (opinion, rc) in [
        (json!({"ratings": [rating(nobody, 5)]}), "ProcGenNotFound"),
        (json!({"ratings": [rating("too short", 5)]}), ""),
        (json!({"ratings": [rating("as long as an id is, and still none!", 5)]}), "ProcGenNotFound"),
        (json!({"best": nobody}), "ProcGenNotFound"),
        (json!({"ratings": [rating(&made[0], 5), rating(&made[0], 6)]}), "AestheticsDuplicate"),
        (json!({}), "AestheticsMissing"),
        (json!({"ratings": []}), "AestheticsMissing"),
        (json!({"best": made[0], "ratings": [rating(&made[0], 5), rating(&made[1], 6)]}), "AestheticsConfused"),
        (json!({"ratings": [rating(&made[0], 11)]}), ""),
        (json!({"ratings": [rating(&made[0], 0)]}), ""),
        (json!({"ratings": [{"id": made[0], "rating": 5, "artifacts": 6}]}), ""),
        (json!({"ratings": [{"id": made[0]}]}), ""),
    ] {
        let answer = rates(&house, &request, opinion.clone()).await;
        assert_eq!((answer.status.as_u16(), answer.rc()), (400, rc), "{opinion}: {}", answer.json);
        assert_eq!(answer.json["errors"].is_object(), rc.is_empty(), "{opinion}");
    }
    assert_eq!(exported(&house).await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_in_particular_shared_is_rated_for_nothing() {
    let house = House::new().await;
    let rig = house.dreamer("rig").await;
    let (request, made) = pictures(&house.stranger(), &rig, 2, true).await;
    let before = house.app().desk.user(UserId::ANONYMOUS).await.expect("the desk").expect("the account").balance;
    let rated = rates(&house, &request, json!({"best": made[0]})).await;
    assert_eq!((rated.status.as_u16(), &rated.json), (200, &json!({"reward": 0.0})));
    let after = house.app().desk.user(UserId::ANONYMOUS).await.expect("the desk").expect("the account").balance;
    assert_eq!(after, before);
    assert_eq!(exported(&house).await[0]["best"], json!(made[0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_data_set_holds_ratings_and_shared_pictures_after_their_requests() {
    let house = House::new().await;
    let (ada, rig) = (house.user("ada").await, house.dreamer("rig").await);
    enrich(&house).await;
    let (request, made) = pictures(&ada, &rig, 2, true).await;
    let (_, private) = pictures(&ada, &rig, 1, false).await;
    let images = &house.app().images;
    for picture in made.iter().chain(&private) {
        images.put(&result_name(id(picture)), Bytes::from_static(b"webp")).await.expect("room");
    }
    assert_eq!(rates(&house, &request, json!({"ratings": [{"id": made[0], "rating": 8}]})).await.status, 200);
    house.waits(LIFE).await;
    tasks::relay(house.app().clone()).await;
    for (picture, kept) in [(&made[0], true), (&made[1], true), (&private[0], false)] {
        assert!(images.get(&result_name(id(picture))).await.expect("the store").is_none(), "{picture}");
        assert_eq!(images.get(&shared_name(id(picture))).await.expect("the store").is_some(), kept, "{picture}");
    }

    let lines = exported(&house).await;
    let set = &lines[0];
    assert_eq!((lines.len(), &set["set"], &set["best"]), (1, &json!(request), &json!(made[0])));
    assert_eq!((&set["asked"]["prompt"], &set["asked"]["params"]["width"]), (&json!("stars"), &json!(512)));
    assert_eq!((&set["user"]["id"], &set["user"]["trusted"], &set["reward"]), (&json!(1), &json!(false), &json!(5.0)));
    assert!(set["user"]["place"].as_str().is_some_and(|place| place.len() == 22 && !place.contains("127")), "{set}");
    let told: Vec<(&Value, &Value, &Value)> = set["pictures"]
        .as_array()
        .expect("pictures")
        .iter()
        .map(|picture| (&picture["id"], &picture["rating"], &picture["file"]))
        .collect();
    let files = [0, 1].map(|at| json!(shared_name(id(&made[at]))));
    assert_eq!(told.len(), 2);
    assert!(told.contains(&(&json!(made[0]), &json!(8), &files[0])), "{told:?}");
    assert!(told.contains(&(&json!(made[1]), &Value::Null, &files[1])), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_who_keeps_nothing_keeps_nothing() {
    let house = House::with(|config| {
        config.no_rate_limits = true;
        config.shared_days = 0;
    })
    .await;
    let (ada, rig) = (house.user("ada").await, house.dreamer("rig").await);
    let (_, made) = pictures(&ada, &rig, 1, true).await;
    let images = &house.app().images;
    images.put(&result_name(id(&made[0])), Bytes::from_static(b"webp")).await.expect("room");
    house.waits(LIFE).await;
    tasks::relay(house.app().clone()).await;
    for name in [result_name(id(&made[0])), shared_name(id(&made[0]))] {
        assert!(images.get(&name).await.expect("the store").is_none(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ratings_come_five_a_minute_for_each_request() {
    let house = House::with(|_| {}).await;
    let (one, other) = ("00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002");
    for _ in 0..5 {
        assert_eq!(rates(&house, one, json!({})).await.status, 404);
    }
    assert_eq!(rates(&house, one, json!({})).await.status, 429);
    assert_eq!(rates(&house, other, json!({})).await.status, 404);
}
