//! The server's own layer that does what the edge does (`server/src/twin.rs`): what it adds to calls that it passes on,
//! and how quickly it answers what it has kept. Two servers in one run, with it and without, in turns, so that whatever
//! else the machine is at is shared fairly.

use anyhow::{Result, ensure};
use clap::Args;
use std::time::Duration;
use throng_api::endpoint::Endpoint as _;
use throng_api::status::{GetHeartbeat, GetModels};
use throng_tests::bench::latencies::Latencies;
use throng_tests::bench::server::{ADMIN, BenchServer};
use throng_tests::bench::verdict::Verdict;
use throng_tests::bench::{calls, hammer, say};
use throng_tests::wire::Wire;

/// A call that is passed on takes at most so many milliseconds longer, at the median.
const ADDED_MS_MAX: f64 = 0.2;

/// What is kept is answered at least so many times as often a second as the cheapest thing that is not.
const KEPT_SHARE_MIN: f64 = 0.5;

/// Connections at once, where answers a second are counted.
const CONNECTIONS: usize = 32;

/// Models that are served, each by a worker of its own, so that there is something to list.
const MODELS: usize = 30;

/// How the layer is measured.
#[derive(Debug, Args)]
pub(crate) struct TwinOptions {
    /// Twin: how often each server takes its turn.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    twin_rounds: u32,
    /// Twin: milliseconds of each measurement in a turn.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(50..=60_000))]
    twin_ms: u64,
}

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    /// The cheapest thing there is: passed on, and nobody is asked.
    Heartbeat,
    /// How far a request is: passed on, and the desk is asked.
    Check,
    /// Which models are served: kept for some seconds, if it is kept.
    Models,
}

impl Look {
    const ALL: [Look; 3] = [Look::Heartbeat, Look::Check, Look::Models];

    fn name(self) -> &'static str {
        match self {
            Look::Heartbeat => "heartbeat",
            Look::Check => "check",
            Look::Models => "models",
        }
    }
}

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layer {
    With,
    Without,
}

impl Layer {
    const ALL: [Layer; 2] = [Layer::With, Layer::Without];

    fn name(self) -> &'static str {
        match self {
            Layer::With => "with the layer",
            Layer::Without => "--no-edge",
        }
    }

    fn arguments(self) -> &'static [&'static str] {
        match self {
            Layer::With => &["--no-rate-limits", "--admins", ADMIN],
            Layer::Without => &["--no-rate-limits", "--admins", ADMIN, "--no-edge"],
        }
    }
}

/// One of the two servers.
struct Side {
    server: BenchServer,
    /// A request that waits.
    request: String,
}

/// What was found of one look at one server.
#[derive(Debug, Default)]
struct Found {
    latencies: Latencies,
    /// Answers a second, one number a turn.
    rates: Vec<f64>,
}

/// What was found of all looks, at both servers.
#[derive(Debug, Default)]
struct Findings([[Found; Layer::ALL.len()]; Look::ALL.len()]);

/// Measures, and judges.
pub(crate) async fn run(options: &TwinOptions) -> Result<Vec<Verdict>> {
    let window = Duration::from_millis(options.twin_ms);
    say(&format!(
        "\ntwin: the server with its own layer and without, {} turns of {} ms each; one connection for latencies, \
         {CONNECTIONS} for rates",
        options.twin_rounds, options.twin_ms
    ));
    let sides = [Side::set(Layer::With).await?, Side::set(Layer::Without).await?];
    let mut findings = Findings::default();
    for round in 0..options.twin_rounds {
        for look in Look::ALL {
            for layer in in_turn(round) {
                let side = &sides[layer as usize];
                let (wire, path) = (side.wire(), side.path(look));
                let found = findings.of(look, layer);
                found.latencies.merge(&hammer::latencies(&wire, &path, window).await?);
                found.rates.push(hammer::rate(&wire, &path, CONNECTIONS, window).await?);
            }
        }
    }
    say(&findings.table());
    Ok(vec![findings.passed_on(), findings.kept()])
}

/// Who comes first changes with every round.
fn in_turn(round: u32) -> [Layer; 2] {
    let [one, other] = Layer::ALL;
    if round.is_multiple_of(2) { [one, other] } else { [other, one] }
}

impl Side {
    /// Starts the server, and makes sure that it keeps answers, or does not.
    async fn set(layer: Layer) -> Result<Side> {
        let server = BenchServer::start(layer.arguments()).await?;
        let mut admin = server.administrator().await?;
        for at in 0..MODELS {
            let owner = server.register_as("customizer", &format!("owner{at}"), &mut admin).await?;
            calls::pop(&mut server.wire(&owner.key), &format!("bench{at}"), &format!("bench-{at}")).await?;
        }
        let requester = server.register("requester").await?;
        let request = calls::ask(&mut server.wire(&requester.key), "bench-0", 1).await?;
        let side = Side { server, request };
        let mut wire = side.wire();
        let path = side.path(Look::Models);
        wire.get(&path).await?;
        let again = wire.get(&path).await?;
        let listed = again.json.as_array().map_or(0, Vec::len);
        ensure!(listed == MODELS, "{listed} models are listed, and not {MODELS}: {}", again.json);
        let is_kept = again.headers.contains_key("age");
        ensure!(is_kept == (layer == Layer::With), "{}: is an answer from memory? {is_kept}", layer.name());
        Ok(side)
    }

