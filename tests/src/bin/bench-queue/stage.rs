//! The stage of a measurement: a release server on a fresh database with everything durable, and users registered over
//! the wire like anybody else's.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;
use throng_tests::process::{ServerProcess, binary};
use throng_tests::wire::Wire;

/// Results that an ordinary user may await at once.
const AWAITED_MAX: usize = 30;

/// A requester with a worker.
pub(crate) struct Client {
    /// The connection and the key.
    pub(crate) wire: Wire,
    /// The name of its worker.
    pub(crate) worker: String,
}

/// A requester with room for so many more results.
pub(crate) struct Asker {
    /// The connection and the key.
    pub(crate) wire: Wire,
    room: usize,
}

/// A running server and the keys of its users.
pub(crate) struct Stage {
    pub(crate) folder: TempDir,
    pub(crate) server: ServerProcess,
    /// The data folder of the private database.
    pub(crate) cluster: PathBuf,
    keys: Vec<String>,
    registered: AtomicUsize,
}

impl Stage {
    /// Starts a server and registers the users.
    pub(crate) async fn set(users: usize) -> Result<Stage> {
        let folder = tempfile::tempdir()?;
        let program = binary("THRONG_SERVER_BIN", "throng-server")?;
        let mut server = ServerProcess::new(program, folder.path(), &["--no-rate-limits"])?;
        server.start().await?;
        let cluster = find_cluster(folder.path()).context("no private database in the data folder")?;
        let mut stage = Stage { folder, server, cluster, keys: Vec::new(), registered: AtomicUsize::new(0) };
        for _ in 0..users {
            let key = stage.register().await?;
            stage.keys.push(key);
        }
        Ok(stage)
    }

    /// One of the registered users, with a connection of its own.
    pub(crate) fn client(&self, at: usize) -> Client {
        Client { wire: Wire::new(self.server.address(), &self.keys[at]), worker: format!("bench-{at}") }
    }

    /// A requester with room for `n` results: the one given, or a new one.
    pub(crate) async fn asker(&self, last: Option<Asker>, n: usize) -> Result<Asker> {
        match last {
            Some(mut asker) if asker.room >= n => {
                asker.room -= n;
                Ok(asker)
            }
            _ => {
                let key = self.register().await?;
                Ok(Asker { wire: Wire::new(self.server.address(), &key), room: AWAITED_MAX - n })
            }
        }
    }

    /// Checks the books after all this.
    pub(crate) fn audit(&mut self) -> Result<String> {
        self.server.stop()?;
        let (status, report) = self.server.role(&["audit"])?;
        ensure!(status.success(), "the audit found faults:\n{report}");
        Ok("\nthe books balance after all this (throng-server audit)".to_owned())
    }

    /// pgbench beside the database's binaries, with where to connect.
    pub(crate) fn pgbench(&self) -> Option<(PathBuf, Vec<String>)> {
        let pid_file = std::fs::read_to_string(self.cluster.join("postmaster.pid")).ok()?;
        let lines: Vec<&str> = pid_file.lines().collect();
        let (port, socket) = (lines.get(3)?.trim(), lines.get(4)?.trim());
        let postmaster = std::fs::read_link(format!("/proc/{}/exe", lines.first()?.trim())).ok()?;
        let program = postmaster.parent()?.join("pgbench");
        let words = ["-h", socket, "-p", port, "-U", "throng"].map(str::to_owned).to_vec();
        program.is_file().then_some((program, words))
    }

    async fn register(&self) -> Result<String> {
        let at = self.registered.fetch_add(1, Ordering::Relaxed);
        let mut wire = Wire::new(self.server.address(), "");
        let answer = wire.post("/register", &json!({ "username": format!("bench{at}") })).await?;
        Ok(answer.json["api_key"].as_str().with_context(|| format!("not registered: {}", answer.json))?.to_owned())
    }
}

/// The folder with `postmaster.pid`, wherever the server keeps its cluster below its data.
fn find_cluster(folder: &Path) -> Option<PathBuf> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        if folder.join("postmaster.pid").is_file() {
            return Some(folder);
        }
        folders.extend(
            std::fs::read_dir(&folder)
                .into_iter()
                .flatten()
                .flatten()
                .map(|entry| entry.path())
                .filter(|path| path.is_dir()),
        );
    }
    None
}
