//! A small crowd over the wire for the crash test: requesters, and workers that answer without a model, all of whom keep
//! trying while the server is away. What was acknowledged to them is the test's truth.

use anyhow::{Result, bail};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use throng_tests::wire::{Answer, Wire};

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
