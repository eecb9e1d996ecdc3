//! Getting what is missing on a fresh Debian or Ubuntu: PostgreSQL's programs, the wasm tools, a browser, npm packages. What is installed is
//! named first, nothing is installed twice, and where this user lacks the rights there is another way, or a sentence that says
//! what to do. Packages of the system are in `install/system.rs`, npm's in `install/npm.rs`, PostgreSQL in `install/postgres.rs`.

mod npm;
mod postgres;
mod system;

pub(crate) use npm::packages;

use crate::{house, run};
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};

/// Must equal `wasm-bindgen` in the workspace's manifest: the glue and the library are one format.
const WASM_BINDGEN: &str = "0.2.130";
/// The newest Trunk that builds with our toolchain.
const TRUNK: &str = "0.21.14";
/// The oldest Node.js that the browser's driver takes.
const NODE_MAJOR_MIN: u32 = 20;
/// Node.js as an npm package: what Debian 12 and Ubuntu 24.04 call nodejs is older than that.
const NODE_VERSION: &str = "22.23.3";

/// Gets everything.
pub(crate) fn all() -> Result<()> {
    for_up(Some(&house::data()?))?;
    for_test()?;
    for_edge()
}

/// Gets what `up` needs with a private database; `data` is the data folder, if there may be a database already.
pub(crate) fn for_up(data: Option<&Path>) -> Result<()> {
    postgres::get(data)?;
    for_page()
}

/// Gets what the programs and the page are built with.
pub(crate) fn for_page() -> Result<()> {
    for_wasm()?;
    cargo_tool("trunk", "trunk", TRUNK, &["--locked"])
}

/// Gets what the edge is built, run and tested with: npm packages, a Node.js among them.
pub(crate) fn for_edge() -> Result<()> {
    for_wasm()?;
    if run::find("npm").is_none() {
        system::install(&["nodejs", "npm"])?;
    }
    packages("edge")
}

fn for_wasm() -> Result<()> {
    c_compiler()?;
    wasm_target()?;
    // Without --locked: its lock file names a version of a certificate bundle that cannot be had everywhere.
    cargo_tool("wasm-bindgen", "wasm-bindgen-cli", WASM_BINDGEN, &["--no-default-features", "--bin", "wasm-bindgen"])
}

/// Gets what `test` needs besides: a browser, a script runner for it, and a Vulkan device in software.
pub(crate) fn for_test() -> Result<()> {
    let mut missing = Vec::new();
    if run::find("node").is_none() {
        missing.push("nodejs");
    }
    if run::find("npm").is_none() {
        missing.push("npm");
    }
    if browser().is_none() {
        missing.push(browser_package());
    }
    if !Path::new("/usr/share/vulkan/icd.d").is_dir() {
        missing.push("mesa-vulkan-drivers");
    }
    let without = "some tests need more than this machine has (`cargo xtask test --quick` leaves them out, and THRONG_BROWSER may \
                   name a Chromium of yours)";
    system::install(&missing).context(without)?;
    if node().is_none() { newer_node().context(without) } else { Ok(()) }
}

/// The browser that the walk drives.
pub(crate) fn browser() -> Option<PathBuf> {
    let named = house::variable("THRONG_BROWSER").map(PathBuf::from);
    named.or_else(|| ["chromium", "chromium-browser", "google-chrome"].iter().find_map(|name| run::find(name)))
}

/// What the browser is called as a package: at Ubuntu it is a snap with a package in front.
fn browser_package() -> &'static str {
    let system = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    if system.lines().any(|line| line == "ID=ubuntu") { "chromium-browser" } else { "chromium" }
}

/// The Node.js that drives the browser: the system's, if it is new enough, else ours.
pub(crate) fn node() -> Option<PathBuf> {
    let ours = house::cache().ok().map(|cache| cache.join("node/bin/node"));
    run::find("node").into_iter().chain(ours).find(|program| node_major(program) >= Some(NODE_MAJOR_MIN))
}

fn node_major(program: &Path) -> Option<u32> {
    let version = run::output(&program.to_string_lossy(), &["--version"])?;
    version.trim().trim_start_matches('v').split('.').next()?.parse().ok()
}

/// Puts a newer Node.js beside the system's, and not before it on the PATH: Debian's npm runs on Debian's Node.js alone.
fn newer_node() -> Result<()> {
    let package = format!("node-linux-{}@{NODE_VERSION}", npm::architecture()?);
    let what = format!("Node.js, 50 MB (the browser's driver needs version {NODE_MAJOR_MIN} or newer)");
    let folder = house::cache()?.join("node");
    let work = house::cache()?.join("node.new");
    let unpacked = npm::unpack(&package, &what, &folder, &work)?;
    put(&unpacked, &folder, &work)
}

/// Whoever runs this has a linker already; some of what is built wants a compiler for C.
fn c_compiler() -> Result<()> {
    if run::find("cc").is_none() { system::install(&["gcc", "libc6-dev"]) } else { Ok(()) }
}

fn wasm_target() -> Result<()> {
    let installed = run::output("rustc", &["--print", "sysroot"])
        .map(|sysroot| Path::new(sysroot.trim()).join("lib/rustlib/wasm32-unknown-unknown").is_dir());
    if installed == Some(true) {
        return Ok(());
    }
    if run::find("rustup").is_none() {
        bail!(
            "the page needs Rust's wasm32-unknown-unknown target, and rustup, which adds it, is not here: https://rustup.rs"
        );
    }
    run::step("installing: the wasm32-unknown-unknown target of the Rust toolchain");
    run::run("rustup", &["target", "add", "wasm32-unknown-unknown"])
}

fn cargo_tool(binary: &str, package: &str, version: &str, options: &[&str]) -> Result<()> {
    let wanted = house::tools()?.join("bin").join(binary);
    let says = run::output(&wanted.to_string_lossy(), &["--version"]).unwrap_or_default();
    if says.split_whitespace().any(|word| word == version) {
        return Ok(());
    }
    let root = house::tools()?;
    let place = root.display();
    run::step(&format!(
        "installing: {package} {version} into {place} (built from source, once per user; a few minutes)"
    ));
    std::fs::create_dir_all(&root).with_context(|| format!("cannot make {place}"))?;
    let mut command = run::command("cargo")?;
    command.args(["install", package, "--version", version, "--force", "--root"]).arg(&root).args(options);
    // Built outside the repository: its `rust-toolchain.toml` and lints are none of the tool's business.
    command.current_dir(house::cache()?).env("CARGO_TARGET_DIR", house::cache()?.join("tools-target"));
    run::finish(command)
}

/// Makes a folder that is there and empty.
fn fresh(folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

/// Puts a finished folder in its place, whole or not at all, and removes what it was made in.
fn put(finished: &Path, place: &Path, work: &Path) -> Result<()> {
    if place.exists() {
        std::fs::remove_dir_all(place).with_context(|| format!("cannot remove {}", place.display()))?;
    }
    std::fs::rename(finished, place).with_context(|| format!("cannot make {}", place.display()))?;
    // Leftovers in a cache do no harm.
    let _ = std::fs::remove_dir_all(work);
    Ok(())
}
