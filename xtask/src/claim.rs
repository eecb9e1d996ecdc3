//! One build folder serves every clone of a person, and cargo tells workspace crates of two clones apart by nothing but the age
//! of their files: after building in one clone it would take another's older sources for built. So the folder remembers
//! whose it was last, and a clone that comes back makes its sources young again.

use crate::house;
use anyhow::{Context as _, Result};
use std::fs::{File, FileTimes};
use std::path::Path;
use std::time::SystemTime;

/// Makes the shared build folder this clone's.
pub(crate) fn claim() -> Result<()> {
    let root = house::root();
    let stamp = house::target()?.join("last-clone");
    let mine = root.to_string_lossy().into_owned();
    if std::fs::read_to_string(&stamp).is_ok_and(|last| last == mine) {
        return Ok(());
    }
    for folder in ["app", "crates", "server", "tests", "trainers", "worker-native", "xtask"] {
        rejuvenate(&root.join(folder))?;
    }
    std::fs::create_dir_all(house::target()?)?;
    std::fs::write(&stamp, mine).with_context(|| format!("cannot write {}", stamp.display()))
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
