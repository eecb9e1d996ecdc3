//! Watchers: how long after the answer to a worker's call, which is after its commit, do they hear of it? At the server
//! over Server-Sent Events, and at the edge over those and over WebSockets. The workers speak to the server itself, one
//! call at a time, each with a job that one watcher awaits.

mod audience;
mod watcher;

use self::audience::Audience;
use self::watcher::Channel;
use crate::stage::Stage;
use crate::state::State;
use anyhow::{Context as _, Result, ensure};
use clap::Args;
use std::time::{Duration, Instant};
use throng_tests::bench::calls;
use throng_tests::bench::latencies::Latencies;
use throng_tests::bench::say;
use throng_tests::bench::verdict::Verdict;
use throng_tests::wire::Wire;
use tokio::time::interval;

/// Of a hundred events, ninety-nine come within so many milliseconds.
const P99_MS_MAX: f64 = 250.0;

/// The workers' calls are so far apart: no part of the time in which the server collects what it tells the edge, so
/// that changes fall at any moment of it.
const PACE: Duration = Duration::from_millis(13);

/// How watching is measured.
#[derive(Debug, Args)]
pub(crate) struct EventOptions {
    /// Events: watchers at once, each watching one request.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=190))]
    watchers: u32,
    /// Events: how often all of them watch a new request, at each place where they can.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    event_rounds: u32,
}

/// Somebody who asks, with a worker that serves nobody else.
struct Pair {
    wire: Wire,
    worker: String,
    model: String,
}

/// What watchers at one place heard, and how late.
#[derive(Debug, Default)]
struct Heard {
    served: Latencies,
    done: Latencies,
    missed: u64,
}

/// Measures, and judges.
pub(crate) async fn run(options: &EventOptions) -> Result<Vec<Verdict>> {
    let mut stage = Stage::set().await?;
    let keys = stage.register_owners(options.watchers).await?;
    let mut pairs: Vec<Pair> = keys.iter().enumerate().map(|(at, key)| Pair::new(stage.server.wire(key), at)).collect();
    say(&format!(
        "\nevents: {} watchers, {} rounds; from the answer to a worker's call to the event",
        options.watchers, options.event_rounds
    ));
    say("at, over              | a request that is | events |   p50 ms |   p99 ms |   max ms | missed");
    let mut verdicts = Vec::new();
    for channel in Channel::ALL {
        let mut heard = Heard::default();
        for _ in 0..options.event_rounds {
            round(&stage, &mut pairs, channel, &mut heard).await?;
        }
        say(&heard.table(channel));
        verdicts.push(heard.verdict(channel));
    }
    verdicts.push(Verdict::books(&mut stage.server));
    Ok(verdicts)
}

/// Everybody asks and watches; then all jobs are popped, and then all are submitted.
async fn round(stage: &Stage, pairs: &mut [Pair], channel: Channel, heard: &mut Heard) -> Result<()> {
    let mut audience = Audience::default();
    for pair in &mut *pairs {
        let request = calls::ask(&mut pair.wire, &pair.model, 1).await?;
        audience.seat(stage, channel, &request).await?;
    }
    let seated = audience.until(State::Waiting).await?;
    ensure!(!seated.contains(&None), "somebody was not told how a request stands when they began to watch it");

    let mut pace = interval(PACE);
    let (mut popped, mut generations) = (Vec::new(), Vec::new());
    for pair in &mut *pairs {
        pace.tick().await;
        let generation = calls::pop(&mut pair.wire, &pair.worker, &pair.model).await?;
        popped.push(Instant::now());
        generations.push(generation.context("a pop found nothing although a job waited")?);
    }
    let served = audience.until(State::Served).await?;
    heard.missed += note(&mut heard.served, &popped, &served);

    let mut pace = interval(PACE);
    let mut submitted = Vec::new();
    for (pair, generation) in pairs.iter_mut().zip(&generations) {
        pace.tick().await;
        calls::submit(&mut pair.wire, generation).await?;
        submitted.push(Instant::now());
    }
    let done = audience.until(State::Done).await?;
    heard.missed += note(&mut heard.done, &submitted, &done);
    audience.leave().await;
    Ok(())
}

/// Notes how long after each call its watcher heard of it, and returns how many did not.
fn note(latencies: &mut Latencies, called: &[Instant], heard: &[Option<Instant>]) -> u64 {
    let mut missed = 0;
    for (called, heard) in called.iter().zip(heard) {
        match heard {
            // The event may overtake the answer, for both leave after the commit.
            Some(heard) => latencies.note(heard.saturating_duration_since(*called)),
            None => missed += 1,
        }
    }
    missed
}

impl Pair {
    fn new(wire: Wire, at: usize) -> Pair {
        // The number is no word of its own: the server reads 455 as letters, and finds the word foul.
        Pair { wire, worker: format!("bench{at}"), model: format!("bench-{at}") }
    }
}

impl Heard {
    fn table(&mut self, channel: Channel) -> String {
        let missed = self.missed;
        let mut rows = Vec::new();
        for (state, latencies) in [(State::Served, &mut self.served), (State::Done, &mut self.done)] {
            let [p50, p99, max] = [0.5, 0.99, 1.0].map(|share| latencies.percentile_ms(share));
            rows.push(format!(
                "{:<21} | {:<17} | {:>6} | {p50:>8.2} | {p99:>8.2} | {max:>8.2} | {missed:>6}",
                channel.name(),
                state.name(),
                latencies.count()
            ));
        }
        rows.join("\n")
    }

    fn verdict(&self, channel: Channel) -> Verdict {
        let mut all = self.served.clone();
        all.merge(&self.done);
        let (events, missed, p99) = (all.count(), self.missed, all.percentile_ms(0.99));
        let line = format!(
            "events: {}: p99 {p99:.1} ms of {events} (less than {P99_MS_MAX} ms), {missed} missed (none)",
            channel.name()
        );
        Verdict { passed: events > 0 && missed == 0 && p99 < P99_MS_MAX, line }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_that_nobody_heard_fails_and_so_do_late_ones() {
        let begun = Instant::now();
        let after = |millis| Some(begun + Duration::from_millis(millis));
        let mut heard = Heard::default();
        assert!(!heard.verdict(Channel::Server).passed, "nobody heard anything");
        assert_eq!(note(&mut heard.done, &[begun, begun], &[after(5), after(240)]), 0);
        assert!(heard.verdict(Channel::Server).passed);
        heard.missed = note(&mut heard.done, &[begun], &[None]);
        assert!(!heard.verdict(Channel::Server).passed, "one was missed");
        heard.missed = note(&mut heard.done, &[begun], &[after(250)]);
        assert!(!heard.verdict(Channel::Server).passed, "one was late");
    }
}
