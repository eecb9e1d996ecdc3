//! Runs the benchmarks, which live in `tests/` as release binaries: this file only starts them.

use crate::{edge, install, run};
use anyhow::{Context as _, Result};

/// The benchmarks, each with the binary that it is.
const BENCHMARKS: [(&str, &str); 3] = [("queue", "bench-queue"), ("steady", "bench-steady"), ("edge", "bench-edge")];

/// Runs the named benchmark with the rest of the arguments; fails if it fails.
pub(crate) fn bench(arguments: &[String]) -> Result<()> {
    let names = BENCHMARKS.map(|(name, _)| name).join(", ");
    let (name, rest) = arguments.split_first().with_context(|| format!("which benchmark? there are: {names}"))?;
    let known = BENCHMARKS.iter().find(|(known, _)| known == name);
    let (_, binary) = known.with_context(|| format!("there is no benchmark `{name}`; there are: {names}"))?;
    install::for_up(None)?;
    if name == "edge" {
        edge::build()?;
    }
    run::step("building (release)");
    run::run("cargo", &["build", "--release", "--package", "throng-server", "--package", "throng-tests"])?;
    let mut command = run::command("cargo")?;
    command.args(["run", "--quiet", "--release", "--package", "throng-tests", "--bin", binary, "--"]).args(rest);
    run::finish(command)
}
