//! What the edge is built, run and deployed with: programs in JavaScript, pinned by `edge/package-lock.json`, and a Node.js for them.
//! Fetching them is `install::for_edge`.

use crate::{house, run};
use anyhow::{Context as _, Result};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest Node.js that wrangler takes: major and minor.
const NODE_MIN: (u32, u32) = (22, 12);

/// Node.js in the edge's folder.
pub(super) fn node() -> Result<Command> {
    let mut node = run::command(&program()?.to_string_lossy())?;
    // Nothing is reported to anybody, and what a caller would look like at Cloudflare is not asked there: it works offline.
    node.current_dir(folder()).env("WRANGLER_SEND_METRICS", "false").env("CLOUDFLARE_CF_FETCH_ENABLED", "false");
    Ok(node)
}

/// A program of a package, by its path in `node_modules`: by that and not by its link, which may lead to another Node.js.
pub(super) fn script(path: &str) -> Result<Command> {
    let mut node = node()?;
    node.arg(folder().join("node_modules").join(path));
    Ok(node)
}

/// A program of a package that npm may have put in the place of the script which starts it.
pub(super) fn program_or_script(path: &str) -> Result<Command> {
    let file = folder().join("node_modules").join(path);
    let mut begins = [0; 4];
    let is_program =
        std::fs::File::open(&file).and_then(|mut file| file.read_exact(&mut begins)).is_ok_and(|()| begins == ELF);
    if is_program { run::command(&file.to_string_lossy()) } else { script(path) }
}

/// How a program begins on Linux.
const ELF: [u8; 4] = *b"\x7fELF";

/// The pinned wrangler.
pub(super) fn wrangler() -> Result<Command> {
    script("wrangler/bin/wrangler.js")
}

/// Where the edge is.
pub(super) fn folder() -> PathBuf {
    house::root().join("edge")
}

/// The Node.js that came along as a package where there is one for this kind of machine, else the system's.
fn program() -> Result<PathBuf> {
    let ours = folder().join("node_modules/.bin/node");
    let mut known = std::iter::once(ours).filter(|file| file.is_file()).chain(run::find("node"));
    let (major, minor) = NODE_MIN;
    let found = known.find(|program| is_new_enough(program));
    found.with_context(|| format!("wrangler needs Node.js {major}.{minor} or newer; none is here"))
}

fn is_new_enough(program: &Path) -> bool {
    run::output(&program.to_string_lossy(), &["--version"]).and_then(|said| version(&said)) >= Some(NODE_MIN)
}

/// Major and minor of what Node.js says of itself.
fn version(said: &str) -> Option<(u32, u32)> {
    let mut parts = said.trim().trim_start_matches('v').split('.').map(str::parse::<u32>);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_node_is_told_from_a_newer_one() {
        let is_taken = |said: &str| version(said) >= Some(NODE_MIN);
        assert!(is_taken("v22.12.0\n") && is_taken("v24.1.0") && is_taken("v22.23.3"));
        assert!(!is_taken("v22.11.9") && !is_taken("v20.20.2") && !is_taken("") && !is_taken("v22"));
    }
}
