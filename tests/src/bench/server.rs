//! A release server on a fresh database with everything durable, and users registered over the wire like anybody else's.

use super::proc;
use crate::process::{ServerProcess, binary};
use crate::wire::Wire;
use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What a private cluster calls its role and its database.
const DATABASE: &str = "throng";

/// Who administers a server that is told so with `--admins`: whoever registers first, if it calls itself so.
pub const ADMIN: &str = "bench#1";

/// A running server with a data folder that is thrown away.
pub struct BenchServer {
    /// The process. It stands before its folder, so that it has ended when the folder is deleted.
    pub process: ServerProcess,
    /// The data folder of the private database.
    cluster: PathBuf,
    folder: TempDir,
}

/// A user who was just registered.
pub struct Registered {
    /// Its name, as `name#number`.
    pub username: String,
    /// Its key.
    pub key: String,
}

impl BenchServer {
    /// Starts a server with an empty database and these arguments.
    pub async fn start(arguments: &[&str]) -> Result<BenchServer> {
        let folder = tempfile::tempdir()?;
        let program = binary("THRONG_SERVER_BIN", "throng-server")?;
        let mut process = ServerProcess::new(program, folder.path(), arguments)?;
        process.start().await?;
        let cluster = find_cluster(folder.path()).context("no private database in the data folder")?;
        Ok(BenchServer { process, cluster, folder })
    }

    /// A connection of its own for whoever has this key.
    pub fn wire(&self, key: &str) -> Wire {
        Wire::new(self.process.address(), key)
    }

    /// Registers a user over the wire.
    pub async fn register(&self, name: &str) -> Result<Registered> {
        let answer = self.wire("").post("/register", &json!({ "username": name })).await?;
        let told = |member: &str| {
            let text = answer.json[member].as_str().map(str::to_owned);
            text.with_context(|| format!("not registered: {} {}", answer.status, answer.json))
        };
        Ok(Registered { username: told("username")?, key: told("api_key")? })
    }

    /// Registers the administrator with a server that has no users yet, and returns a connection for it.
    pub async fn administrator(&self) -> Result<Wire> {
        let admin = self.register("bench").await?;
        ensure!(admin.username == ADMIN, "the first user is {}, not {ADMIN}", admin.username);
        Ok(self.wire(&admin.key))
    }

    /// Registers a user and gives it a role, with the administrator's connection.
    pub async fn register_as(&self, role: &str, name: &str, admin: &mut Wire) -> Result<Registered> {
        let user = self.register(name).await?;
        let (_, number) = user.username.rsplit_once('#').with_context(|| format!("{} has no number", user.username))?;
        let edited = admin.put(&format!("/api/v2/users/{number}"), &json!({ role: true })).await?;
        ensure!(edited.json[role] == true, "{} is not {role}: {} {}", user.username, edited.status, edited.json);
        Ok(user)
    }

    /// CPU seconds spent so far by the server, by its database, and by this program.
    pub fn cpu_seconds(&self) -> [f64; 3] {
        proc::cpu_seconds(self.process.id(), &self.cluster)
    }

    /// A connection to the private database, to look at it from outside.
    pub async fn database(&self) -> Result<PgConnection> {
        use sqlx::ConnectOptions as _;
        let (socket, port) = self.listens().context("the private database does not say where it listens")?;
        let options = PgConnectOptions::new_without_pgpass()
            .socket(&socket)
            .port(port)
            .username(DATABASE)
            .password("")
            .database(DATABASE);
        Ok(options.connect().await?)
    }

    /// A program beside the database's own, with the words that say where to connect.
    pub fn database_program(&self, name: &str) -> Option<(PathBuf, Vec<String>)> {
        let (socket, port) = self.listens()?;
        let lines = self.postmaster()?;
        let postmaster = std::fs::read_link(format!("/proc/{}/exe", lines.first()?.trim())).ok()?;
        let program = postmaster.parent()?.join(name);
        let words = ["-h", &socket, "-p", &port.to_string(), "-U", DATABASE].map(str::to_owned).to_vec();
        program.is_file().then_some((program, words))
    }

    /// The folder that is thrown away.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Stops the server and checks the books.
    pub fn audit(&mut self) -> Result<()> {
        self.process.stop()?;
        let (status, report) = self.process.role(&["audit"])?;
        ensure!(status.success(), "the audit found faults:\n{report}");
        Ok(())
    }

    /// The folder of the database's socket, and the port that names it.
    fn listens(&self) -> Option<(String, u16)> {
        let lines = self.postmaster()?;
        Some((lines.get(4)?.trim().to_owned(), lines.get(3)?.trim().parse().ok()?))
    }

    /// What the postmaster wrote about itself: its id, data folder, start, port, and folder of the socket, one a line.
    fn postmaster(&self) -> Option<Vec<String>> {
        let text = std::fs::read_to_string(self.cluster.join("postmaster.pid")).ok()?;
        Some(text.lines().map(str::to_owned).collect())
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
