//! Pops from deep queues of which one job in five fits, and a restart with all of them waiting.

use crate::stage::{Asker, Stage};
use anyhow::{Context as _, Result};
use std::sync::Arc;
use std::time::{Duration, Instant};
use throng_tests::bench::calls::{self, MODEL};
use throng_tests::bench::latencies::Latencies;

/// Clients that keep popping while the queue is deep.
pub(crate) const CLIENTS: usize = 16;
/// Jobs per request while filling: two such requests fill a user's allowance.
const JOBS_PER_REQUEST: usize = 15;
/// These wait in turn; the poppers serve the first.
const MODELS: [&str; 5] = [MODEL, "deep-1", "deep-2", "deep-3", "deep-4"];

/// Fills the queue up to `depth` jobs and measures pops while every popped job is replaced by a new one.
pub(crate) async fn run(stage: &Arc<Stage>, depth: usize, window: Duration) -> Result<String> {
    let begun = Instant::now();
    let added = fill(stage, depth).await?;
    let rate = added as f64 / begun.elapsed().as_secs_f64().max(0.001);
    let begun = Instant::now();
    let until = begun + window;
    let mut running = tokio::task::JoinSet::new();
    for at in 0..CLIENTS {
        running.spawn(keep_popping(Arc::clone(stage), at, until));
    }
    let mut pops = Latencies::default();
    while let Some(finished) = running.join_next().await {
        pops.merge(&finished??);
    }
    let per_second = pops.count() as f64 / begun.elapsed().as_secs_f64();
    let (p50, p99) = (pops.percentile_ms(0.5), pops.percentile_ms(0.99));
    Ok(format!("{depth:>8} | {per_second:>7.0} | {p50:>10.2}  {p99:>7.2} | {rate:>8.0}"))
}

async fn keep_popping(stage: Arc<Stage>, at: usize, until: Instant) -> Result<Latencies> {
    let mut client = stage.client(at);
    let mut asker: Option<Asker> = None;
    let mut pops = Latencies::default();
    while Instant::now() < until {
        let mut with_room = stage.asker(asker.take(), 1).await?;
        calls::ask(&mut with_room.wire, MODEL, 1).await?;
        asker = Some(with_room);
        if let Some(generation) = pops.timed(calls::pop(&mut client.wire, &client.worker, MODEL)).await? {
            calls::submit(&mut client.wire, &generation).await?;
        }
    }
    Ok(pops)
}

/// Adds requests until `depth` jobs wait.
async fn fill(stage: &Arc<Stage>, depth: usize) -> Result<usize> {
    let requests = depth.saturating_sub(waiting(stage).await?).div_ceil(JOBS_PER_REQUEST);
    let mut running = tokio::task::JoinSet::new();
    for at in 0..CLIENTS {
        let stage = Arc::clone(stage);
        running.spawn(async move {
            let mut asker: Option<Asker> = None;
            for request in (at..requests).step_by(CLIENTS) {
                let mut with_room = stage.asker(asker.take(), JOBS_PER_REQUEST).await?;
                // The model changes with every round of all clients, so that each of them asks for all five.
                let model = MODELS[(request / CLIENTS) % MODELS.len()];
                calls::ask(&mut with_room.wire, model, JOBS_PER_REQUEST).await?;
                asker = Some(with_room);
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
    let waiting = waiting(stage).await?;
    let mut asker = stage.asker(None, 1).await?;
    let request = calls::ask(&mut asker.wire, MODEL, 1).await?;
    stage.server.process.kill()?;
    let begun = Instant::now();
    stage.server.process.start().await.context("the server did not come back")?;
    let path = format!("/api/v2/generate/check/{request}");
    loop {
        // A server that still rebuilds its desk answers 503; what counts is the first real answer.
        let answer = stage.client(0).wire.get(&path).await?;
        if answer.status.is_success() {
            break;
        }
        anyhow::ensure!(
            answer.status.is_server_error(),
            "an accepted request was lost over the restart: {}",
            answer.json
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let took = begun.elapsed().as_secs_f64();
    Ok(format!(
        "\nrestart after kill -9 with {waiting} jobs waiting: {took:.2} s to the first answer about one of them"
    ))
}
