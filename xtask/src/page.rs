//! Builds the page with Trunk into `dist/`, each file also as Brotli beside it, and leaves it alone while nothing it is made of has
//! changed. The browser worker, which goes to `dist/lend/`, is in `page/tab.rs`.

mod tab;

use crate::{house, install, run};
use anyhow::{Context as _, Result};
use std::fs;
use std::path::Path;
use std::time::SystemTime;

/// What the page is made of.
const SOURCES: [&str; 9] = [
    "app",
    "crates/api",
    "crates/domain",
    "crates/lend",
    "public",
    "index.html",
    "Trunk.toml",
    "Cargo.lock",
    "Cargo.toml",
];

/// What is worth compressing; pictures are small already.
const COMPRESSED: [&str; 5] = ["wasm", "js", "css", "html", "svg"];
/// Of eleven: the last two take five times as long for three percent.
const BROTLI_QUALITY: i32 = 9;
/// The largest window every browser takes, as a power of two.
const BROTLI_WINDOW: i32 = 22;

/// Builds the page if it is older than its sources.
pub(crate) fn build() -> Result<()> {
    install::for_page()?;
    build_if_stale()
}

/// Builds page and browser worker if they are older than their sources; the tools are there already.
pub(crate) fn build_if_stale() -> Result<()> {
    build_page_if_stale()?;
    tab::build_if_stale()
}

fn build_page_if_stale() -> Result<()> {
    let root = house::root();
    if is_fresh(&root.join("dist/index.html"), &SOURCES) {
        return Ok(());
    }
    run::step("building the page (Trunk, wasm)");
    let mut trunk = run::command("trunk")?;
    // Trunk reads NO_COLOR as a flag with a value; some terminals set it to 1, which it refuses.
    trunk.args(["build", "--release", "--offline"]).env_remove("NO_COLOR");
    run::finish(trunk)?;
    compress(&root.join("dist"))
}

/// Writes a file's Brotli form beside it, which the server sends to whoever takes it.
fn compress(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let file = entry?.path();
        let kind = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if !COMPRESSED.contains(&kind) {
            continue;
        }
        let plain = fs::read(&file)?;
        let mut small = Vec::with_capacity(plain.len() / 2);
        let settings =
            brotli::enc::BrotliEncoderParams { quality: BROTLI_QUALITY, lgwin: BROTLI_WINDOW, ..Default::default() };
        brotli::BrotliCompress(&mut plain.as_slice(), &mut small, &settings)
            .with_context(|| format!("cannot compress {}", file.display()))?;
        fs::write(file.with_extension(format!("{kind}.br")), small)?;
    }
    Ok(())
}

/// Whether something built is younger than everything it is made of.
pub(crate) fn is_fresh(built: &Path, sources: &[&str]) -> bool {
    let built = modified(built);
    let newest = sources.iter().filter_map(|source| newest_under(&house::root().join(source))).max();
    built.is_some() && built >= newest
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
