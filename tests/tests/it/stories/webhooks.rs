//! Finished results are announced where their requesters want them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::any;
use serde_json::{Value, json};
use throng_server::{tasks, webhooks};
use throng_tests::house::{House, Requester};

/// Longer than any pause between two tries.
const PAUSE: Duration = Duration::from_secs(11 * 60);

/// Somebody who listens: it answers in the order it was told to, then always with success, and remembers what it heard.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<Heard>>);

#[derive(Default)]
struct Heard {
    answers: VecDeque<u16>,
    calls: Vec<(HeaderMap, Bytes)>,
}

impl Listener {
    async fn new(answers: &[u16]) -> (Self, String) {
        let listener = Self::default();
        listener.0.lock().expect("no panic").answers.extend(answers);
        let router = axum::Router::new().route("/hear", any(hear)).with_state(listener.clone());
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}/hear", socket.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(socket, router).await });
        (listener, address)
    }

    fn calls(&self) -> Vec<(HeaderMap, Bytes)> {
        self.0.lock().expect("no panic").calls.clone()
    }
}

async fn hear(State(listener): State<Listener>, headers: HeaderMap, body: Bytes) -> Response {
    let mut heard = listener.0.lock().expect("no panic");
    heard.calls.push((headers, body));
    match heard.answers.pop_front().unwrap_or(200) {
        302 => Redirect::to("/hear").into_response(),
        status => StatusCode::from_u16(status).expect("a status").into_response(),
    }
}

async fn among_friends() -> House {
    House::with(|config| {
        config.no_rate_limits = true;
        config.private_webhooks = true;
    })
    .await
}

async fn asks(ada: &Requester<'_>, webhook: &str) -> String {
    let body = json!({"prompt": "stars", "models": ["throng-shapes"], "webhook": webhook, "params": {"width": 64, "height": 64}});
    ada.asks_for(body).await
}

/// How often what still waits to be announced was tried; nothing if nothing waits.
async fn tries(house: &House) -> Option<i32> {
    let tries = sqlx::query_scalar("select max(tries) from outbox where topic = 'webhook'");
    tries.fetch_one(&house.app().pool).await.expect("a table")
}

/// Lets the house announce until so many calls were heard and the errand was tried so often; the house does so by itself too.
async fn announced(house: &House, listener: &Listener, calls: usize, tried: Option<i32>) {
    for _ in 0..100 {
        tasks::announce(house.app().clone()).await;
        if (listener.calls().len(), tries(house).await) == (calls, tried) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{calls} and {tried:?} were expected, not {} and {:?}", listener.calls().len(), tries(house).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_is_announced_once_and_signed() {
    let house = among_friends().await;
    let (ada, rig) = (house.user("ada").await, house.dreamer("rig").await);
    let (listener, address) = Listener::new(&[]).await;
    let id = asks(&ada, &address).await;
    let job = rig.pops().await.expect("a job");
    let reward = rig.submits(&job).await;
    assert_eq!(rig.tries_to_submit(&job, "ok").await.status, 200);
    announced(&house, &listener, 1, None).await;
    let calls = listener.calls();
    let (headers, body) = &calls[0];
    let told: Value = serde_json::from_slice(body).expect("JSON");
    assert_eq!((&told["request"], &told["id"], &told["seed"]), (&json!(id), &job["id"], &json!(1)), "{told}");
    assert_eq!((&told["kudos"], &told["worker_name"]), (&json!(reward), &json!("rig")));
    assert!(told["img"].as_str().is_some_and(|url| url.starts_with("http")), "{told}");
    let secret = ada.gets("/api/v2/webhooks/secret").await["secret"].as_str().expect("a secret").to_owned();
    let now = house.app().clock.now().timestamp();
    assert_eq!(headers["throng-signature"], webhooks::signature(&secret, now, body));
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_are_announced_too() {
    let house = among_friends().await;
    let (ada, pen) = (house.user("ada").await, house.scribe("pen").await);
    let (listener, address) = Listener::new(&[]).await;
    let body = json!({"prompt": "Once", "models": ["throng-fables"], "webhook": address, "params": {"max_length": 20}});
    assert_eq!(ada.tries_to_ask_for_text(body).await.status, 202);
    let job = pen.pops().await.expect("a job");
    pen.submits(&job).await;
    announced(&house, &listener, 1, None).await;
    let told: Value = serde_json::from_slice(&listener.calls()[0].1).expect("JSON");
    assert_eq!((&told["state"], &told["id"]), (&json!("ok"), &job["id"]), "{told}");
    assert!(told["text"].as_str().is_some_and(|text| text.contains("a fox")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_receiver_is_tried_again_later_and_not_for_ever() {
    let house = among_friends().await;
    let (ada, rig) = (house.user("ada").await, house.dreamer("rig").await);
    // A redirect is no success and is not followed.
    let (listener, address) = Listener::new(&[500, 302]).await;
    asks(&ada, &address).await;
    let job = rig.pops().await.expect("a job");
    rig.submits(&job).await;
    announced(&house, &listener, 1, Some(1)).await;
    announced(&house, &listener, 1, Some(1)).await;
    for (calls, tried) in [(2, Some(2)), (3, None), (3, None)] {
        house.waits(PAUSE).await;
        announced(&house, &listener, calls, tried).await;
    }

    asks(&ada, "http://127.0.0.1:1/nobody").await;
    let job = rig.pops().await.expect("a job");
    rig.submits(&job).await;
    for tried in (1..8).map(Some).chain([None]) {
        announced(&house, &listener, 3, tried).await;
        house.waits(PAUSE).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn private_addresses_are_never_called() {
    let house = House::new().await;
    let (ada, rig) = (house.user("ada").await, house.dreamer("rig").await);
    let (listener, address) = Listener::new(&[]).await;
    let body = json!({"prompt": "stars", "models": ["throng-shapes"], "webhook": address});
    let answer = ada.tries_to_ask(body).await;
    assert_eq!((answer.status.as_u16(), answer.rc()), (400, "BadRequest"), "not in the open");
    let secure = address.replace("http://127.0.0.1", "https://localhost");
    asks(&ada, &secure).await;
    let job = rig.pops().await.expect("a job");
    rig.submits(&job).await;
    announced(&house, &listener, 0, Some(1)).await;
}
