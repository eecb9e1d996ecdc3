//! Format and lints: what a reviewer should never have to say.

use crate::run;
use anyhow::Result;

/// Checks the format and the lints of the whole workspace.
pub(crate) fn check() -> Result<()> {
    run::step("format");
    run::run("cargo", &["fmt", "--all", "--check"])?;
    run::step("lints");
    run::run("cargo", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])?;
    let trainer = ["clippy", "--package", "throng-price-trainer", "--features", "learn", "--all-targets"];
    run::run("cargo", &[&trainer[..], &["--", "-D", "warnings"]].concat())
}
