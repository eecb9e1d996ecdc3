//! `cargo xtask bench steady`: does a server stay as it is under a load that it can bear? A thousand workers and a crowd of requesters
//! make whole image cycles at half of the measured peak, by unmodified wire calls on loopback against a real server with a real
//! database; then memory, latencies, errors and books are judged. The load is open: cycles are due at fixed times, whatever became of
//! those before, and what a server makes them wait counts as latency.

mod book;
mod crowd;
mod cycle;
mod load;
mod peak;
mod plan;
mod report;
mod verdict;
mod watch;

use crate::book::Book;
use crate::crowd::Crowd;
use crate::plan::Plan;
use anyhow::{Context as _, Result};
use clap::Parser;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use throng_tests::bench::say;
use throng_tests::bench::server::{ADMIN, BenchServer};
use throng_tests::bench::verdict::{Verdict, conclude};

/// Holds a server under a steady load, and judges how it bears that. Fails if a verdict does.
#[derive(Debug, Parser)]
struct Options {
    /// Minutes that are measured; memory is judged from the second to the last.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(3..=1_440))]
    minutes: u64,
    /// Minutes of the same load before that. A request is remembered for 20 minutes, so memory grows at least so long, and nothing is
    /// forgotten earlier: a run that settles for less judges a house that is still filling up.
    #[arg(long, default_value_t = 21, value_parser = clap::value_parser!(u64).range(0..=1_440))]
    settle: u64,
    /// Seconds in which the peak is measured.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=600))]
    peak_seconds: u64,
    /// Cycles a second; then no peak is measured [default: half of the peak].
    #[arg(long, value_parser = rate)]
    rate: Option<f64>,
    /// Workers, each registered under a name of its own, with twenty to an owner.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    workers: u32,
    /// Requesters, who ask in turn.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    requesters: u32,
    /// Connections of the load. As many cycles are under way at most; the next one waits, and its wait is counted.
    #[arg(long, default_value_t = 128, value_parser = clap::value_parser!(u32).range(1..=4_096))]
    connections: u32,
}

/// The fewest and the most cycles a second that anybody could mean.
const RATES: std::ops::RangeInclusive<f64> = 0.1..=100_000.0;

fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| format!("{text} is no number"))?;
    if RATES.contains(&rate) { Ok(rate) } else { Err(format!("{text} is not between {RATES:?}")) }
}

fn main() -> Result<ExitCode> {
    let options = Options::parse();
    // One thread for the load: the server keeps the other core.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(measure(&options))
}

async fn measure(options: &Options) -> Result<ExitCode> {
    let mut server = BenchServer::start(&["--no-rate-limits", "--admins", ADMIN]).await?;
    let crowd = Arc::new(Crowd::gather(&server, options.workers as usize, options.requesters as usize).await?);
    say(&format!("{} workers of {} owners are registered", options.workers, crowd.owners()));
    let rate = match options.rate {
        Some(rate) => rate,
        None => half_of_the_peak(&server, &crowd, Duration::from_secs(options.peak_seconds)).await?,
    };
    let (settle, minutes, requesters) = (options.settle, options.minutes, options.requesters);
    say(&format!(
        "load: {rate:.1} cycles/s by {requesters} requesters over {} connections, {settle} minutes to settle and {minutes} measured",
        options.connections
    ));
    let process = server.process.id().context("the server does not run")?;
    let database = server.database().await?;
    let before = server.cpu_seconds();
    let plan = Plan { begin: Instant::now(), rate, settle, minutes };
    let book = Arc::new(Mutex::new(Book::new(plan.slots())));
    tokio::try_join!(
        load::run(plan, Arc::clone(&crowd), server.process.address(), options.connections, Arc::clone(&book)),
        watch::run(plan, process, database, &book),
    )?;
    let (after, elapsed) = (server.cpu_seconds(), plan.begin.elapsed());
    say("");
    let mut verdicts = {
        let book = book::open(&book);
        say(&report::table(&book, &plan));
        say(&report::cpu(before, after, elapsed));
        say("");
        verdict::all(&book, &plan)
    };
    verdicts.push(Verdict::books(&mut server));
    Ok(conclude(&verdicts))
}

async fn half_of_the_peak(server: &BenchServer, crowd: &Arc<Crowd>, window: Duration) -> Result<f64> {
    let peak = peak::measure(crowd, server.process.address(), window).await?;
    say(&format!(
        "peak: {peak:.1} cycles/s with {} under way at any time, for {} s",
        peak::UNDER_WAY,
        window.as_secs()
    ));
    Ok((peak / 2.0).clamp(*RATES.start(), *RATES.end()))
}
