//! Where things are: the repository, the caches, the data folder, the built binaries. Nothing here writes.

use anyhow::{Context as _, Result};
use std::ffi::OsString;
use std::path::PathBuf;

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    // What cargo says as it starts us, for a binary may have been built in another clone that shares the build folder.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    here.parent().map_or(here.clone(), PathBuf::from)
}

/// A variable of the environment that says something: an empty one says nothing.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// The per-user cache of this project: build output, tools, downloaded binaries.
pub(crate) fn cache() -> Result<PathBuf> {
    let base = match variable("XDG_CACHE_HOME") {
        Some(folder) => PathBuf::from(folder),
        None => home()?.join(".cache"),
    };
    Ok(base.join("throng"))
}

/// The build folder that every step and every clone shares, so that dependencies are built once per user.
pub(crate) fn target() -> Result<PathBuf> {
    match variable("CARGO_TARGET_DIR") {
        Some(folder) => Ok(PathBuf::from(folder)),
        None => Ok(cache()?.join("target")),
    }
}

/// A binary of ours in the profile that `up` and `test` share.
pub(crate) fn binary(name: &str) -> Result<PathBuf> {
    Ok(target()?.join("debug").join(name))
}

/// Where `cargo install` puts the tools we pin.
pub(crate) fn tools() -> Result<PathBuf> {
    Ok(cache()?.join("tools"))
}

/// The server's data folder when no flag names one, by the server's own rule (`server/src/config.rs`).
pub(crate) fn data() -> Result<PathBuf> {
    if let Some(folder) = variable("THRONG_DATA") {
        return Ok(PathBuf::from(folder));
    }
    if is_root() {
        return Ok(PathBuf::from("/var/lib/throng"));
    }
    match variable("XDG_DATA_HOME") {
        Some(folder) => Ok(PathBuf::from(folder).join("throng")),
        None => Ok(home()?.join(".local/share/throng")),
    }
}

/// Whether this process runs as root; read from the owner of its own entry in `/proc`, without unsafe code.
pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|entry| entry.uid() == 0)
}

fn home() -> Result<PathBuf> {
    variable("HOME").map(PathBuf::from).context("HOME is not set")
}