    /// Somebody without a key, for nothing is kept for whoever has one, and with a name, as most clients have.
    fn wire(&self) -> Wire {
        let mut wire = Wire::nameless(self.server.process.address());
        wire.set_agent("bench:1:edge");
        wire
    }

    fn path(&self, look: Look) -> String {
        match look {
            Look::Heartbeat => GetHeartbeat::PATH.to_owned(),
            Look::Check => format!("/api/v2/generate/check/{}", self.request),
            Look::Models => format!("{}?type=image", GetModels::PATH),
        }
    }
}

impl Found {
    /// The middle of the turns; the lower one of two.
    fn rate(&self) -> f64 {
        let mut rates = self.rates.clone();
        rates.sort_unstable_by(f64::total_cmp);
        rates.get(rates.len().saturating_sub(1) / 2).copied().unwrap_or(0.0)
    }
}

impl Findings {
    fn of(&mut self, look: Look, layer: Layer) -> &mut Found {
        &mut self.0[look as usize][layer as usize]
    }

    fn p50(&mut self, look: Look, layer: Layer) -> f64 {
        self.of(look, layer).latencies.percentile_ms(0.5)
    }

    fn table(&mut self) -> String {
        let mut rows = vec!["looks at  | server         |   p50 ms |   p99 ms | answers/s".to_owned()];
        for look in Look::ALL {
            for layer in Layer::ALL {
                let found = self.of(look, layer);
                let [p50, p99] = [0.5, 0.99].map(|share| found.latencies.percentile_ms(share));
                let (look, layer, rate) = (look.name(), layer.name(), found.rate());
                rows.push(format!("{look:<9} | {layer:<14} | {p50:>8.3} | {p99:>8.3} | {rate:>9.0}"));
            }
        }
        rows.join("\n")
    }

    fn passed_on(&mut self) -> Verdict {
        let mut added = |look| self.p50(look, Layer::With) - self.p50(look, Layer::Without);
        let (heartbeat, check) = (added(Look::Heartbeat), added(Look::Check));
        let line = format!(
            "twin: the layer adds {heartbeat:.3} ms to the median heartbeat and {check:.3} ms to the median check \
             (less than {ADDED_MS_MAX} ms)"
        );
        let measured = self.0.iter().flatten().all(|found| found.latencies.count() > 0);
        Verdict { passed: measured && heartbeat.max(check) < ADDED_MS_MAX, line }
    }

    fn kept(&mut self) -> Verdict {
        let kept = self.of(Look::Models, Layer::With).rate();
        let raw = self.of(Look::Heartbeat, Layer::Without).rate();
        let share = kept / raw.max(1.0);
        let line = format!(
            "twin: kept answers come {kept:.0} times a second, a heartbeat without the layer {raw:.0} times: \
             {share:.2} of it (at least {KEPT_SHARE_MIN})"
        );
        Verdict { passed: raw > 0.0 && share >= KEPT_SHARE_MIN, line }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Latencies in milliseconds of a heartbeat and a check, with the layer and without, and rates of what is compared.
    fn findings(millis: [[u64; 2]; 2], kept: f64, raw: f64) -> Findings {
        let mut findings = Findings::default();
        for look in Look::ALL {
            for layer in Layer::ALL {
                let row = millis[(look as usize).min(1)];
                findings.of(look, layer).latencies.note(Duration::from_millis(row[layer as usize]));
            }
        }
        findings.of(Look::Models, Layer::With).rates = vec![kept, kept * 9.0, kept / 9.0];
        findings.of(Look::Heartbeat, Layer::Without).rates = vec![raw];
        findings
    }

    #[test]
    fn the_layer_may_cost_little_and_has_to_answer_at_half_of_what_is_possible() {
        let mut good = findings([[1, 1], [2, 3]], 50.0, 100.0);
        assert!(good.passed_on().passed && good.kept().passed, "{good:?}");
        let mut slow = findings([[1, 1], [3, 2]], 49.0, 100.0);
        assert!(!slow.passed_on().passed && !slow.kept().passed, "{slow:?}");
        let mut unmeasured = Findings::default();
        assert!(!unmeasured.passed_on().passed && !unmeasured.kept().passed);
    }

    #[test]
    fn servers_take_turns() {
        assert_eq!(in_turn(0), [Layer::With, Layer::Without]);
        assert_eq!(in_turn(1), [Layer::Without, Layer::With]);
    }
}
