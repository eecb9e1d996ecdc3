//! The private PostgreSQL cluster: make it, start it, adopt it if it already runs, stop it. `DATABASE_URL` bypasses all of this.
//! Not here: where the binaries are found (`cluster/binaries.rs`), tables (`migrations/`), the fence between two servers (`leader.rs`).

mod binaries;
mod owner;
pub mod throwaway;

use std::fs::File;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use nix::unistd::Pid;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::process::Command;
use tokio::time::sleep;

pub use self::binaries::Binaries;
use self::owner::{Owner, check_ours, check_reachable, make_folder, open_parent};
use crate::store::setup;

/// The database role and the database of the private cluster.
const NAME: &str = "throng";

/// Longest path of a Unix socket that Linux takes, less one for the final NUL.
const SOCKET_PATH_BYTES_MAX: usize = 107;

/// File name of the socket for the port below.
const SOCKET_FILE: &str = ".s.PGSQL.5432";

/// How often a start is tried again. After `kill -9` the first one to three tries fail while orphaned backends still hold
/// the shared memory; recovery of a gigabyte of journal took up to nine seconds on a loaded machine.
const START_TRIES: u32 = 12;

/// Pause after the first failed start; doubled each time up to [`START_PAUSE_MAX`].
const START_PAUSE: Duration = Duration::from_millis(200);

/// Longest pause between two starts.
const START_PAUSE_MAX: Duration = Duration::from_secs(5);

/// How long a fast shutdown may take before the cluster is told to stop at once (it then recovers at the next start).
const STOP_WAIT: Duration = Duration::from_secs(30);

/// Why there is no private cluster.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No usable PostgreSQL on this machine.
    #[error(
        "PostgreSQL {} was not found: install it (on Debian or Ubuntu: apt install postgresql), name its folder with --pg-bin, or use a database of yours with DATABASE_URL",
        .wanted.map_or_else(|| format!("{} or newer", binaries::MAJOR_MIN), |major| format!("{major}, which made the data,"))
    )]
    NoBinaries {
        /// The major version the existing data needs.
        wanted: Option<u32>,
    },
    /// PostgreSQL refuses to run as root, and nobody else is there to run it.
    #[error(
        "PostgreSQL will not run as root, and this machine has neither a user postgres nor a user nobody to run it as"
    )]
    NoUser,
    /// The unprivileged user cannot reach the data.
    #[error("user {user} cannot enter {}, so PostgreSQL cannot keep its data in {}: choose another folder with --data", .closed.display(), .data.display())]
    Closed {
        /// Who would run the database.
        user: String,
        /// The folder that is closed to them.
        closed: PathBuf,
        /// Where the data would be.
        data: PathBuf,
    },
    /// A folder or file could not be used.
    #[error("cannot use {}: {source}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// One of PostgreSQL's programs failed.
    #[error("{program} failed: {output}")]
    Program {
        /// Which one.
        program: &'static str,
        /// The end of what it said.
        output: String,
    },
    /// The cluster runs but does not take connections.
    #[error("the private database does not answer: {0}")]
    Connect(#[from] sqlx::Error),
}

/// Whether the cluster survives a power cut, or is as quick as it can be because it is thrown away anyway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// For real data.
    Full,
    /// For tests: a crash of a process loses nothing, a crash of the machine everything.
    None,
}

/// A private cluster that is running.
#[derive(Debug)]
pub struct Cluster {
    folder: PathBuf,
    socket: PathBuf,
    /// Held shared by every server on this cluster: the last one to leave stops it.
    users: File,
}

impl Cluster {
    /// Makes sure the private cluster in `folder` is running: adopts it, or starts it, making it first if need be.
    pub async fn open(folder: &Path, pg_bin: Option<&Path>, durability: Durability) -> Result<Self, ClusterError> {
        let owner = owner::owner(&folder.join("data"))?;
        make_folder(folder, owner.as_ref())?;
        open_parent(folder, owner.as_ref())?;
        let folder = folder.canonicalize().map_err(file_error(folder))?;
        check_reachable(&folder, owner.as_ref())?;
        let socket = socket_folder(&folder);
        if !socket.starts_with(&folder) {
            check_ours(&socket, owner.as_ref())?;
        }
        make_folder(&socket, owner.as_ref())?;
        let cluster = Self { users: open_lock(&folder.join("users.lock"))?, folder, socket };

        // Two servers starting together must not both run initdb.
        let starting = open_lock(&cluster.folder.join("starting.lock"))?;
        let starting = tokio::task::spawn_blocking(move || starting.lock().map(|()| starting)).await;
        let _starting = starting.map_err(std::io::Error::other).flatten().map_err(file_error(&cluster.folder))?;
        if cluster.answers().await {
            tracing::info!(data = %cluster.folder.display(), "private database is already running: using it");
        } else {
            cluster.init_and_start(pg_bin, owner.as_ref(), durability).await?;
        }
        cluster.users.lock_shared().map_err(file_error(&cluster.folder))?;
        setup::create_database(&cluster.connect_options(), NAME).await?;
        Ok(cluster)
    }

