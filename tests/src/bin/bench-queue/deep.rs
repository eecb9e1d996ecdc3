//! Pops from deep queues of which one job in five fits, and a restart with all of them waiting.

use crate::cycles;
use crate::figures::Latencies;
use crate::stage::Stage;
use anyhow::{Context as _, Result};
use std::time::{Duration, Instant};

/// Clients that keep popping while the queue is deep.
pub(crate) const CLIENTS: usize = 16;
/// Jobs per request while filling: the most the wire allows.
const JOBS_PER_REQUEST: usize = 20;
/// Five models wait in turn; the poppers serve the first.
const MODELS: [&str; 5] = ["deep-0", "deep-1", "deep-2", "deep-3", "deep-4"];

/// Fills the queue up to `depth` jobs and measures pops while every popped job is replaced by a new one.
pub(crate) async fn run(stage: &Stage, depth: usize, window: Duration) -> Result<String> {
    let begun = Instant::now();
    let added = fill(stage, depth).await?;
    let rate = added as f64 / begun.elapsed().as_secs_f64().max(0.001);
    let begun = Instant::now();
    let until = begun + window;
    let mut running = tokio::task::JoinSet::new();
    for at in 0..CLIENTS {
        let mut client = stage.client(at);
        running.spawn(async move {
            let (mut pops, mut rest) = (Latencies::default(), Latencies::default());
            while Instant::now() < until {
                cycles::ask(&mut client, MODELS[0], 1, &mut rest).await?;
                if let Some(generation) = cycles::pop(&mut client, MODELS[0], &mut pops).await? {
                    cycles::submit(&mut client, &generation, &mut rest).await?;
                }
            }
            anyhow::Ok(pops)
        });
    }
    let mut pops = Latencies::default();
    while let Some(finished) = running.join_next().await {
        pops.merge(finished??);
    }
    let per_second = pops.count() as f64 / begun.elapsed().as_secs_f64();
    let (p50, p99) = (pops.percentile_ms(0.5), pops.percentile_ms(0.99));
    Ok(format!("{depth:>8} | {per_second:>7.0} | {p50:>10.2}  {p99:>7.2} | {rate:>8.0}"))
}

/// Adds requests until `depth` jobs wait.
async fn fill(stage: &Stage, depth: usize) -> Result<usize> {
    let missing = depth.saturating_sub(waiting(stage).await?);
    let requests = missing.div_ceil(JOBS_PER_REQUEST);
    let mut running = tokio::task::JoinSet::new();
    for at in 0..CLIENTS {
        let mut client = stage.client(at);
        running.spawn(async move {
            let mut latency = Latencies::default();
            for request in (at..requests).step_by(CLIENTS) {
                cycles::ask(&mut client, MODELS[request % MODELS.len()], JOBS_PER_REQUEST, &mut latency).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(finished) = running.join_next().await {
        finished??;
    }
    Ok(requests * JOBS_PER_REQUEST)
}

async fn waiting(stage: &Stage) -> Result<usize> {
    let answer = stage.client(0).wire.get("/api/v2/status/performance").await?;
    Ok(answer.json["queued_requests"].as_u64().unwrap_or(0) as usize)
}

/// Kills the server with everything waiting and measures how long the next one takes to answer from a rebuilt desk.
pub(crate) async fn restart(stage: &mut Stage) -> Result<String> {
    let mut client = stage.client(0);
    let mut latency = Latencies::default();
    let request = cycles::ask(&mut client, MODELS[0], 1, &mut latency).await?;
    stage.server.kill()?;
    let took = stage.server.start().await.context("the server did not come back")?;
    let answer = stage.client(0).wire.get(&format!("/api/v2/generate/check/{request}")).await?;
    anyhow::ensure!(answer.status.is_success(), "an accepted request was lost over the restart");
    Ok(format!("\nrestart after kill -9 with all of these waiting: {:.2} s to the first answer", took.as_secs_f64()))
}
