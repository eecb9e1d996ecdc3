//! Packages of the system: whether this user may install them, and how. Not here: which ones are needed.

use crate::{house, run};
use anyhow::{Context as _, Result, bail};
use std::io::IsTerminal as _;

/// The groups whose members Debian and Ubuntu let use sudo. Others would be asked for a password in vain, and reported.
const ADMINISTRATORS: [&str; 3] = ["sudo", "admin", "wheel"];

/// Debian's package makes and starts a cluster of its own unless this file says no.
const NO_CLUSTER_FILE: &str = "/etc/postgresql-common/createcluster.d/throng.conf";

/// How this user may install packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rights {
    /// As they are.
    Root,
    /// Through sudo, which asks nothing.
    Sudo,
    /// Through sudo, which asks for a password.
    SudoWithPassword,
}

impl Rights {
    fn of_this_user() -> Option<Rights> {
        if house::is_root() {
            return Some(Rights::Root);
        }
        run::find("sudo")?;
        if run::output("sudo", &["-n", "true"]).is_some() {
            return Some(Rights::Sudo);
        }
        let groups = run::output("id", &["-nG"]).unwrap_or_default();
        let administers = groups.split_whitespace().any(|group| ADMINISTRATORS.contains(&group));
        // Somebody has to be there to type it.
        (administers && std::io::stdin().is_terminal()).then_some(Rights::SudoWithPassword)
    }

    /// What comes before a command so that it runs with these rights.
    fn prefix(self) -> &'static [&'static str] {
        match self {
            Rights::Root => &[],
            Rights::Sudo => &["sudo", "-n"],
            Rights::SudoWithPassword => &["sudo"],
        }
    }

    fn note(self) -> &'static str {
        match self {
            Rights::Root => "",
            Rights::Sudo => " through sudo",
            Rights::SudoWithPassword => " through sudo, which asks for your password",
        }
    }

    fn run(self, words: &[&str]) -> Result<()> {
        let words = [self.prefix(), words].concat();
        let Some((program, arguments)) = words.split_first() else { bail!("there is nothing to run") };
        run::run(program, arguments)
    }

    fn apt(self, arguments: &[&str]) -> Result<()> {
        // Through `env`, for sudo passes no variables on.
        self.run(&[&["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"][..], arguments].concat())
    }

    /// Installs packages, saying which.
    fn install(self, packages: &[&str]) -> Result<()> {
        let names = packages.join(" ");
        run::step(&format!("installing (apt-get{}): {names}", self.note()));
        // Often one list of many cannot be fetched; the installation tells whether it matters.
        if let Err(error) = self.apt(&["update", "-qq"]) {
            run::complain(&format!("apt-get update: {error:#}; going on with the lists that are here"));
        }
        let how = ["install", "-y", "-qq", "--no-install-recommends"];
        self.apt(&[&how[..], packages].concat()).with_context(|| format!("apt-get could not install {names}"))
    }
}

/// Whether this user may install packages of the system.
pub(super) fn may_install() -> bool {
    run::find("apt-get").is_some() && Rights::of_this_user().is_some()
}

/// Installs packages by their names at Debian, or says who has to.
pub(super) fn install(packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let names = packages.join(" ");
    if run::find("apt-get").is_none() {
        bail!("missing: {names} (Debian's names; this system has no apt-get, please install them its own way)");
    }
    let Some(rights) = Rights::of_this_user() else {
        bail!("missing: {names}; this user may not install them: run `sudo apt-get install {names}`, or have it run");
    };
    rights.install(packages)
}

/// Installs a package of PostgreSQL's without the cluster that it would make and start: ours is private.
pub(super) fn install_postgres(package: &str) -> Result<()> {
    let rights = Rights::of_this_user().context("this user may not install packages")?;
    let folder = NO_CLUSTER_FILE.rsplit_once('/').map_or(NO_CLUSTER_FILE, |(folder, _)| folder);
    run::step(&format!("PostgreSQL from the system{}: its programs only, no cluster is made", rights.note()));
    let say_no = format!("mkdir -p {folder} && echo 'create_main_cluster = false' > {NO_CLUSTER_FILE}");
    // Best effort: without it an idle cluster starts on its own port, which does no harm.
    let _ = rights.run(&["sh", "-c", &say_no]);
    let outcome = rights.install(&[package]);
    // Whoever installs PostgreSQL for something else later gets its cluster as usual.
    let _ = rights.run(&["rm", "-f", NO_CLUSTER_FILE]);
    outcome
}
