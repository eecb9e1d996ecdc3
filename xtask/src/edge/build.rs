//! Builds the edge into `edge/build/`: the program as wasm, made smaller, and all the JavaScript around it as one file. Left alone
//! while nothing it is made of has changed. What stands between program and Cloudflare is `edge/entry.mjs`.

use super::tools;
use crate::{house, page, run};
use anyhow::{Context as _, Result};
use std::fs;
use std::path::Path;

/// What the edge is made of.
const SOURCES: [&str; 9] = [
    "edge/src",
    "edge/Cargo.toml",
    "edge/entry.mjs",
    "edge/package-lock.json",
    "crates/api",
    "crates/domain",
    "crates/policy",
    "Cargo.lock",
    "Cargo.toml",
];
const TARGET: &str = "wasm32-unknown-unknown";
/// The build profile, as in the workspace's manifest.
const PROFILE: &str = "edge";
const PACKAGE: &str = "throng-edge";
/// The program, as cargo calls it.
const PROGRAM: &str = "throng_edge.wasm";
/// The program, as the files around it call it.
const WASM: &str = "index_bg.wasm";

/// Builds the edge if it is older than its sources; the tools are there already.
pub(crate) fn build_if_stale() -> Result<()> {
    let folder = tools::folder().join("build");
    let start = folder.join("index.js");
    if page::is_fresh(&start, &SOURCES) {
        return Ok(());
    }
    run::step("building the edge (wasm, Cloudflare Worker)");
    run::run("cargo", &["build", "--package", PACKAGE, "--target", TARGET, "--profile", PROFILE])?;
    let made = house::target()?.join(TARGET).join(PROFILE);
    let glue = made.join("glue");
    bind(&made.join(PROGRAM), &glue)?;
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    shrink(&glue.join(WASM), &folder.join(WASM))?;
    // Last, because its age says whether all of it is there.
    bundle(&glue, &start)
}

/// Writes the JavaScript that wasm and Cloudflare's runtime meet in. It is made for browsers, because only that can be made anew after
/// a panic, and a worker needs nothing else.
fn bind(program: &Path, glue: &Path) -> Result<()> {
    if glue.exists() {
        fs::remove_dir_all(glue).with_context(|| format!("cannot remove {}", glue.display()))?;
    }
    let mut bindgen = run::command("wasm-bindgen")?;
    bindgen.args(["--target", "web", "--experimental-reset-state-function", "--no-typescript"]);
    bindgen.args(["--remove-name-section", "--out-name", "index", "--out-dir"]).arg(glue).arg(program);
    run::finish(bindgen)
}

/// Makes the program smaller: it is sent to every place in the world where somebody calls.
fn shrink(from: &Path, to: &Path) -> Result<()> {
    let mut opt = tools::program_or_script("binaryen/bin/wasm-opt")?;
    opt.args(["-Os", "--all-features"]).arg(from).arg("-o").arg(to);
    run::finish(opt)
}

/// Puts all JavaScript into one file; the wasm stays beside it, as a module of its own.
fn bundle(glue: &Path, to: &Path) -> Result<()> {
    let entry = glue.join("entry.mjs");
    let lines = tools::folder().join("entry.mjs");
    fs::copy(&lines, &entry).with_context(|| format!("cannot copy {}", lines.display()))?;
    let mut esbuild = tools::program_or_script("esbuild/bin/esbuild")?;
    esbuild.arg(&entry).args(["--bundle", "--format=esm", "--minify", "--log-level=warning"]);
    esbuild.arg(format!("--external:./{WASM}")).arg("--external:cloudflare:*");
    esbuild.arg(format!("--outfile={}", to.display()));
    run::finish(esbuild)
}
