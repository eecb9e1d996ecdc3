//! The edge as a process: `workerd` runs the built worker, with its objects on disk. It is without cache, buckets, files
//! and counted limits, which this runtime only has from others, and which the worker does without: this is for load. Not
//! here: tests of the edge itself, which run in `edge/`.

use super::{answered, end, root};
use anyhow::{Context as _, Result, bail, ensure};
use nix::sys::signal::Signal;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What `cargo xtask edge build` makes, in `edge/build`.
const PROGRAM: [&str; 2] = ["index.js", "index_bg.wasm"];

/// An edge in front of a server.
pub struct EdgeProcess {
    address: SocketAddr,
    child: Option<Child>,
}

/// What the runtime is told.
struct Setup<'a> {
    address: SocketAddr,
    origin: SocketAddr,
    key: &'a str,
    objects: &'a Path,
    /// The day, and the flags, of the platform that the worker is made for, as they are written.
    date: &'a str,
    flags: &'a str,
}

impl EdgeProcess {
    /// Starts an edge at `address` in front of the server at `origin`, whose `key` it knows, and waits until it answers.
    /// Whatever it keeps is in `folder`, which is made.
    pub async fn start(address: SocketAddr, origin: SocketAddr, key: &str, folder: &Path) -> Result<EdgeProcess> {
        let source = root().join("edge");
        let objects = folder.join("objects");
        std::fs::create_dir_all(&objects)?;
        for part in PROGRAM {
            let built = source.join("build").join(part);
            let missing = || format!("{} is missing; `cargo xtask edge build` makes it", built.display());
            std::fs::copy(&built, folder.join(part)).with_context(missing)?;
        }
        let settings =
            std::fs::read_to_string(source.join("wrangler.toml")).context("edge/wrangler.toml is missing")?;
        let date =
            setting(&settings, "compatibility_date").context("edge/wrangler.toml tells no compatibility_date")?;
        let flags = setting(&settings, "compatibility_flags").unwrap_or("[]");
        let text = configuration(&Setup { address, origin, key, objects: &objects, date, flags });
        let file = folder.join("edge.capnp");
        std::fs::write(&file, text)?;
        let program = runtime(&source)?;
        let mut command = Command::new(&program);
        command.arg("serve").arg(&file).arg("config").stdin(Stdio::null());
        let child = command.spawn().with_context(|| format!("cannot start {}", program.display()))?;
        let mut edge = EdgeProcess { address, child: None };
        answered("the edge", edge.child.insert(child), address).await?;
        Ok(edge)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process id.
    pub fn id(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }
}

impl Drop for EdgeProcess {
    fn drop(&mut self) {
        // What it keeps is thrown away, so nothing has to be finished: asked to end, it would wait for every stream.
        let _ = end(&mut self.child, Signal::SIGKILL);
    }
}

/// The runtime that npm put beside the worker.
fn runtime(source: &Path) -> Result<PathBuf> {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "64",
        "aarch64" => "arm64",
        other => bail!("there is no workerd for processors of the kind {other}"),
    };
    let program = source.join(format!("node_modules/@cloudflare/workerd-linux-{architecture}/bin/workerd"));
    ensure!(program.is_file(), "{} is missing; `cargo xtask edge build` gets it", program.display());
    Ok(program)
}

/// What stands behind a name at the beginning of a line.
fn setting<'t>(settings: &'t str, name: &str) -> Option<&'t str> {
    let value = |line: &'t str| line.strip_prefix(name)?.trim_start().strip_prefix('=').map(str::trim);
    settings.lines().find_map(value)
}

/// The runtime's configuration, in the text form of Cap'n Proto, whose texts and lists of texts look as those of TOML.
fn configuration(setup: &Setup<'_>) -> String {
    let Setup { address, origin, key, objects, date, flags } = setup;
    let objects = objects.display();
    format!(
        r#"using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "edge", worker = .edge),
    (name = "internet", network = (allow = ["private", "local", "public"])),
    (name = "objects", disk = (path = "{objects}", writable = true)),
  ],
  sockets = [(name = "http", address = "{address}", http = (), service = "edge")],
);

const edge :Workerd.Worker = (
  modules = [
    (name = "index.js", esModule = embed "index.js"),
    (name = "index_bg.wasm", wasm = embed "index_bg.wasm"),
  ],
  compatibilityDate = {date},
  compatibilityFlags = {flags},
  globalOutbound = "internet",
  bindings = [
    (name = "ORIGINS", text = "http://{origin}"),
    (name = "EDGE_KEY", text = "{key}"),
    (name = "WATCHED", durableObjectNamespace = "Watched"),
    (name = "SLEEPERS", durableObjectNamespace = "Sleepers"),
  ],
  durableObjectNamespaces = [
    (className = "Watched", uniqueKey = "watched", enableSql = true),
    (className = "Sleepers", uniqueKey = "sleepers", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "objects"),
);
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edge_is_told_where_it_is_and_what_the_worker_is_made_for() {
        let settings = "# compatibility_date = \"2020-01-01\"\nname = \"edge\"\ncompatibility_date = \"2026-11-01\"\n";
        let date = setting(settings, "compatibility_date").unwrap();
        assert_eq!((date, setting(settings, "compatibility_flags")), ("\"2026-11-01\"", None));
        let address = SocketAddr::from(([127, 0, 0, 1], 7002));
        let origin = SocketAddr::from(([127, 0, 0, 1], 7001));
        let objects = Path::new("objects");
        let text = configuration(&Setup { address, origin, key: "secret", objects, date, flags: "[]" });
        for line in [
            r#"sockets = [(name = "http", address = "127.0.0.1:7002", http = (), service = "edge")],"#,
            r#"(name = "ORIGINS", text = "http://127.0.0.1:7001"),"#,
            r#"(name = "EDGE_KEY", text = "secret"),"#,
            r#"compatibilityDate = "2026-11-01","#,
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }
}
