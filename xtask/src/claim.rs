//! One build folder serves every clone of a person, and cargo tells workspace crates of two clones apart by nothing but the age
//! of their files: after building in one clone it would take another's older sources for built. So the folder remembers
//! whose it was last, and a clone that comes back makes its sources young again.

use crate::{house, run};
use anyhow::{Context as _, Result};
use std::fs::{File, FileTimes};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::time::SystemTime;

/// Makes the shared build folder this clone's; false when this very program may have come out of it from another's sources, and is better
/// built and started anew.
pub(crate) fn claim() -> Result<bool> {
    let root = house::root();
    let stamp = house::target()?.join("last-clone");
    let mine = root.to_string_lossy().into_owned();
    let last = std::fs::read_to_string(&stamp).ok();
    if last.as_ref() == Some(&mine) {
        return Ok(true);
    }
    for folder in ["app", "crates", "edge", "server", "tests", "trainers", "worker-native", "worker-web", "xtask"] {
        rejuvenate(&root.join(folder))?;
    }
    std::fs::create_dir_all(house::target()?)?;
    std::fs::write(&stamp, mine).with_context(|| format!("cannot write {}", stamp.display()))?;
    let is_shared =
        std::env::current_exe().is_ok_and(|this| house::target().is_ok_and(|target| this.starts_with(target)));
    Ok(last.is_none() || !is_shared)
}

/// Builds this program anew from this clone's sources, and runs it in this one's place.
pub(crate) fn start_anew() -> Result<()> {
    let mut anew = run::command("cargo")?;
    anew.args(["run", "--quiet", "--package", "xtask", "--"]).args(std::env::args_os().skip(1));
    // In its place, so that Ctrl-C and the exit status are those of one process.
    Err(anew.exec()).context("cannot start cargo")
}

/// Gives every Rust source below a folder the present as its time of change.
#[expect(clippy::disallowed_methods, reason = "cargo compares these times with those of what it built")]
fn rejuvenate(folder: &Path) -> Result<()> {
    let now = FileTimes::new().set_modified(SystemTime::now());
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() && !path.ends_with("node_modules") {
            rejuvenate(&path)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            File::options().append(true).open(&path)?.set_times(now)?;
        }
    }
    Ok(())
}
