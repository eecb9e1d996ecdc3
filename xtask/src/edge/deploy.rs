//! `cargo xtask edge deploy`: builds page and edge, looks whether the operator said what only they can say, and lets wrangler do it.

use super::tools;
use crate::{install, page, run};
use anyhow::{Result, bail};
use std::process::Stdio;

/// What has to be said of the servers.
const ORIGINS: &str = "ORIGINS";
/// What has to be handed over.
const KEY: &str = "EDGE_KEY";

/// Deploys with wrangler's own flags: `--var`, `--env`, `--dry-run` and so on.
pub(super) fn deploy(arguments: &[String]) -> Result<()> {
    let setup = std::fs::read_to_string(tools::folder().join("wrangler.toml"))?;
    if !says_origins(&setup, arguments) {
        bail!(
            "where are the servers? Say it as {ORIGINS} in edge/wrangler.toml, or with\n  \
             cargo xtask edge deploy --var {ORIGINS}:https://one.example,https://two.example"
        );
    }
    install::for_edge()?;
    page::build()?;
    super::build_if_stale()?;
    // A dry run asks nobody anything.
    let is_dry = arguments.iter().any(|word| word == "--dry-run");
    if !is_dry {
        check_key(arguments)?;
    }
    run::step("deploying the edge");
    let mut wrangler = tools::wrangler()?;
    wrangler.arg("deploy").args(arguments);
    run::finish(wrangler)
}

/// Whether it is known where the servers are: by the setup, by a flag, or because what Cloudflare knows is to be kept.
fn says_origins(setup: &str, arguments: &[String]) -> bool {
    let in_setup = setup.lines().filter_map(|line| line.split_once('=')).any(|(name, value)| {
        let value = value.split('#').next().unwrap_or_default().trim().trim_matches(['"', '\'']);
        name.trim() == ORIGINS && !value.is_empty()
    });
    let said = |word: &String| word.strip_prefix("--var=").unwrap_or(word).starts_with("ORIGINS:");
    in_setup || arguments.iter().any(|word| word == "--keep-vars" || said(word))
}

/// Without the key the edge takes nothing from the server, and is of half the use.
fn check_key(arguments: &[String]) -> Result<()> {
    let mut wrangler = tools::wrangler()?;
    wrangler.args(["secret", "list"]).args(which(arguments)).stderr(Stdio::inherit());
    let said = String::from_utf8_lossy(&wrangler.stdin(Stdio::null()).output()?.stdout).into_owned();
    if said.contains(&format!("\"{KEY}\"")) {
        return Ok(());
    }
    bail!(
        "the edge has no key yet (or wrangler could not tell, and said why above). Hand it over, and deploy again:\n  \
         throng-server edge-key | cargo xtask edge wrangler secret put {KEY}"
    )
}

/// The flags that say which worker is meant.
fn which(arguments: &[String]) -> Vec<&String> {
    const NAMING: [&str; 4] = ["--env", "-e", "--name", "--config"];
    let mut named = Vec::new();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let name = word.split_once('=').map_or(word.as_str(), |(name, _)| name);
        if NAMING.contains(&name) {
            named.push(word);
            if !word.contains('=') {
                named.extend(words.next());
            }
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn the_servers_may_be_named_in_the_setup_or_by_a_flag() {
        let says = |setup: &str, line: &str| says_origins(setup, &words(line));
        assert!(says("[vars]\nORIGINS = \"https://one.example\" # the only one\n", ""));
        assert!(says("ORIGINS = \"\"", "--var ORIGINS:https://one.example"));
        assert!(says("ORIGINS = \"\"", "--var=ORIGINS:https://one.example"));
        assert!(says("", "--keep-vars"));
        assert!(!says("ORIGINS = \"\" # https://one.example", "--var OTHER:x"));
        assert!(!says("# ORIGINS = \"https://one.example\"", ""));
    }

    #[test]
    fn the_key_is_looked_for_at_the_worker_that_is_meant() {
        let arguments = words("--dry-run --env=home --name edge-two --var A:b");
        assert_eq!(which(&arguments), ["--env=home", "--name", "edge-two"]);
    }
}
