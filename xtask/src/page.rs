//! Builds the page with Trunk into `dist/`, and leaves it alone while nothing it is made of has changed.

use crate::{house, install, run};
use anyhow::Result;
use std::path::Path;
use std::time::SystemTime;

/// What the page is made of.
const SOURCES: [&str; 8] =
    ["app", "crates/api", "crates/domain", "public", "index.html", "Trunk.toml", "Cargo.lock", "Cargo.toml"];

/// Builds the page if it is older than its sources.
pub(crate) fn build() -> Result<()> {
    install::for_up()?;
    build_if_stale()
}

/// Builds the page if it is older than its sources; the tools are there already.
pub(crate) fn build_if_stale() -> Result<()> {
    let root = house::root();
    let built = modified(&root.join("dist/index.html"));
    let newest = SOURCES.iter().filter_map(|source| newest_under(&root.join(source))).max();
    if built.is_some() && built >= newest {
        return Ok(());
    }
    run::step("building the page (Trunk, wasm)");
    let mut trunk = run::command("trunk")?;
    // Trunk reads NO_COLOR as a flag with a value; some terminals set it to 1, which it refuses.
    trunk.args(["build", "--release", "--offline"]).env_remove("NO_COLOR");
    run::finish(trunk)
}

fn newest_under(path: &Path) -> Option<SystemTime> {
    if path.is_file() {
        return modified(path);
    }
    let entries = std::fs::read_dir(path).ok()?;
    entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|inner| !inner.ends_with("node_modules") && !inner.ends_with("walk"))
        .filter_map(|inner| newest_under(&inner))
        .max()
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).ok()?.modified().ok()
}
