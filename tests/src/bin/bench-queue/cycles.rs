//! Whole image cycles: every client asks, pops, submits, checks and looks in turn. A client pops whatever is next, which
//! may be another's job, so the queue, the leases and the books see what a crowd would give them.

use crate::figures::Measured;
use crate::stage::{Client, Stage};
use anyhow::Result;
use std::time::{Duration, Instant};
use throng_tests::bench::calls::{self, MODEL};
use throng_tests::bench::latencies::Latencies;

/// Runs `clients` clients for the given time.
pub(crate) async fn run(stage: &Stage, clients: usize, window: Duration) -> Result<Measured> {
    let before = stage.server.cpu_seconds();
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
            sum.merge(&own);
        }
    }
    let elapsed = begun.elapsed().as_secs_f64();
    let after = stage.server.cpu_seconds();
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
    let request = latencies[0].timed(calls::ask(&mut client.wire, MODEL, 1)).await?;
    let popped = latencies[1].timed(calls::pop(&mut client.wire, &client.worker, MODEL)).await?;
    let Some(generation) = popped else {
        // As many jobs as clients wait at any time, so this happens only between a submit and the next ask.
        return Ok(());
    };
    latencies[2].timed(calls::submit(&mut client.wire, &generation)).await?;
    latencies[3].timed(calls::check(&mut client.wire, &request)).await?;
    latencies[4].timed(calls::status(&mut client.wire, &request)).await?;
    Ok(())
}
