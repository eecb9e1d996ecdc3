//! `kill -9` of server and worker at random points, fifty times: no accepted request is lost, no job is paid twice, and the
//! sum of all accounts is zero.

use crate::crowd::{Crowd, Told};
use anyhow::{Context as _, Result, ensure};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use throng_tests::process::{ServerProcess, WorkerProcess, binary};
use throng_tests::wire::Wire;

const KILLS: usize = 50;
/// Every so many kills it is the worker's turn, whose job then waits for its lease to run out.
const WORKER_EVERY: usize = 10;
const REQUESTERS: usize = 6;
const WORKERS: usize = 3;
/// A lease of a killed worker lasts 150 s, and the tick and a busy machine add to it.
const FINISH_SECONDS_MAX: u64 = 240;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_over_fifty_kills() -> Result<()> {
    if std::env::var_os("THRONG_TEST_QUICK").is_some() {
        return Ok(());
    }
    let seed = std::env::var("THRONG_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_122);
    println!("seed {seed} (THRONG_SEED replays it)");
    let data = tempfile::tempdir()?;
    let mut server =
        ServerProcess::new(binary("THRONG_SERVER_BIN", "throng-server")?, data.path(), &["--no-rate-limits"])?;
    server.start().await?;
    let crowd = Crowd {
        address: server.address(),
        told: Arc::new(Mutex::new(Told::default())),
        asked_enough: Arc::new(AtomicBool::new(false)),
        finished: Arc::new(AtomicBool::new(false)),
    };
    let mut running = tokio::task::JoinSet::new();
    for at in 0..REQUESTERS {
        let key = register(&crowd, &format!("asker{at}")).await?;
        running.spawn(crowd.clone().requester(key));
    }
    let mut owners = Vec::new();
    for at in 0..WORKERS {
        let key = register(&crowd, &format!("owner{at}")).await?;
        owners.push(key.clone());
        running.spawn(crowd.clone().worker(key, format!("crowd-{at}"), seed + at as u64));
    }
    let killed_key = register(&crowd, "unlucky").await?;
    kills(&mut server, &crowd, &killed_key, seed).await?;
    crowd.asked_enough.store(true, Ordering::Relaxed);
    let outcome = all_done(&crowd).await;
    crowd.finished.store(true, Ordering::Relaxed);
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    outcome?;
    told_is_true(&crowd, &owners).await?;
    server.stop()?;
    let (status, report) = server.role(&["audit"])?;
    ensure!(status.success(), "the audit found faults:\n{report}");
    Ok(())
}

async fn kills(server: &mut ServerProcess, crowd: &Crowd, key: &str, seed: u64) -> Result<()> {
    let mut chance = StdRng::seed_from_u64(seed);
    let program = binary("THRONG_WORKER_BIN", "throng-worker")?;
    let models = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../models");
    let mut worker = real_worker(&program, crowd, key, &models)?;
    for kill in 1..=KILLS {
        tokio::time::sleep(Duration::from_millis(chance.random_range(50..600))).await;
        if kill % WORKER_EVERY == 0 {
            worker.kill()?;
            worker = real_worker(&program, crowd, key, &models)?;
        } else {
            server.kill()?;
            server.start().await.with_context(|| format!("after kill {kill}"))?;
        }
    }
    worker.stop()
}

fn real_worker(program: &Path, crowd: &Crowd, key: &str, models: &Path) -> Result<WorkerProcess> {
    let models = models.display().to_string();
    WorkerProcess::start(
        program,
        crowd.address,
        key,
        "unlucky",
        &["--models-dir", &models, "--models", "throng-fables"],
    )
}

async fn register(crowd: &Crowd, name: &str) -> Result<String> {
    let answer = Wire::new(crowd.address, "").post("/register", &serde_json::json!({ "username": name })).await?;
    Ok(answer.json["api_key"].as_str().with_context(|| format!("not registered: {}", answer.json))?.to_owned())
}

/// Waits until every accepted request is done.
async fn all_done(crowd: &Crowd) -> Result<()> {
    let accepted = crowd.told.lock().expect("no test thread panicked").accepted.clone();
    ensure!(accepted.len() > KILLS, "only {} requests were accepted: the test shows little", accepted.len());
    let mut wire = Wire::new(crowd.address, "");
    let begun = Instant::now();
    for id in &accepted {
        loop {
            let status = wire.get(&format!("/api/v2/generate/text/status/{id}")).await?;
            ensure!(status.status == 200, "the accepted request {id} was lost: {} {}", status.status, status.json);
            if status.json["done"] == true {
                let results = status.json["generations"].as_array().map_or(0, Vec::len);
                ensure!(results == 1, "{results} results instead of one: {}", status.json);
                break;
            }
            ensure!(begun.elapsed() < Duration::from_secs(FINISH_SECONDS_MAX), "not done: {}", status.json);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    println!("{} requests accepted, all done", accepted.len());
    Ok(())
}

/// What the crowd was told is what the books say.
async fn told_is_true(crowd: &Crowd, owners: &[String]) -> Result<()> {
    let mut fulfilled = 0;
    for key in owners {
        let user = Wire::new(crowd.address, key).get("/api/v2/find_user").await?;
        fulfilled += user.json["records"]["fulfillment"]["text"].as_u64().unwrap_or(0) as usize;
    }
    let told = crowd.told.lock().expect("no test thread panicked");
    let leased: HashSet<&String> = told.leased.iter().collect();
    ensure!(leased.len() == told.leased.len(), "a generation was handed out twice");
    let paid: HashSet<&String> = told.rewards.iter().map(|(generation, _)| generation).collect();
    ensure!(paid.len() == told.rewards.len(), "a generation was paid twice");
    ensure!(fulfilled == paid.len(), "the books say {fulfilled} results, the workers were told {}", paid.len());
    Ok(())
}
