//! The life of a picture's request: asked, popped, submitted, looked at; faulted, rescued, cancelled, expired.

use serde_json::json;
use std::time::Duration;
use throng_tests::house::House;

/// Longer than any lease of a small picture.
const LEASE: Duration = Duration::from_secs(200);
/// Longer than a request lives.
const LIFE: Duration = Duration::from_secs(25 * 60);

#[tokio::test(flavor = "multi_thread")]
async fn a_prompt_becomes_a_picture() {
    let house = House::new().await;
    let (ada, rig) = (house.user("ada").await, house.dreamer("rig").await);
    let id = ada.asks_for_an_image().await;
    assert_eq!(ada.checks(&id).await["waiting"], 1);
    let job = rig.pops().await.expect("a job");
    assert_eq!(job["model"], "throng-shapes");
    assert_eq!(job["payload"]["prompt"], "a red circle");
    assert_eq!(job["payload"]["ddim_steps"], 30);
    assert!(job["payload"]["seed"].is_string(), "workers parse the seed from a string");
    assert!(job["r2_upload"].is_string() && job["r2_uploads"].as_array().is_some_and(|urls| urls.len() == 1));
    assert_eq!(ada.checks(&id).await["processing"], 1);
    assert!(rig.submits(&job).await > 0.0);
    let status = ada.looks_at(&id).await;
    assert_eq!((&status["done"], &status["finished"], &status["faulted"]), (&json!(true), &json!(1), &json!(false)));
    let generation = &status["generations"][0];
    assert_eq!(generation["worker_name"], "rig");
    assert_eq!(generation["id"], job["id"]);
    assert!(generation["img"].as_str().is_some_and(|url| url.starts_with("http")), "{generation}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_results_come_from_many_pops_and_each_only_once() {
    let house = House::new().await;
    let (ada, rig, other) = (house.user("ada").await, house.dreamer("rig").await, house.dreamer("other").await);
    let body = json!({"prompt": "stars", "models": ["throng-shapes"], "params": {"n": 3, "width": 64, "height": 64}});
    let id = ada.asks_for(body).await;
    let jobs = [rig.pops().await.expect("one"), other.pops().await.expect("two"), rig.pops().await.expect("three")];
    assert!(rig.pops().await.is_none(), "three were asked for");
    let mut ids: Vec<&str> = jobs.iter().filter_map(|job| job["id"].as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 3, "every pop mints a new id");
    rig.submits(&jobs[0]).await;
    other.submits(&jobs[1]).await;
    let check = ada.checks(&id).await;
    assert_eq!((&check["finished"], &check["processing"], &check["done"]), (&json!(2), &json!(1), &json!(false)));
    rig.submits(&jobs[2]).await;
    assert_eq!(ada.checks(&id).await["done"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_worker_cannot_submit() {
    let house = House::new().await;
    let (ada, slow, quick) = (house.user("ada").await, house.dreamer("slow").await, house.dreamer("quick").await);
    let id = ada.asks_for_an_image().await;
    let late = slow.pops().await.expect("a job");
    house.waits(LEASE).await;
    assert_eq!(ada.checks(&id).await["waiting"], 1, "the job was rescued");
    let rescued = quick.pops().await.expect("the rescued job");
    let answer = slow.tries_to_submit(&late, "ok").await;
    assert_eq!((answer.status.as_u16(), answer.rc()), (400, "AbortedGen"));
    quick.submits(&rescued).await;
    assert_eq!(ada.looks_at(&id).await["generations"][0]["worker_name"], "quick");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_nobody_can_make_is_given_up_and_says_so() {
    let house = House::new().await;
    let (ada, rig) = (house.user("ada").await, house.dreamer("rig").await);
    let id = ada.asks_for_an_image().await;
    let mut attempts = 0;
    while let Some(job) = rig.pops().await {
        rig.gives_up(&job).await;
        attempts += 1;
        assert!(attempts < 5, "a faulting request is not offered for ever");
    }
    let status = ada.looks_at(&id).await;
    assert_eq!(status["faulted"], true, "{status}");
    assert_eq!(status["generations"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submit_sent_twice_is_paid_once() {
    let house = House::new().await;
    let (ada, rig) = (house.user("ada").await, house.dreamer("rig").await);
    ada.asks_for_an_image().await;
    let job = rig.pops().await.expect("a job");
    let reward = rig.submits(&job).await;
    let again = rig.tries_to_submit(&job, "ok").await;
    assert_eq!((again.status.as_u16(), again.json["reward"].as_f64()), (200, Some(reward)), "{}", again.json);
    let owner = house.call(hyper::Method::GET, "/api/v2/find_user", rig.key(), None).await.json;
    assert_eq!(owner["records"]["fulfillment"]["image"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_stops_what_waits_and_pays_for_what_is_being_made() {
    let house = House::new().await;
    let (ada, rig) = (house.user("ada").await, house.dreamer("rig").await);
    let body = json!({"prompt": "stars", "models": ["throng-shapes"], "params": {"n": 2, "width": 64, "height": 64}});
    let id = ada.asks_for(body).await;
    let job = rig.pops().await.expect("a job");
    ada.cancels(&id).await;
    assert!(rig.pops().await.is_none(), "nothing waits any more");
    assert!(rig.submits(&job).await > 0.0, "what was handed out is still taken and paid");
    assert_eq!(ada.looks_at(&id).await["done"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_forgotten_after_its_life() {
    let house = House::new().await;
    let (ada, rig) = (house.user("ada").await, house.dreamer("rig").await);
    let id = ada.asks_for_an_image().await;
    house.waits(LIFE).await;
    let answer = house.call(hyper::Method::GET, &format!("/api/v2/generate/check/{id}"), "", None).await;
    assert_eq!((answer.status.as_u16(), answer.rc()), (404, "RequestNotFound"));
    assert!(rig.pops().await.is_none(), "a forgotten request waits for nobody");
}
