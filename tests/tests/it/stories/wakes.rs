//! Workers who wait for work are told when some comes, and those it is not for sleep on.

use hyper::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use throng_bridge::horde::{Account, Pop};
use throng_bridge::outcome::Submission;
use throng_bridge::parrot::{Parrot, terms};
use throng_bridge::{Bridge, Chance, Clock, Control, Ended, Horde, HordeError, Kind, Logbook, Note, Offer, wire};
use throng_tests::house::{House, Listener};
use throng_tests::wire::Answer;
use tokio::sync::Mutex;

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_is_woken_by_what_it_serves_and_by_nothing_else() {
    let house = House::new().await;
    let (ada, pen) = (house.user("ada").await, house.scribe("pen").await);
    let mut sleeper = house.opens("/wake?text=throng-fables", &[("apikey", pen.key())]).await.expect("a stream");
    let first = sleeper.next().await.expect("the first bell");
    assert_eq!((first.name.as_str(), first.json()), ("wake", json!({"kinds": ["text"]})), "there may be work already");
    // Neither of these is for it; the next bell is for what comes after them.
    ada.asks_for_an_image().await;
    let other = json!({"prompt": "p", "models": ["another"], "params": {"max_length": 20}});
    assert_eq!(ada.tries_to_ask_for_text(other).await.status, 202);
    let before = Instant::now();
    let id = ada.asks_for_a_text().await;
    assert_eq!(sleeper.next().await.expect("a bell").json(), json!({"kinds": ["text"]}));
    println!("woken {:?} after the request was accepted", before.elapsed());
    // What comes back to the queue wakes too.
    let job = pen.pops().await.expect("a job");
    pen.gives_up(&job).await;
    sleeper.next().await.expect("a bell");
    assert_eq!(ada.reads(&id).await["waiting"], 1);
    // A request that names no model is for anybody.
    let any = json!({"prompt": "p", "models": [], "params": {"max_length": 20}});
    assert_eq!(ada.tries_to_ask_for_text(any).await.status, 202);
    sleeper.next().await.expect("a bell");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_work_is_not_woken() {
    let house = House::new().await;
    let ada = house.user("ada").await;
    for (path, key, status, rc) in [
        ("/wake?text=a", "0000000000", 403, "AnonForbiddenWorker"),
        ("/wake?text=a", "nobody's", 401, "InvalidAPIKey"),
        ("/wake?dreams=a", ada.key(), 400, ""),
    ] {
        let refused = house.opens(path, &[("apikey", key)]).await.expect_err("a refusal");
        assert_eq!((refused.status.as_u16(), refused.rc()), (status, rc), "{path} {}", refused.json);
    }
    assert_eq!(house.opens("/wake?text=a", &[]).await.expect_err("a refusal").status, 400);
}

/// A server, as a worker reaches it in a story.
struct StoryHorde<'h> {
    house: &'h House,
    key: String,
    stream: Mutex<Listener>,
}

impl StoryHorde<'_> {
    async fn post(&self, path: &str, body: Value) -> Result<Answer, HordeError> {
        let answer = self.house.call(Method::POST, path, &self.key, Some(body)).await;
        if answer.status.is_success() {
            return Ok(answer);
        }
        Err(wire::error_of(answer.status.as_u16(), None, &answer.body))
    }
}

impl Horde for StoryHorde<'_> {
    async fn pop(&self, offer: &Offer) -> Result<Pop, HordeError> {
        if offer.kind != Kind::Text {
            return Ok(Pop { popped: None, skipped: BTreeMap::new(), messages: Vec::new() });
        }
        let body = serde_json::to_value(wire::text_pop(offer)).expect("JSON");
        wire::read_text_pop(&self.post("/api/v2/generate/text/pop", body).await?.body)
    }

    async fn submit(&self, submission: &Submission) -> Result<f64, HordeError> {
        let body = serde_json::to_value(wire::submit(submission)).expect("JSON");
        let answer = self.post("/api/v2/generate/text/submit", body).await?;
        Ok(answer.json["reward"].as_f64().expect("a reward"))
    }

    async fn upload(&self, _: &str, _: &[u8]) -> Result<(), HordeError> {
        Err(HordeError::Network("no pictures in this story".into()))
    }

    async fn fetch(&self, _: &str) -> Result<Vec<u8>, HordeError> {
        Err(HordeError::Network("no pictures in this story".into()))
    }

    async fn find_user(&self) -> Result<Account, HordeError> {
        Err(HordeError::Network("nobody asks in this story".into()))
    }

    async fn woken(&self, _: &[Offer]) {
        let mut stream = self.stream.lock().await;
        while stream.next().await.expect("the stream lasts").name != "wake" {}
    }

    fn is_listening(&self) -> bool {
        true
    }
}

/// Real time, and nothing worth telling.
#[derive(Clone)]
struct Shell(Instant);

impl Clock for Shell {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

impl Chance for Shell {
    fn fraction(&self) -> f64 {
        0.5
    }
}

impl Logbook for Shell {
    fn note(&self, _: &Note<'_>) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_parrot_hears_of_a_job_long_before_it_would_have_asked() {
    let house = House::new().await;
    let (ada, owner) = (house.user("ada").await, house.user("owner").await);
    let stream = house.opens("/wake?text=parrot-talk", &[("apikey", owner.key())]).await.expect("a stream");
    let horde = StoryHorde { house: &house, key: owner.key().to_owned(), stream: Mutex::new(stream) };
    let shell = Shell(Instant::now());
    let parrot = Parrot::new(shell.clone(), []);
    parrot.keep(|ability| ability.kind == Kind::Text);
    let bridge = Bridge::new(horde, parrot, shell, terms(), Control::new()).with_jobs_max(Some(1));
    let story = async {
        // It has asked, and found nothing, once it is known; left alone it would ask again after ten seconds at the earliest.
        while ada.gets("/api/v2/workers").await.as_array().is_none_or(Vec::is_empty) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let asked = Instant::now();
        let body = json!({"prompt": "Once", "models": ["parrot-talk"], "params": {"max_length": 20}});
        let id = ada.tries_to_ask_for_text(body).await.json["id"].as_str().expect("an id").to_owned();
        loop {
            let status: Value = ada.reads(&id).await;
            if status["done"] == true {
                return (asked.elapsed(), status);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let both = async { tokio::join!(bridge.run(), story) };
    let (ended, (took, status)) = tokio::time::timeout(PATIENCE, both).await.expect("the job is done");
    assert_eq!(ended, Ended::JobsDone);
    assert_eq!(status["generations"][0]["text"], "Once said the parrot");
    assert!(took < Duration::from_secs(8), "{took:?}: it was not woken");
}
