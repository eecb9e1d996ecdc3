//! `kill -9` of server and worker at random points, fifty times: no accepted request is lost, no job is paid twice, and the
//! sum of all accounts is zero.

use crate::crowd::{Crowd, register};
use anyhow::{Context as _, Result, ensure};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;
use throng_tests::process::{ServerProcess, WorkerProcess, binary};

const KILLS: usize = 50;
/// Every so many kills it is the worker's turn, whose job then waits for its lease to run out.
const WORKER_EVERY: usize = 10;
const REQUESTERS: usize = 6;
const WORKERS: usize = 3;

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
    let crowd = Crowd::at(server.address());
    let mut running = tokio::task::JoinSet::new();
    for at in 0..REQUESTERS {
        let key = register(crowd.address, &format!("asker{at}")).await?;
        running.spawn(crowd.clone().requester(key));
    }
    let mut owners = Vec::new();
    for at in 0..WORKERS {
        let key = register(crowd.address, &format!("owner{at}")).await?;
        owners.push(key.clone());
        running.spawn(crowd.clone().worker(key, format!("crowd-{at}"), seed + at as u64));
    }
    let killed_key = register(crowd.address, "unlucky").await?;
    kills(&mut server, &crowd, &killed_key, seed).await?;
    crowd.asked_enough.store(true, Ordering::Relaxed);
    let outcome = crowd.all_done(&[crowd.address], KILLS).await;
    crowd.finished.store(true, Ordering::Relaxed);
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    outcome?;
    crowd.told_is_true(&owners).await?;
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
