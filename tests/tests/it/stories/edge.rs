//! The edge's policy inside the server: public answers are kept and fetched once, given old when no new one can be had;
//! nothing that carries a key is kept. And what a real edge is told.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::{Method, Request};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use throng_policy::latest::Taken;
use throng_policy::{Answer as Which, Batch, Kind, Latest, NewWork, push, sign};
use throng_server::watching::edge_key;
use throng_tests::house::House;
use throng_tests::wire::{Answer, refused};

/// Comes from the database, and is good for fifty seconds.
const TOTALS: &str = "/api/v2/stats/img/totals";
/// Comes from the desk, and is good for two.
const PERFORMANCE: &str = "/api/v2/status/performance";
/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

async fn house() -> House {
    House::with(|config| {
        config.no_rate_limits = true;
        config.no_edge = false;
    })
    .await
}

async fn get(house: &House, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    house.send(request.body(Body::empty()).expect("a valid request")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_answer_outlives_the_database_for_a_while_and_says_so() {
    let house = house().await;
    let fresh = get(&house, TOTALS, &[]).await;
    assert_eq!((fresh.status.as_u16(), fresh.headers.get("age")), (200, None));
    house.app().pool.close().await;
    let kept = get(&house, TOTALS, &[]).await;
    assert_eq!((kept.status.as_u16(), &kept.body), (200, &fresh.body), "it is answered without the database");
    assert!(kept.headers["age"] == "0" && !kept.headers.contains_key("throng-stale"));
    for (name, value) in [("apikey", "0000000000"), ("authorization", "x"), ("cookie", "x")] {
        assert_eq!(get(&house, TOTALS, &[(name, value)]).await.status, 500, "with {name} it is asked for");
    }

    house.waits(Duration::from_secs(60)).await;
    let once_more = get(&house, TOTALS, &[]).await;
    assert!(once_more.status == 200 && !once_more.headers.contains_key("throng-stale"), "while a new one is fetched");
    house.waits(Duration::from_secs(60)).await;
    let spare = get(&house, TOTALS, &[]).await;
    assert_eq!((spare.status.as_u16(), &spare.body), (200, &fresh.body));
    assert!(spare.headers["throng-stale"] == "1" && spare.headers["age"] == "120", "{:?}", spare.headers);
    house.waits(Duration::from_secs(600)).await;
    assert_eq!(get(&house, TOTALS, &[]).await.status, 500, "too old to be better than nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn however_many_ask_at_once_the_desk_is_asked_once() {
    let house = Arc::new(house().await);
    let before = house.app().desk.meter().read().acts;
    let asking: Vec<_> = (0..50)
        .map(|_| {
            let house = Arc::clone(&house);
            tokio::spawn(async move { get(&house, PERFORMANCE, &[]).await.status })
        })
        .collect();
    for asked in asking {
        assert_eq!(asked.await.expect("no panic"), 200);
    }
    // The household's own acts, once a second each, are among them.
    let acts = house.app().desk.meter().read().acts - before;
    assert!(acts < 25, "{acts} acts for 50 calls");
    house.waits(Duration::from_secs(5)).await;
    let before = house.app().desk.meter().read().acts;
    assert_eq!(get(&house, PERFORMANCE, &[]).await.headers.get("age"), None, "what is too old is asked for anew");
    assert!(house.app().desk.meter().read().acts > before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_depends_on_what_is_asked_and_on_nothing_else() {
    let house = house().await;
    let path = "/api/v2/status/models";
    let whole = get(&house, path, &[]).await;
    let masked = get(&house, path, &[("x-fields", "{name}")]).await;
    let texts = get(&house, "/api/v2/status/models?type=text", &[]).await;
    assert!(
        whole.headers.get("age").is_none() && masked.headers.get("age").is_none() && texts.headers.get("age").is_none()
    );
    for (path, headers) in [
        ("/api/v2/status/models?nonsense=7", &[][..]),
        ("/api/v2/status/models/", &[("client-agent", "a:1:b")][..]),
        ("/api/v2/status/models?type=%74ext", &[][..]),
    ] {
        assert_eq!(get(&house, path, headers).await.headers["age"], "0", "{path}");
    }
    let wrong = get(&house, "/api/v2/status/models?type=dreams", &[]).await;
    refused(&wrong, 400, "BadRequest");
    assert!(
        get(&house, "/api/v2/status/models?type=dreams", &[]).await.headers.get("age").is_none(),
        "noes are not kept"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_moderators_see_is_shown_to_nobody_else() {
    let house = house().await;
    let moderator = house.moderator("mo").await;
    let path = "/api/v2/status/modes";
    for _ in 0..2 {
        assert!(get(&house, path, &[]).await.json.get("raid_mode").is_none());
        assert!(get(&house, path, &[("apikey", moderator.key())]).await.json["raid_mode"].is_boolean());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_from_memory_are_counted_as_all_others_and_so_are_noes() {
    let house = House::with(|config| config.no_edge = false).await;
    for left in (0..90).rev() {
        let answer = get(&house, PERFORMANCE, &[]).await;
        assert_eq!((answer.status.as_u16(), &answer.headers["x-ratelimit-remaining"]), (200, &HeaderValue::from(left)));
    }
    let late = get(&house, PERFORMANCE, &[]).await;
    assert_eq!((late.status.as_u16(), late.json["message"].as_str()), (429, Some("90 per 1 minute")));
    let check = "/api/v2/generate/check/x";
    for left in (0..10).rev() {
        let answer = get(&house, check, &[("client-agent", "a:1:b")]).await;
        refused(&answer, 404, "RequestNotFound");
        assert_eq!(answer.headers["x-ratelimit-remaining"], HeaderValue::from(left));
        assert_eq!(answer.headers["access-control-allow-origin"], "*");
    }
    assert_eq!(get(&house, check, &[("client-agent", "a:1:b")]).await.status, 429);
}

/// An edge that is out of order at first, and then believes what is signed.
#[derive(Default)]
struct Edge {
    works: AtomicBool,
    batches: Mutex<Vec<(HeaderMap, Bytes)>>,
}

async fn told(State(edge): State<Arc<Edge>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    edge.batches.lock().expect("no panic").push((headers, body));
    if edge.works.swap(true, Ordering::Relaxed) { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

async fn listening() -> (Arc<Edge>, String) {
    let edge = Arc::new(Edge::default());
    let router = Router::new().route(push::PATH, post(told)).with_state(Arc::clone(&edge));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (edge, url)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edge_is_told_of_every_change_signed_and_again_until_it_listens() {
    let (edge, url) = listening().await;
    let house = House::with(|config| {
        config.no_rate_limits = true;
        config.edge_url = Some(url);
    })
    .await;
    let (ada, pen) = (house.user("ada").await, house.scribe("pen").await);
    let id = ada.asks_for_a_text().await;
    let job = pen.pops().await.expect("a job");
    pen.submits(&job).await;
    let expected = house.call(Method::GET, &format!("/api/v2/generate/text/status/{id}"), "", None).await.body;

    let key: [u8; sign::KEY_BYTES] =
        URL_SAFE_NO_PAD.decode(edge_key(&house.app().secret)).expect("base64").try_into().expect("a key");
    let now = house.app().clock.now();
    let (mut latest, mut read) = (Latest::default(), 0);
    let known = async {
        loop {
            let batches = edge.batches.lock().expect("no panic").clone();
            for (headers, body) in &batches[read..] {
                let signature = headers["throng-signature"].to_str().expect("text");
                assert_eq!(sign::verify(&key, now.timestamp(), signature, body), Ok(()));
                assert_eq!(sign::verify(&key, now.timestamp(), signature, &body[1..]), Err(sign::Forged::Wrong));
                let batch = Batch::read(body).expect("a batch");
                for change in batch.changes.into_iter().filter(|change| change.request == id) {
                    latest.take(change.clone(), now.timestamp_millis());
                    assert_eq!(latest.take(change, now.timestamp_millis()), Taken::Old, "a replay");
                }
            }
            read = batches.len();
            if latest.poll(Which::Status, now.timestamp_millis()).is_some_and(|status| status.as_bytes() == expected) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, known).await.expect("the edge knows how it stands");
    assert!(edge.works.load(Ordering::Relaxed), "it was told again");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edge_is_told_of_work_and_again_of_what_nobody_takes() {
    let (edge, url) = listening().await;
    edge.works.store(true, Ordering::Relaxed);
    let house = House::with(|config| config.edge_url = Some(url)).await;
    house.user("ada").await.asks_for_a_text().await;
    let told = async {
        loop {
            let batches = edge.batches.lock().expect("no panic").clone();
            let work: Vec<NewWork> =
                batches.iter().flat_map(|(_, body)| Batch::read(body).expect("a batch").work).collect();
            for work in &work {
                assert_eq!((work.kind, work.model.as_deref()), (Kind::Text, Some("throng-fables")));
            }
            // One job, and then the same once more, for four times as many workers as were woken for it.
            if work.iter().map(|work| work.jobs).sum::<u32>() >= 11 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, told).await.expect("the edge knows of the job that is left");
}