    /// Returns how to connect to the cluster's database.
    pub fn connect_options(&self) -> PgConnectOptions {
        // `new_without_pgpass`: PGHOST, PGUSER and a ~/.pgpass are meant for other databases.
        PgConnectOptions::new_without_pgpass()
            .socket(&self.socket)
            .port(5432)
            .username(NAME)
            .password("")
            .database(NAME)
    }

    /// Returns the same as an address, for other programs.
    pub fn url(&self) -> String {
        self.url_of(NAME)
    }

    fn url_of(&self, database: &str) -> String {
        let socket = hex("%", self.socket.as_os_str().as_encoded_bytes());
        format!("postgres://{NAME}@{socket}:5432/{database}")
    }

    /// Stops the cluster, unless another server still uses it.
    pub async fn stop(self) -> Result<(), ClusterError> {
        let _ = self.users.unlock();
        if self.users.try_lock().is_err() {
            tracing::info!("another server uses the private database: leaving it running");
            return Ok(());
        }
        self.signal_and_wait().await
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    async fn answers(&self) -> bool {
        if !self.data().join("postmaster.pid").exists() {
            return false;
        }
        match self.connect_options().database("postgres").connect().await {
            Ok(connection) => connection.close().await.is_ok(),
            Err(_) => false,
        }
    }

    async fn init_and_start(
        &self,
        pg_bin: Option<&Path>,
        owner: Option<&Owner>,
        durability: Durability,
    ) -> Result<(), ClusterError> {
        let data = self.data();
        let wanted = std::fs::read_to_string(data.join("PG_VERSION")).ok().and_then(|text| text.trim().parse().ok());
        let programs = self.folder.join("programs");
        let mut candidates = binaries::candidates(pg_bin);
        candidates.push(programs.join("bin"));
        let reachable = |path: &Path| check_reachable(path, owner).is_ok();
        let binaries = match Binaries::find(&candidates, wanted, reachable).await {
            Some(binaries) => binaries,
            None => {
                Binaries::bring(&candidates, wanted, &programs).await?.ok_or(ClusterError::NoBinaries { wanted })?
            }
        };
        tracing::info!(folder = %binaries.folder.display(), major = binaries.major, "using PostgreSQL");
        if wanted.is_none() {
            tracing::info!(data = %data.display(), "making the private database: a few seconds, once");
            self.init(&binaries, owner).await?;
        }
        self.write_settings(durability)?;
        self.start(&binaries, owner).await
    }

    /// Makes the cluster beside its final place and renames it there, so that an interrupted first start leaves nothing half made.
    async fn init(&self, binaries: &Binaries, owner: Option<&Owner>) -> Result<(), ClusterError> {
        let new = self.folder.join("data.new");
        if new.exists() {
            std::fs::remove_dir_all(&new).map_err(file_error(&new))?;
        }
        let mut command = self.command(binaries, "initdb", owner);
        // Trust is safe: no port is open, and only this user can enter the folder of the socket.
        command.args([
            "--username",
            NAME,
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
            "--locale",
            "C",
            "--data-checksums",
            "--pgdata",
        ]);
        run(command.arg(&new), "initdb").await?;
        let conf = new.join("postgresql.conf");
        let mut text = std::fs::read_to_string(&conf).map_err(file_error(&conf))?;
        text.push_str("\n# Written anew at every start of throng-server.\ninclude 'throng.conf'\n");
        std::fs::write(&conf, text).map_err(file_error(&conf))?;
        std::fs::rename(&new, self.data()).map_err(file_error(&new))
    }

    fn write_settings(&self, durability: Durability) -> Result<(), ClusterError> {
        let socket = self.socket.to_string_lossy().replace('\'', "''");
        let (durable, shared_buffers) = match durability {
            Durability::Full => ("on", "256MB"),
            Durability::None => ("off", "32MB"),
        };
        let settings = format!(
            "# No port: nothing to clash with, nothing to guess a password for.\n\
             listen_addresses = ''\nport = 5432\nunix_socket_directories = '{socket}'\nunix_socket_permissions = 0700\n\
             # A mis-costed plan spent 880 ms compiling itself.\njit = off\n\
             # Bounds recovery after a crash to seconds.\nmax_wal_size = '1GB'\n\
             # What is hot lives in the server's memory; this only holds the tails of tables and indexes.\nshared_buffers = '{shared_buffers}'\n\
             wal_buffers = '16MB'\nmax_connections = 100\nlog_min_messages = warning\n\
             log_timezone = 'UTC'\ntimezone = 'UTC'\n\
             # An acknowledged answer is on disk.\n\
             fsync = {durable}\nfull_page_writes = {durable}\nsynchronous_commit = {durable}\n"
        );
        let conf = self.data().join("throng.conf");
        std::fs::write(&conf, settings).map_err(file_error(&conf))?;
        std::fs::set_permissions(&conf, std::fs::Permissions::from_mode(0o644)).map_err(file_error(&conf))
    }

    async fn start(&self, binaries: &Binaries, owner: Option<&Owner>) -> Result<(), ClusterError> {
        let mut pause = START_PAUSE;
        let mut tries_left = START_TRIES;
        loop {
            let mut command = self.command(binaries, "pg_ctl", owner);
            // pg_ctl gives the postmaster a session of its own: Ctrl-C reaches us alone, and we stop it in order.
            command.args(["start", "--wait", "--silent", "--timeout", "60", "--pgdata"]).arg(self.data());
            let outcome = run(command.arg("--log").arg(self.folder.join("log")), "pg_ctl").await;
            if self.answers().await {
                return Ok(());
            }
            tries_left -= 1;
            if tries_left == 0 {
                return Err(outcome
                    .err()
                    .unwrap_or_else(|| ClusterError::Program { program: "pg_ctl", output: self.log_tail() }));
            }
            // The lock file is never removed by us: it may belong to a postmaster that is still going down.
            tracing::info!(tries_left, "the private database did not start yet: trying again");
            sleep(pause).await;
            pause = (pause * 2).min(START_PAUSE_MAX);
        }
    }

    fn log_tail(&self) -> String {
        tail(&std::fs::read_to_string(self.folder.join("log")).unwrap_or_default())
    }

    fn command(&self, binaries: &Binaries, program: &str, owner: Option<&Owner>) -> Command {
        let mut command = Command::new(binaries.folder.join(program));
        command.current_dir(&self.folder).env("LC_ALL", "C").stdin(Stdio::null());
        for name in ["PGDATA", "PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGOPTIONS", "PGSERVICE"] {
            command.env_remove(name);
        }
        if let Some(owner) = owner {
            command.uid(owner.uid.as_raw()).gid(owner.gid.as_raw());
        }
        command
    }

    /// Asks the postmaster for a fast shutdown (SIGINT): connections are cut, everything committed is kept.
    async fn signal_and_wait(&self) -> Result<(), ClusterError> {
        let Some(postmaster) = self.postmaster() else { return Ok(()) };
        let gone = async || !self.data().join("postmaster.pid").exists();
        for (signal, wait) in
            [(nix::sys::signal::Signal::SIGINT, STOP_WAIT), (nix::sys::signal::Signal::SIGQUIT, STOP_WAIT / 3)]
        {
            if nix::sys::signal::kill(postmaster, signal).is_err() {
                return Ok(());
            }
            let step = Duration::from_millis(20);
            for _ in 0..wait.as_millis() / step.as_millis() {
                if gone().await {
                    return Ok(());
                }
                sleep(step).await;
            }
        }
        Err(ClusterError::Program { program: "postgres", output: "it did not stop when asked".to_owned() })
    }

    fn postmaster(&self) -> Option<Pid> {
        let text = std::fs::read_to_string(self.data().join("postmaster.pid")).ok()?;
        text.lines().next()?.trim().parse().ok().map(Pid::from_raw)
    }
}

/// Finds the folder of `pg_dump` and `pg_restore` for a database of this major version: the same version, else a newer one.
pub(crate) async fn client_programs(pg_bin: Option<&Path>, brought: &Path, major: u32) -> Option<PathBuf> {
    let mut candidates = binaries::candidates(pg_bin);
    candidates.push(brought.to_owned());
    binaries::clients(&candidates, major).await
}

/// Returns where the socket goes: beside the data, or, if that path is too long for a socket, in the folder for such things.
fn socket_folder(folder: &Path) -> PathBuf {
    use sha2::Digest as _;
    let beside = folder.join("socket");
    if beside.join(SOCKET_FILE).as_os_str().len() <= SOCKET_PATH_BYTES_MAX {
        return beside;
    }
    let digest = sha2::Sha256::digest(folder.as_os_str().as_encoded_bytes());
    std::env::temp_dir().join(format!("throng-{}", hex("", &digest[..8])))
}

/// Writes bytes as two digits each, with something before each.
fn hex(before: &str, bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{before}{byte:02x}");
        text
    })
}

fn open_lock(path: &Path) -> Result<File, ClusterError> {
    File::options().create(true).truncate(false).write(true).open(path).map_err(file_error(path))
}

fn file_error(path: &Path) -> impl FnOnce(std::io::Error) -> ClusterError + use<> {
    let path = path.to_owned();
    move |source| ClusterError::File { path, source }
}

async fn run(command: &mut Command, program: &'static str) -> Result<(), ClusterError> {
    let output = command.output().await.map_err(file_error(Path::new(program)))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(ClusterError::Program { program, output: tail(&String::from_utf8_lossy(&said)) })
}

/// Keeps the last lines: PostgreSQL says first what it does and last what went wrong.
pub(crate) fn tail(text: &str) -> String {
    const LINES_MAX: usize = 6;
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES_MAX)..].join("\n")
}
