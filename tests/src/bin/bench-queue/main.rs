//! `cargo xtask bench queue`: whole image cycles per second and the latency of each call, pops from deep queues, and
//! restarts, by unmodified wire calls on loopback against a real server with a real database. The load generator runs
//! on the same cores and its CPU time is printed beside the server's.

mod cycles;
mod deep;
mod figures;
mod floor;
mod stage;

use anyhow::{Context as _, Result};
use clap::Parser;
use std::time::Duration;
use throng_tests::bench::say;

/// Measures the queue.
#[derive(Debug, Parser)]
struct Options {
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// How many clients at once; each asks, pops, submits, checks and looks in turn.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 32, 256])]
    clients: Vec<usize>,
    /// How many jobs wait while pops are measured; one in five fits.
    #[arg(long, value_delimiter = ',', default_values_t = [0, 1_000, 10_000, 100_000])]
    depths: Vec<usize>,
}

fn main() -> Result<()> {
    let options = Options::parse();
    // One thread for the load: the server keeps the other core.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(measure(&options))
}

async fn measure(options: &Options) -> Result<()> {
    let window = Duration::from_secs(options.seconds);
    let users = options.clients.iter().copied().max().unwrap_or(1).max(deep::CLIENTS);
    let stage = stage::Stage::set(users).await?;

    say("whole cycles: async, pop, submit, check, status; nothing skipped, synchronous_commit = on");
    say("clients | cycles/s | call    p50 ms   p99 ms | CPU us per call: server, database, load");
    for &clients in &options.clients {
        let measured = cycles::run(&stage, clients, window).await?;
        say(&measured.table(clients));
    }
    say("\npops while jobs wait (one in five fits)");
    say("waiting  | pops/s  | pop p50 ms   p99 ms | fill jobs/s");
    let stage = std::sync::Arc::new(stage);
    for &depth in &options.depths {
        let measured = deep::run(&stage, depth, window).await?;
        say(&measured);
    }
    let mut stage = std::sync::Arc::into_inner(stage).context("the stage is still in use")?;
    say(&deep::restart(&mut stage).await?);
    say("\nwhat the database can do alone (pgbench, one row a commit)");
    say(&floor::measure(&stage));
    stage.server.audit()?;
    say("\nthe books balance after all this (throng-server audit)");
    Ok(())
}
