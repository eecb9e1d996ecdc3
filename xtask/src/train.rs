//! Starts the trainers, which live in `trainers/` and are built in release: this file only names them. The built-in models' trainers are
//! in `models/trainer`.

use crate::run;
use anyhow::{Result, bail};

/// Trains what is named with the rest of the arguments.
pub(crate) fn train(arguments: &[String]) -> Result<()> {
    let rest = price(arguments)?;
    run::step("building (release)");
    start(&["--features", "learn"], "train", rest)
}

/// Measures what is named.
pub(crate) fn eval(arguments: &[String]) -> Result<()> {
    start(&[], "eval", price(arguments)?)
}

fn price(arguments: &[String]) -> Result<&[String]> {
    match arguments.split_first() {
        Some((name, rest)) if name == "price" => Ok(rest),
        Some((other, _)) => bail!("`{other}` has no trainer; there is: price"),
        None => bail!("what? there is: price"),
    }
}

fn start(features: &[&str], task: &str, rest: &[String]) -> Result<()> {
    let mut command = run::command("cargo")?;
    command.args(["run", "--quiet", "--release", "--package", "throng-price-trainer"]).args(features);
    command.args(["--", task]).args(rest);
    run::finish(command)
}
