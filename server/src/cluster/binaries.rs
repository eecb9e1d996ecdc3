//! Finds PostgreSQL's programs on this machine, of the version the data needs.
//! Not here: fetching them from elsewhere (`cargo xtask up` does that, and unpacks them where this file looks).

use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::{ClusterError, file_error, run};

/// The oldest version whose behaviour the SQL relies on (14 is the oldest still maintained).
pub(super) const MAJOR_MIN: u32 = 14;

/// What must be in a folder for it to be of use.
const PROGRAMS: [&str; 3] = ["postgres", "initdb", "pg_ctl"];

/// A folder with PostgreSQL's programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    /// The folder.
    pub folder: PathBuf,
    /// Their major version.
    pub major: u32,
}

impl Binaries {
    /// Returns the first candidate that has all programs, can be entered by who runs them, and fits the data.
    pub(super) async fn find(
        candidates: &[PathBuf],
        wanted: Option<u32>,
        reachable: impl Fn(&Path) -> bool,
    ) -> Option<Self> {
        for candidate in candidates {
            // /usr/local/bin/initdb is often a link; the programs look for their libraries beside the real file.
            let Ok(program) = candidate.join("initdb").canonicalize() else { continue };
            let Some(folder) = program.parent() else { continue };
            if !PROGRAMS.iter().all(|program| folder.join(program).is_file()) {
                continue;
            }
            if !reachable(&program) {
                continue;
            }
            let Some(major) = major(folder, "postgres").await else { continue };
            if wanted.map_or(major >= MAJOR_MIN, |wanted| wanted == major) {
                return Some(Self { folder: folder.to_owned(), major });
            }
        }
        None
    }

    /// Copies programs that are there, but where the user who runs them cannot enter (under root's home), to a place where it can.
    pub(super) async fn bring(
        candidates: &[PathBuf],
        wanted: Option<u32>,
        place: &Path,
    ) -> Result<Option<Self>, ClusterError> {
        let Some(found) = Self::find(candidates, wanted, |_| true).await else { return Ok(None) };
        let Some(from) = found.folder.parent() else { return Ok(None) };
        tracing::info!(from = %from.display(), to = %place.display(), "copying PostgreSQL's programs to where they can be run");
        if place.exists() {
            std::fs::remove_dir_all(place).map_err(file_error(place))?;
        }
        run(Command::new("cp").arg("-a").arg(from).arg(place), "cp").await?;
        Ok(Some(Self { folder: place.join("bin"), major: found.major }))
    }
}

/// Returns the folder whose `pg_dump` and `pg_restore` have this version, else the one that is newer by the least: an older program
/// refuses a newer database.
pub(super) async fn clients(candidates: &[PathBuf], wanted: u32) -> Option<PathBuf> {
    let mut best: Option<(u32, PathBuf)> = None;
    for candidate in candidates {
        let Ok(program) = candidate.join("pg_dump").canonicalize() else { continue };
        let Some(folder) = program.parent() else { continue };
        if !["pg_dump", "pg_restore"].iter().all(|program| folder.join(program).is_file()) {
            continue;
        }
        let Some(major) = major(folder, "pg_dump").await.filter(|major| *major >= wanted) else { continue };
        if best.as_ref().is_none_or(|(other, _)| major < *other) {
            best = Some((major, folder.to_owned()));
        }
    }
    best.map(|(_, folder)| folder)
}

async fn major(folder: &Path, program: &str) -> Option<u32> {
    let output = Command::new(folder.join(program)).arg("--version").output().await.ok()?;
    parse_major(&String::from_utf8_lossy(&output.stdout))
}

fn parse_major(text: &str) -> Option<u32> {
    let version = text.split("(PostgreSQL)").nth(1)?.trim();
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// Lists where the programs may be, best first.
pub(super) fn candidates(pg_bin: Option<&Path>) -> Vec<PathBuf> {
    // A folder that was named is the only one: silently using another version would surprise.
    if let Some(named) = pg_bin {
        return vec![named.to_owned()];
    }
    let mut found: Vec<PathBuf> = Vec::new();
    // For tries of the other ways on a machine that has PostgreSQL.
    if std::env::var_os("THRONG_IGNORE_SYSTEM_POSTGRES").is_none() {
        found.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
        found.extend(versions(Path::new("/usr/lib/postgresql"), "bin"));
        found.extend(
            ["/opt/homebrew/opt", "/usr/local/opt"].iter().flat_map(|folder| versions(Path::new(folder), "bin")),
        );
    }
    // An empty variable says nothing.
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")));
    // As root the programs are run by somebody who cannot enter root's home: /var/cache is for that case.
    for folder in [Some(PathBuf::from("/var/cache")), cache].into_iter().flatten() {
        let folder = folder.join("throng/postgres");
        found.extend([folder.join("bin"), folder.join("native/bin")]);
        found.extend(versions(&folder, "bin"));
        found.extend(versions(&folder, "native/bin"));
    }
    found
}

/// Lists `folder/*/below`, the highest version first.
fn versions(folder: &Path, below: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    let number = |path: &PathBuf| -> Vec<u32> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
    };
    paths.sort_by_key(|path| std::cmp::Reverse(number(path)));
    paths.into_iter().map(|path| path.join(below)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_postgres_says() {
        assert_eq!(parse_major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some(15));
        assert_eq!(parse_major("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(parse_major("something else"), None);
    }

    #[test]
    fn newer_versions_are_tried_first() {
        let folder = tempfile::tempdir().unwrap();
        for version in ["9", "15", "18.4"] {
            std::fs::create_dir(folder.path().join(version)).unwrap();
        }
        let names: Vec<_> = versions(folder.path(), "bin")
            .iter()
            .map(|path| path.parent().unwrap().file_name().unwrap().to_owned())
            .collect();
        assert_eq!(names, ["18.4", "15", "9"]);
    }

    #[test]
    fn a_named_folder_is_the_only_one_looked_at() {
        assert_eq!(candidates(Some(Path::new("/nowhere"))), [PathBuf::from("/nowhere")]);
    }
}
