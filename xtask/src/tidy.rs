//! The invariants of ARCHITECTURE.md that a program can check. Each check is one function that returns its complaints.

mod arrows;
mod papers;
mod sources;

use crate::{house, run};
use anyhow::{Result, bail};
use sources::Source;

/// Checks everything and lists every complaint.
pub(crate) fn tidy() -> Result<()> {
    run::step("tidy");
    let complaints = complaints()?;
    if complaints.is_empty() {
        return Ok(());
    }
    for complaint in &complaints {
        run::say(complaint);
    }
    bail!("{} complaints", complaints.len())
}

fn complaints() -> Result<Vec<String>> {
    let root = house::root();
    let files = sources::read(&root)?;
    let mut complaints = arrows::check()?;
    complaints.extend(papers::check(&root));
    for file in &files {
        complaints.extend(CHECKS.iter().flat_map(|check| check(file)));
    }
    Ok(complaints)
}

/// The checks of one file.
const CHECKS: [fn(&Source) -> Vec<String>; 8] = [
    sources::length,
    sources::opening,
    sources::no_mod_rs,
    sources::sql_in_its_place,
    sources::no_floats_near_kudos,
    sources::one_word_per_thing,
    sources::nothing_of_one_machine,
    sources::no_orphan_todo,
];

#[cfg(test)]
mod tests {
    #[test]
    fn the_house_is_tidy() {
        let complaints = super::complaints().expect("the repository can be read");
        assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    }
}
