//! Running programs, telling what happens, and finding programs on the PATH.

use crate::house;
use anyhow::{Context as _, Result, bail};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Writes a line for the person at the terminal.
pub(crate) fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    // A closed terminal is no reason to stop the work.
    let _ = writeln!(out, "{text}");
    let _ = out.flush();
}

/// Writes the heading of a step.
pub(crate) fn step(text: &str) {
    say(&format!("\x1b[1m==> {text}\x1b[0m"));
}

/// Writes an error.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "\x1b[31;1merror:\x1b[0m {text}");
}

/// A command in the repository's root with our tools first on the PATH and the shared build folder.
pub(crate) fn command(program: &str) -> Result<Command> {
    let mut command = Command::new(program);
    let mut path = house::tools()?.join("bin").into_os_string();
    if let Some(inherited) = std::env::var_os("PATH") {
        path.push(":");
        path.push(inherited);
    }
    command.current_dir(house::root()).env("PATH", path).env("CARGO_TARGET_DIR", house::target()?);
    // The queries are checked against `.sqlx/`; a DATABASE_URL of the server's must not change the build.
    command.env("SQLX_OFFLINE", "true");
    Ok(command)
}

/// Runs a program, showing its output, and fails if it fails.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Result<()> {
    let mut command = command(program)?;
    command.args(arguments);
    finish(command)
}

/// Runs a prepared command, showing its output, and fails if it fails.
pub(crate) fn finish(mut command: Command) -> Result<()> {
    let shown = format!("{command:?}");
    let status = command.status().with_context(|| format!("cannot start {shown}"))?;
    if !status.success() {
        bail!("{} ended with {status}", program_of(&command));
    }
    Ok(())
}

/// Runs a program quietly and returns what it wrote, or `None` if it is absent or failed.
pub(crate) fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = command(program).ok()?;
    let output = command.args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Finds a program on the PATH (our own tools first).
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let ours = house::tools().ok()?.join("bin");
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    std::iter::once(ours)
        .chain(std::env::split_paths(&inherited))
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

fn program_of(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}
