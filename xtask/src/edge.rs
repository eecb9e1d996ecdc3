//! `cargo xtask edge`: the Cloudflare Worker in front of the server (`edge/`). Once what it needs is installed, all but `deploy` works
//! without a network. This file is the list of its acts; what it is built with is in `edge/tools.rs`.

mod build;
mod deploy;
mod dev;
mod tools;

use crate::{house, install, run};
use anyhow::{Context as _, Result, bail};
use std::path::PathBuf;

pub(crate) use build::build_if_stale;

/// How to call it.
const USAGE: &str = "cargo xtask edge build | dev [FLAGS] | deploy [FLAGS] | test [NAMES] | wrangler ARGUMENTS";

/// How long a file of tests may take, in milliseconds: they wait for real seconds where the edge does, and one starts a server with a
/// fresh database, on a busy machine.
const TEST_MILLIS_MAX: &str = "300000";

/// Files of tests that run at once: they wait more than they compute.
const TESTS_AT_ONCE: &str = "--test-concurrency=3";

/// Does what is named with the rest of the arguments.
pub(crate) fn edge(arguments: &[String]) -> Result<()> {
    let (act, rest) = arguments.split_first().with_context(|| format!("what? {USAGE}"))?;
    match act.as_str() {
        "build" => build(),
        "dev" => dev::dev(rest),
        "deploy" => deploy::deploy(rest),
        "test" => {
            install::for_up(None)?;
            build()?;
            run::run("cargo", &["build", "--package", "throng-server"])?;
            test(rest)
        }
        "wrangler" => wrangler(rest),
        other => bail!("`edge` has no act `{other}`\n  {USAGE}"),
    }
}

/// Gets what is missing, and builds the edge if it is older than its sources.
pub(crate) fn build() -> Result<()> {
    install::for_edge()?;
    build_if_stale()
}

/// Runs the tests of the edge against the built worker; the server is built already. `names` are those of the files, all if none is given.
pub(crate) fn test(names: &[String]) -> Result<()> {
    run::step("tests of the edge");
    let mut node = tools::node()?;
    node.args(["--test", "--test-reporter=spec", TESTS_AT_ONCE, &format!("--test-timeout={TEST_MILLIS_MAX}")]);
    node.args(test_files(names)?).env("THRONG_SERVER_BIN", house::binary("throng-server")?);
    run::finish(node)
}

fn test_files(names: &[String]) -> Result<Vec<PathBuf>> {
    let folder = house::root().join("edge/tests");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let is_wanted = names.is_empty() || names.contains(&name);
        if is_wanted && path.extension().is_some_and(|end| end == "mjs") {
            files.push(path);
        }
    }
    if files.is_empty() {
        bail!("{} holds none of these tests: {}", folder.display(), names.join(", "));
    }
    files.sort();
    Ok(files)
}

/// Runs any other command of the pinned wrangler: secrets, buckets, logs.
fn wrangler(arguments: &[String]) -> Result<()> {
    install::for_edge()?;
    let mut wrangler = tools::wrangler()?;
    wrangler.args(arguments);
    run::finish(wrangler)
}
