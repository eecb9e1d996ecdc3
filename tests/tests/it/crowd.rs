//! A small crowd over the wire for the tests that kill servers: requesters, and workers that answer without a model, all of whom keep
//! trying while the server is away. What was acknowledged to them is the test's truth.

use anyhow::{Context as _, Result, bail, ensure};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use throng_tests::wire::{Answer, Wire};

/// A pop whose answer a kill took is leased to nobody until its lease ends, after 150 s; the tick and a busy machine add to it.
const FINISH_MAX: Duration = Duration::from_secs(240);

/// Registers a user and returns its key.
pub(crate) async fn register(address: SocketAddr, name: &str) -> Result<String> {
    let answer = Wire::new(address, "").post("/register", &json!({ "username": name })).await?;
    Ok(answer.json["api_key"].as_str().with_context(|| format!("not registered: {}", answer.json))?.to_owned())
}

/// What the crowd was told.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// Requests that were accepted.
    pub(crate) accepted: Vec<String>,
    /// Generations whose result was accepted, with the reward that was named.
    pub(crate) rewards: Vec<(String, f64)>,
    /// Generations handed out, to see that none is handed out twice.
    pub(crate) leased: Vec<String>,
}

/// Shared by all of the crowd.
#[derive(Clone)]
pub(crate) struct Crowd {
    pub(crate) address: SocketAddr,
    pub(crate) told: Arc<Mutex<Told>>,
    /// No new requests from now on; workers go on until nothing waits.
    pub(crate) asked_enough: Arc<AtomicBool>,
    pub(crate) finished: Arc<AtomicBool>,
}

impl Crowd {
    /// Nobody yet, who will call this server.
    pub(crate) fn at(address: SocketAddr) -> Crowd {
        Crowd { address, told: Arc::default(), asked_enough: Arc::default(), finished: Arc::default() }
    }

    /// Waits until every accepted request is known and done, wherever one asks; fewer than these would show little.
    pub(crate) async fn all_done(&self, addresses: &[SocketAddr], at_least: usize) -> Result<()> {
        let accepted = self.told.lock().expect("no test thread panicked").accepted.clone();
        ensure!(accepted.len() > at_least, "only {} requests were accepted: the test shows little", accepted.len());
        let begun = Instant::now();
        for (at, id) in accepted.iter().enumerate() {
            let mut wire = Wire::new(addresses[at % addresses.len()], "");
            loop {
                let status = wire.get(&format!("/api/v2/generate/text/status/{id}")).await?;
                ensure!(status.status == 200, "the accepted request {id} was lost: {} {}", status.status, status.json);
                if status.json["done"] == true {
                    let results = status.json["generations"].as_array().map_or(0, Vec::len);
                    ensure!(results == 1, "{results} results instead of one: {}", status.json);
                    break;
                }
                ensure!(begun.elapsed() < FINISH_MAX, "not done: {}", status.json);
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        println!("{} requests accepted, all done", accepted.len());
        Ok(())
    }

    /// What the crowd was told is what the books say.
    pub(crate) async fn told_is_true(&self, owners: &[String]) -> Result<()> {
        let mut fulfilled = 0;
        for key in owners {
            let user = Wire::new(self.address, key).get("/api/v2/find_user").await?;
            fulfilled += user.json["records"]["fulfillment"]["text"].as_u64().unwrap_or(0) as usize;
        }
        let told = self.told.lock().expect("no test thread panicked");
        let leased: HashSet<&String> = told.leased.iter().collect();
        ensure!(leased.len() == told.leased.len(), "a generation was handed out twice");
        let paid: HashSet<&String> = told.rewards.iter().map(|(generation, _)| generation).collect();
        ensure!(paid.len() == told.rewards.len(), "a generation was paid twice");
        ensure!(fulfilled == paid.len(), "the books say {fulfilled} results, the workers were told {}", paid.len());
        Ok(())
    }

    /// Asks for short texts until it is enough.
    pub(crate) async fn requester(self, key: String) -> Result<()> {
        let mut wire = Wire::new(self.address, &key);
        let body =
            json!({"prompt": "Once upon a time", "models": [], "params": {"max_length": 16, "max_context_length": 80}});
        while !self.asked_enough.load(Ordering::Relaxed) {
            // An answer that never came promises nothing, so only answers are counted; too many at once are refused, kindly.
            if let Ok(answer) = wire.post("/api/v2/generate/text/async", &body).await
                && let Some(id) = answer.json["id"].as_str()
            {
                self.note(|told| told.accepted.push(id.to_owned()));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Pops and submits until all is finished; a quarter of the submits are sent twice on purpose.
    pub(crate) async fn worker(self, key: String, name: String, seed: u64) -> Result<()> {
        let mut chance = StdRng::seed_from_u64(seed);
        let mut wire = Wire::new(self.address, &key);
        let offer = json!({
            "name": name, "models": ["throng-fables"], "max_length": 512, "max_context_length": 2048,
            "bridge_agent": "KoboldCppEmbedWorker:2:crowd", "threads": 1,
        });
        while !self.finished.load(Ordering::Relaxed) {
            let Ok(popped) = wire.post("/api/v2/generate/text/pop", &offer).await else {
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            };
            let Some(generation) = popped.json["id"].as_str().map(str::to_owned) else {
                tokio::time::sleep(Duration::from_millis(30)).await;
                continue;
            };
            self.note(|told| told.leased.push(generation.clone()));
            self.submit(&mut wire, &generation, chance.random_bool(0.25)).await?;
        }
        Ok(())
    }

    async fn submit(&self, wire: &mut Wire, generation: &str, twice: bool) -> Result<()> {
        let result = json!({"id": generation, "generation": "a fox met a crow", "state": "ok"});
        let first = self.insist(wire, &result).await?;
        match first.json["reward"].as_f64() {
            Some(reward) => self.note(|told| told.rewards.push((generation.to_owned(), reward))),
            None => bail!("a live lease was refused: {} {}", first.status, first.json),
        }
        if twice {
            let second = self.insist(wire, &result).await?;
            let same = second.json["reward"] == first.json["reward"] || second.rc() == "DuplicateGen";
            if !same {
                bail!("a repeated submit was answered with {} {}", second.status, second.json);
            }
        }
        Ok(())
    }

    /// Sends a submit until the server answers it, as any worker would over a restart.
    async fn insist(&self, wire: &mut Wire, result: &Value) -> Result<Answer> {
        loop {
            match wire.post("/api/v2/generate/text/submit", result).await {
                Ok(answer) if !answer.status.is_server_error() => return Ok(answer),
                _ => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    fn note(&self, note: impl FnOnce(&mut Told)) {
        note(&mut self.told.lock().expect("no test thread panicked"));
    }
}
