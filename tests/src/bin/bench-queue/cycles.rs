//! Whole image cycles: every client asks, pops, submits, checks and looks in turn. A client pops whatever is next, which
//! may be another's job, so the queue, the leases and the books see what a crowd would give them.

use crate::cpu;
use crate::figures::{Latencies, Measured};
use crate::stage::{Client, Stage};
use anyhow::{Context as _, Result, bail};
use serde_json::json;
use std::time::{Duration, Instant};
use throng_tests::wire::{Answer, Wire};

/// The model of the cycles; every client's worker serves it.
pub(crate) const MODEL: &str = "throng-shapes";

/// Runs `clients` clients for the given time.
pub(crate) async fn run(stage: &Stage, clients: usize, window: Duration) -> Result<Measured> {
    let before = cpu::seconds(stage.server.id(), &stage.cluster);
    let begun = Instant::now();
    let mut running = tokio::task::JoinSet::new();
    for at in 0..clients {
        let client = stage.client(at);
        running.spawn(async move { drive(client, begun + window).await });
    }
    let mut measured = Measured::default();
    let mut cycles = 0;
    while let Some(finished) = running.join_next().await {
        let (count, latencies) = finished??;
        cycles += count;
        for (sum, own) in measured.latencies.iter_mut().zip(latencies) {
            sum.merge(own);
        }
    }
    let elapsed = begun.elapsed().as_secs_f64();
    let after = cpu::seconds(stage.server.id(), &stage.cluster);
    let calls = measured.latencies.iter().map(Latencies::count).sum::<usize>().max(1) as f64;
    measured.cycles_per_second = f64::from(cycles) / elapsed;
    measured.cpu_us = std::array::from_fn(|at| (after[at] - before[at]) * 1e6 / calls);
    Ok(measured)
}

async fn drive(mut client: Client, until: Instant) -> Result<(u32, [Latencies; 5])> {
    let mut latencies: [Latencies; 5] = std::array::from_fn(|_| Latencies::default());
    let mut cycles = 0;
    while Instant::now() < until {
        cycle(&mut client, &mut latencies).await?;
        cycles += 1;
    }
    Ok((cycles, latencies))
}

async fn cycle(client: &mut Client, latencies: &mut [Latencies; 5]) -> Result<()> {
    let request = ask(&mut client.wire, MODEL, 1, &mut latencies[0]).await?;
    let Some(generation) = pop(client, MODEL, &mut latencies[1]).await? else {
        // As many jobs as clients wait at any time, so this happens only between a submit and the next ask.
        return Ok(());
    };
    submit(client, &generation, &mut latencies[2]).await?;
    timed(&mut latencies[3], client.wire.get(&format!("/api/v2/generate/check/{request}")))
        .await
        .and_then(expect(200))?;
    timed(&mut latencies[4], client.wire.get(&format!("/api/v2/generate/status/{request}")))
        .await
        .and_then(expect(200))?;
    Ok(())
}

/// Asks for `n` pictures and returns the request's id.
pub(crate) async fn ask(wire: &mut Wire, model: &str, n: usize, latency: &mut Latencies) -> Result<String> {
    let body = json!({
        "prompt": "a red circle left of a blue square ### blurry",
        "params": {"width": 512, "height": 512, "steps": 20, "n": n},
        "models": [model],
    });
    let answer = timed(latency, wire.post("/api/v2/generate/async", &body)).await.and_then(expect(202))?;
    Ok(answer.json["id"].as_str().context("no id in the answer")?.to_owned())
}

/// Pops one job of the model and returns its generation.
pub(crate) async fn pop(client: &mut Client, model: &str, latency: &mut Latencies) -> Result<Option<String>> {
    let body = json!({
        "name": client.worker, "models": [model], "bridge_agent": "AI Horde Worker reGen:13:bench", "threads": 1,
        "max_pixels": 1_048_576, "nsfw": true, "amount": 1,
    });
    let answer = timed(latency, client.wire.post("/api/v2/generate/pop", &body)).await.and_then(expect(200))?;
    Ok(answer.json["id"].as_str().map(str::to_owned))
}

/// Submits a picture that was uploaded.
pub(crate) async fn submit(client: &mut Client, generation: &str, latency: &mut Latencies) -> Result<()> {
    let body = json!({"id": generation, "generation": "R2", "seed": 42, "state": "ok", "censored": false});
    timed(latency, client.wire.post("/api/v2/generate/submit", &body)).await.and_then(expect(200))?;
    Ok(())
}

async fn timed(latency: &mut Latencies, call: impl Future<Output = Result<Answer>>) -> Result<Answer> {
    let begun = Instant::now();
    let answer = call.await?;
    latency.note(begun.elapsed());
    Ok(answer)
}

fn expect(status: u16) -> impl Fn(Answer) -> Result<Answer> {
    move |answer| {
        if answer.status.as_u16() != status {
            bail!("expected {status}, got {}: {}", answer.status, String::from_utf8_lossy(&answer.body));
        }
        Ok(answer)
    }
}
