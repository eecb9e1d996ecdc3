//! A crowd that polls through the edge, while workers make pictures, also through the edge: how many of the polls reach
//! the server? The server says so itself, in its numbers. Requesters look at fixed times, whatever became of the look
//! before, and what the edge makes them wait counts as latency.

mod crew;
mod requester;
mod tally;

use self::crew::Crew;
use self::requester::Requester;
use self::tally::Tally;
use crate::stage::{Stage, cores};
use anyhow::Result;
use clap::Args;
use std::time::{Duration, Instant};
use throng_api::endpoint::Endpoint as _;
use throng_api::image::{GetImageCheck, PostImageAsk};
use throng_tests::bench::numbers::Numbers;
use throng_tests::bench::say;
use throng_tests::bench::verdict::Verdict;

/// Of a hundred polls, fewer than so many may cost the server a call.
const PASSED_ON_PERCENT_MAX: f64 = 5.0;

/// What is known of calls by the paths that they went to.
const CALLS: &str = "throng_http_calls_total";

/// How the polls are measured.
#[derive(Debug, Args)]
pub(crate) struct PollOptions {
    /// Polls: requesters, each looking at one request of its own.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=8_000))]
    requesters: u32,
    /// Polls: seconds in which they look.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(5..=3_600))]
    seconds: u64,
    /// Polls: milliseconds between two looks of a requester.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(100..=60_000))]
    every_ms: u64,
    /// Polls: of a hundred requesters, so many await what nobody makes while they look.
    #[arg(long, default_value_t = 33, value_parser = clap::value_parser!(u32).range(0..=100))]
    waiting: u32,
    /// Polls: of a hundred requesters, so many look at what is finished. All others are served, and then ask again.
    #[arg(long, default_value_t = 33, value_parser = clap::value_parser!(u32).range(0..=100))]
    done: u32,
    /// Polls: workers that serve them.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=2_000))]
    workers: u32,
    /// Polls: seconds that a worker takes for a picture.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=120))]
    picture_seconds: u64,
    /// Polls: pictures in each request that is served.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=20))]
    pictures: u32,
}

impl PollOptions {
    fn plan(&self) -> Plan {
        let every = Duration::from_millis(self.every_ms);
        let looks = u32::try_from(self.seconds * 1_000 / self.every_ms).unwrap_or(u32::MAX);
        Plan { begin: Instant::now(), every, looks, requesters: self.requesters }
    }
}

/// When who looks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    begin: Instant,
    every: Duration,
    /// How often each of them looks.
    looks: u32,
    requesters: u32,
}

impl Plan {
    /// When a look is due: the requesters' are spread evenly.
    fn due(&self, requester: u32, look: u32) -> Instant {
        self.begin + self.every * look + self.every * requester / self.requesters
    }

    /// When all looks were due.
    fn end(&self) -> Instant {
        self.begin + self.every * self.looks
    }
}

/// What the server counted while the requesters looked.
#[derive(Debug, Clone, Copy)]
struct Origin {
    checks: u64,
    asks: u64,
    calls: u64,
    batches: u64,
    changes: u64,
}

impl Origin {
    fn between(before: &Numbers, after: &Numbers) -> Origin {
        let counted = |name: &str, label| (after.sum(name, label) - before.sum(name, label)).round() as u64;
        Origin {
            checks: counted(CALLS, Some(("route", GetImageCheck::PATH))),
            asks: counted(CALLS, Some(("route", PostImageAsk::PATH))),
            calls: counted(CALLS, None),
            batches: counted("throng_edge_batches_total", None),
            changes: counted("throng_edge_changes_total", None),
        }
    }
}

/// Measures, and judges.
pub(crate) async fn run(options: &PollOptions) -> Result<Vec<Verdict>> {
    say(&format!(
        "\npolls: {} requesters look every {} ms for {} s; of a hundred {} wait, {} are done, and the rest is served \
         by {} workers, {} s a picture, {} pictures a request",
        options.requesters,
        options.every_ms,
        options.seconds,
        options.waiting,
        options.done,
        options.workers,
        options.picture_seconds,
        options.pictures
    ));
    let mut stage = Stage::set().await?;
    let crew = Crew::gather(&stage, options.workers).await?;
    let requesters = requester::gather(&stage, &crew, options).await?;
    stage.edge_is_told().await?;

    let (before, spent, plan) = (stage.numbers().await?, stage.cpu_seconds(), options.plan());
    let working = crew.work(&stage, Duration::from_secs(options.picture_seconds), plan.end());
    let tally = all(requesters, plan).await?;
    let (after, elapsed) = (stage.numbers().await?, plan.begin.elapsed());
    let busy = cores(spent, stage.cpu_seconds(), elapsed);
    let pictures = crew::finish(working).await?;
    let verdicts = report(tally, Origin::between(&before, &after), pictures, &mut stage);
    say(&busy);
    Ok(verdicts)
}

/// Lets all of them look.
async fn all(requesters: Vec<Requester>, plan: Plan) -> Result<Tally> {
    let mut looking = tokio::task::JoinSet::new();
    for requester in requesters {
        looking.spawn(requester.look_on(plan));
    }
    let mut tally = Tally::default();
    while let Some(finished) = looking.join_next().await {
        tally.merge(finished?);
    }
    Ok(tally)
}

fn report(mut tally: Tally, origin: Origin, pictures: u64, stage: &mut Stage) -> Vec<Verdict> {
    let Origin { checks, asks, calls, batches, changes } = origin;
    say(&tally.table());
    say(&format!(
        "polls: p50 {:.2} ms, p99 {:.2} ms from when they were due; {} were not made, because the one before was still \
         awaited",
        tally.latencies.percentile_ms(0.5),
        tally.latencies.percentile_ms(0.99),
        tally.missed
    ));
    say(&format!("the server answered {checks} checks, took {asks} requests in, and answered {calls} calls in all"));
    say(&format!("the server told the edge of {changes} changes in {batches} pushes; {pictures} pictures were made"));
    let told = Verdict {
        passed: batches > 0,
        line: format!("polls: the edge took {batches} pushes of the server (at least one)"),
    };
    vec![relief(tally.polls(), checks), tally.errors(), told, Verdict::books(&mut stage.server)]
}

fn relief(polls: u64, checks: u64) -> Verdict {
    let percent = checks as f64 * 100.0 / polls.max(1) as f64;
    let line = format!(
        "polls: {checks} of {polls} cost the server a call, {percent:.2} % (less than {PASSED_ON_PERCENT_MAX} %)"
    );
    Verdict { passed: polls > 0 && percent < PASSED_ON_PERCENT_MAX, line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_than_one_poll_in_twenty_may_be_passed_on() {
        assert!(relief(60_000, 2_999).passed);
        assert!(!relief(60_000, 3_000).passed);
        assert!(!relief(0, 0).passed, "nobody looked");
    }

    #[test]
    fn looks_are_spread_evenly_and_all_are_due_before_the_end() {
        let plan = Plan { begin: Instant::now(), every: Duration::from_secs(1), looks: 60, requesters: 4 };
        let after = |requester, look| plan.due(requester, look).duration_since(plan.begin).as_millis();
        assert_eq!([after(0, 0), after(1, 0), after(3, 0), after(0, 1), after(3, 59)], [0, 250, 750, 1_000, 59_750]);
        assert!(plan.due(3, 59) < plan.end());
    }
}
