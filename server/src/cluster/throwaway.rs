//! A cluster in a temporary folder that vanishes with the process, however that ends: for tests and rehearsals.
//! Not here: anything a real server uses.

use std::path::PathBuf;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::PgConnectOptions;
use tokio::sync::OnceCell;

use super::{Cluster, ClusterError, Durability};
use crate::store::setup;

/// A cluster nobody will miss.
#[derive(Debug)]
pub struct Throwaway {
    cluster: Cluster,
    databases: AtomicU32,
    /// The undertaker reads from the other end: when this process is gone, however it went, the pipe closes.
    _alive: ChildStdin,
}

/// Waits for the end of this process, stops the cluster at once, removes the folder.
const UNDERTAKER: &str = r#"cat >/dev/null; kill -QUIT "$(head -n 1 "$1/data/postmaster.pid")"; sleep 1; rm -rf "$1""#;

impl Throwaway {
    /// Returns this process's cluster, starting it at the first call.
    pub async fn shared() -> Result<&'static Self, ClusterError> {
        static SHARED: OnceCell<Throwaway> = OnceCell::const_new();
        SHARED.get_or_try_init(Self::start).await
    }

    async fn start() -> Result<Self, ClusterError> {
        let folder = std::env::temp_dir().join(format!("throng-throwaway-{}", std::process::id()));
        let alive = Self::undertaker(&folder).map_err(super::file_error(&folder))?;
        let pg_bin = std::env::var_os("THRONG_PG_BIN").map(PathBuf::from);
        let cluster = Cluster::open(&folder, pg_bin.as_deref(), Durability::None).await?;
        Ok(Self { cluster, databases: AtomicU32::new(0), _alive: alive })
    }

    fn undertaker(folder: &std::path::Path) -> std::io::Result<ChildStdin> {
        use std::os::unix::process::CommandExt as _;
        let mut child = Command::new("sh")
            .args(["-c", UNDERTAKER, "undertaker"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A group of its own: Ctrl-C in the terminal must not end it before its work.
            .process_group(0)
            .spawn()?;
        child.stdin.take().ok_or_else(|| std::io::Error::other("no pipe"))
    }

    /// Makes an empty database and returns how to connect to it.
    pub async fn database(&self) -> Result<PgConnectOptions, sqlx::Error> {
        let name = self.new_database().await?;
        Ok(self.cluster.connect_options().database(&name))
    }

    /// Makes an empty database and returns its address, for other processes.
    pub async fn database_url(&self) -> Result<String, sqlx::Error> {
        let name = self.new_database().await?;
        Ok(self.cluster.url_of(&name))
    }

    async fn new_database(&self) -> Result<String, sqlx::Error> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        setup::create_database(&self.cluster.connect_options(), &name).await?;
        Ok(name)
    }
}
