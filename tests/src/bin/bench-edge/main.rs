//! `cargo xtask bench edge`: what the edge keeps from the server, how soon watchers are told, and what the server's own
//! layer costs. Real processes on loopback: a server with a real database, and the built worker in the runtime that
//! Cloudflare's own is made from. The load runs on the same cores, and its CPU time is printed beside the others'.

mod events;
mod polls;
mod stage;
mod state;
mod twin;

use crate::events::EventOptions;
use crate::polls::PollOptions;
use crate::twin::TwinOptions;
use anyhow::Result;
use clap::{Parser, ValueEnum};
use std::process::ExitCode;
use throng_tests::bench::verdict::conclude;
use throng_tests::bench::{proc, say};

/// Measures the edge and the server's own layer that does the same. Fails if a verdict does.
#[derive(Debug, Parser)]
struct Options {
    /// Only these parts, comma separated [default: all].
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Part>,
    #[command(flatten)]
    polls: PollOptions,
    #[command(flatten)]
    events: EventOptions,
    #[command(flatten)]
    twin: TwinOptions,
}

/// What can be measured by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// A crowd that polls through the edge: how many of its polls reach the server?
    Polls,
    /// Watchers, at the server and at the edge: how long after a change are they told?
    Events,
    /// The layer inside the server: what does it add to a call, how quickly does it answer?
    Twin,
}

impl Options {
    fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }
}

fn main() -> Result<ExitCode> {
    let options = Options::parse();
    // Each requester and each watcher is a connection, here and in the processes that are started here.
    proc::open_many()?;
    // One thread for the load: the others keep what cores there are.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(measure(&options))
}

async fn measure(options: &Options) -> Result<ExitCode> {
    say(&format!("on {}", proc::machine()));
    let mut verdicts = Vec::new();
    if options.wants(Part::Polls) {
        verdicts.extend(polls::run(&options.polls).await?);
    }
    if options.wants(Part::Events) {
        verdicts.extend(events::run(&options.events).await?);
    }
    if options.wants(Part::Twin) {
        verdicts.extend(twin::run(&options.twin).await?);
    }
    say("");
    Ok(conclude(&verdicts))
}
