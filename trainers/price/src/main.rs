//! Trains and measures the price network. Here is only the command line; learning is in `learn.rs`, which needs the feature `learn`,
//! measuring in `measure.rs`, reading tables in `table.rs`. What the network is told and how it is evaluated is in `throng-domain`.

#[cfg(feature = "learn")]
mod learn;
mod measure;
mod table;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use throng_domain::price::Network;

#[derive(Debug, Parser)]
#[command(name = "throng-price-trainer", about = "Trains and measures the network that prices pictures")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Learn from a table of payloads with their seconds, and write a network.
    #[cfg(feature = "learn")]
    Train(learn::Lesson),
    /// Tell how well a network foresees the prices of a table.
    Eval {
        /// The table: comma-separated values in the columns of the documented prices.
        table: PathBuf,
        /// Another network than the one that is built in.
        #[arg(long)]
        network: Option<PathBuf>,
    },
}

fn main() -> Result<()> {
    match Cli::parse().task {
        #[cfg(feature = "learn")]
        Task::Train(lesson) => learn::learn(&lesson),
        Task::Eval { table, network } => {
            let network = network.as_deref().map(read).transpose()?;
            let text = table::read(&table)?;
            let figures = measure::figures(&table::rows(&text)?, network.as_ref());
            writeln!(std::io::stdout(), "{figures}\n{}", measure::golden(network.as_ref())?)?;
            Ok(())
        }
    }
}

fn read(file: &Path) -> Result<Network> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(Network::parse(&bytes)?)
}
