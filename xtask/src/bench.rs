//! Runs the benchmarks, which live in `tests/` as release binaries: this file only starts them.

use crate::{install, run};
use anyhow::{Result, bail};

/// Runs the named benchmark with the rest of the arguments.
pub(crate) fn bench(arguments: &[String]) -> Result<()> {
    let Some((name, rest)) = arguments.split_first() else {
        bail!("which benchmark? there is: queue");
    };
    let package = match name.as_str() {
        "queue" => "bench-queue",
        other => bail!("there is no benchmark `{other}`; there is: queue"),
    };
    install::for_up(None)?;
    run::step("building (release)");
    run::run("cargo", &["build", "--release", "--package", "throng-server", "--package", "throng-tests"])?;
    let mut command = run::command("cargo")?;
    command.args(["run", "--quiet", "--release", "--package", "throng-tests", "--bin", package, "--"]).args(rest);
    run::finish(command)
}
