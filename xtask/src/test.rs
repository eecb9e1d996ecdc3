//! Runs every test there is on this machine: tidy, then all of cargo's tests, the ones through real processes and a real
//! browser included, then those of the edge in Cloudflare's runtime. Format and lints are `cargo xtask check`: they need a second
//! build of everything.

use crate::{edge, house, install, page, run, tidy};
use anyhow::Result;

/// What is built and tested together. The page's crate is apart: with it, cargo would unite other features and build the
/// neural networks' dependencies a second time.
const PACKAGES: [&str; 11] = [
    "throng-domain",
    "throng-api",
    "throng-bridge",
    "throng-engine",
    "throng-lend",
    "throng-policy",
    "throng-server",
    "throng-worker",
    "throng-tests",
    "throng-price-trainer",
    "xtask",
];

/// Runs all tests; `--quick` leaves out the browser, the edge and the long loops.
pub(crate) fn test(arguments: &[String]) -> Result<()> {
    let quick = arguments.iter().any(|argument| argument == "--quick");
    install::for_up(None)?;
    if !quick {
        install::for_test()?;
        install::for_edge()?;
    }
    tidy::tidy()?;
    page::build_if_stale()?;
    if !quick {
        install::packages("app/walk")?;
        install::packages("tests/npm")?;
    }
    run::step("binaries");
    run::run("cargo", &["build", "--package", "throng-server", "--package", "throng-worker"])?;
    run::step("tests");
    let mut tests = run::command("cargo")?;
    tests.args(["test", "--no-fail-fast"]).args(PACKAGES.iter().flat_map(|package| ["--package", package]));
    // The whole-walk tests start the binaries just built; they are found by these names.
    tests
        .env("THRONG_SERVER_BIN", house::binary("throng-server")?)
        .env("THRONG_WORKER_BIN", house::binary("throng-worker")?);
    tests.env("THRONG_PAGE", house::root().join("dist"));
    tests.env("THRONG_TAB_MODELS", house::root().join("models"));
    if quick {
        tests.env("THRONG_TEST_QUICK", "1");
    }
    if let Some(browser) = install::browser() {
        tests.env("THRONG_BROWSER", browser);
    }
    if let Some(node) = install::node() {
        tests.env("THRONG_NODE", node);
    }
    run::finish(tests)?;
    run::step("tests of the page");
    run::run("cargo", &["test", "--package", "throng-app"])?;
    if !quick {
        edge::build_if_stale()?;
        edge::test(&[])?;
    }
    run::say("all tests passed");
    Ok(())
}
