//! Builds the browser worker into `dist/lend/`: the program, its glue, the few lines that start it, each also as Brotli. Apart from
//! Trunk, because it is a second program with a build profile of its own.

use crate::{house, run};
use anyhow::{Context as _, Result};
use std::fs;

/// What the worker is made of.
const SOURCES: [&str; 8] = [
    "worker-web",
    "crates/api",
    "crates/bridge",
    "crates/domain",
    "crates/engine/src",
    "crates/lend",
    "Cargo.lock",
    "Cargo.toml",
];
const TARGET: &str = "wasm32-unknown-unknown";
/// The build profile, as in the workspace's manifest.
const PROFILE: &str = "tab";
const PACKAGE: &str = "throng-worker-web";

/// Builds the browser worker if it is older than its sources, or if building the page swept it away.
pub(super) fn build_if_stale() -> Result<()> {
    let folder = house::root().join("dist/lend");
    let start = folder.join("worker.js");
    if super::is_fresh(&start, &SOURCES) {
        return Ok(());
    }
    run::step("building the browser worker (wasm, WebGPU)");
    run::run("cargo", &["build", "--package", PACKAGE, "--target", TARGET, "--profile", PROFILE])?;
    let program = house::target()?.join(TARGET).join(PROFILE).join(format!("{PACKAGE}.wasm"));
    fs::create_dir_all(&folder)?;
    let mut bindgen = run::command("wasm-bindgen")?;
    bindgen.args(["--target", "web", "--no-typescript", "--remove-name-section", "--out-name", "engine"]);
    bindgen.arg("--out-dir").arg(&folder).arg(&program);
    run::finish(bindgen)?;
    super::compress(&folder)?;
    // Last, because its age says whether all of it is there.
    let lines = fs::read(house::root().join("worker-web/worker.js"))?;
    fs::write(&start, lines).with_context(|| format!("cannot write {}", start.display()))
}
