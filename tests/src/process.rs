//! Real processes for whole-walk tests and benchmarks: `throng-server` with a database of its own, `throng-worker`, and the
//! edge (`process/edge.rs`). Dropping one ends it.

mod edge;

pub use edge::EdgeProcess;

use crate::wire::Wire;
use anyhow::{Context as _, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// The cluster of a crashed server needs up to ten seconds to recover on a busy machine.
const START_SECONDS_MAX: u64 = 90;
const STOP_SECONDS_MAX: u64 = 30;

/// A server process with its data folder.
pub struct ServerProcess {
    binary: PathBuf,
    data: PathBuf,
    address: SocketAddr,
    arguments: Vec<String>,
    child: Option<Child>,
}

impl ServerProcess {
    /// Prepares a server on a free port; [`ServerProcess::start`] starts it.
    pub fn new(binary: PathBuf, data: &Path, arguments: &[&str]) -> Result<ServerProcess> {
        let address = free_address()?;
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        Ok(ServerProcess { binary, data: data.to_owned(), address, arguments, child: None })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Starts the process and waits until it answers; returns how long that took.
    pub async fn start(&mut self) -> Result<Duration> {
        let begun = Instant::now();
        let mut command = self.command("serve");
        command.arg("--listen").arg(self.address.to_string()).args(&self.arguments);
        let child = command.spawn().with_context(|| format!("cannot start {}", self.binary.display()))?;
        answered("the server", self.child.insert(child), self.address).await?;
        Ok(begun.elapsed())
    }

    /// Runs another role of the same binary on the same data and returns what it wrote, its log last.
    pub fn role(&self, arguments: &[&str]) -> Result<(ExitStatus, String)> {
        let (role, rest) = arguments.split_first().context("no role")?;
        let output = self.command(role).args(rest).stdout(Stdio::piped()).stderr(Stdio::piped()).output()?;
        let said = [output.stdout, output.stderr].concat();
        Ok((output.status, String::from_utf8_lossy(&said).into_owned()))
    }

    /// Its process id while it runs.
    pub fn id(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Kills it without a word, as a power cut would.
    pub fn kill(&mut self) -> Result<()> {
        end(&mut self.child, Signal::SIGKILL)
    }

    /// Asks it to finish and waits for that.
    pub fn stop(&mut self) -> Result<()> {
        end(&mut self.child, Signal::SIGTERM)
    }

    fn command(&self, role: &str) -> Command {
        let mut command = Command::new(&self.binary);
        command.arg(role).arg("--data").arg(&self.data).stdin(Stdio::null());
        command.env_remove("DATABASE_URL").env_remove("THRONG_DATA").env_remove("THRONG_LISTEN");
        command
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // The test is over either way; what is left of the process is ended.
        let _ = self.stop();
    }
}

/// A native worker process.
pub struct WorkerProcess {
    child: Option<Child>,
}

impl WorkerProcess {
    /// Starts a worker for the server at `address`.
    pub fn start(
        binary: &Path,
        address: SocketAddr,
        key: &str,
        name: &str,
        arguments: &[&str],
    ) -> Result<WorkerProcess> {
        let mut command = Command::new(binary);
        command.arg("--url").arg(format!("http://{address}")).args(["--name", name]).args(arguments);
        command.env("THRONG_WORKER_KEY", key).stdin(Stdio::null());
        let child = command.spawn().with_context(|| format!("cannot start {}", binary.display()))?;
        Ok(WorkerProcess { child: Some(child) })
    }

    /// Kills it without a word.
    pub fn kill(&mut self) -> Result<()> {
        end(&mut self.child, Signal::SIGKILL)
    }

    /// Asks it to finish its job and leave.
    pub fn stop(&mut self) -> Result<()> {
        end(&mut self.child, Signal::SIGTERM)
    }
}

impl Drop for WorkerProcess {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

/// Waits until a process that was just started answers at its address.
async fn answered(what: &str, child: &mut Child, address: SocketAddr) -> Result<()> {
    let begun = Instant::now();
    let mut wire = Wire::new(address, "0000000000");
    while begun.elapsed() < Duration::from_secs(START_SECONDS_MAX) {
        if wire.get("/api/v2/status/heartbeat").await.is_ok_and(|answer| answer.status.is_success()) {
            return Ok(());
        }
        if let Some(status) = child.try_wait()? {
            bail!("{what} ended with {status}");
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    bail!("{what} did not answer within {START_SECONDS_MAX} s")
}

fn end(slot: &mut Option<Child>, signal: Signal) -> Result<()> {
    let Some(mut child) = slot.take() else { return Ok(()) };
    if child.try_wait()?.is_none() {
        kill(Pid::from_raw(i32::try_from(child.id())?), signal)?;
    }
    let begun = Instant::now();
    while child.try_wait()?.is_none() {
        if begun.elapsed() > Duration::from_secs(STOP_SECONDS_MAX) {
            child.kill()?;
            child.wait()?;
            bail!("the process did not end within {STOP_SECONDS_MAX} s of {signal}");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// The root of the repository: where cargo says as it starts us, for a binary may have been built in another clone that
/// shares the build folder.
fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    here.join("..")
}

/// A loopback address with a port nobody uses.
pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}

/// Finds a binary of ours: by the variable that `cargo xtask test` sets, else beside the running test.
pub fn binary(variable: &str, name: &str) -> Result<PathBuf> {
    if let Some(path) = std::env::var_os(variable) {
        return Ok(PathBuf::from(path));
    }
    let here = std::env::current_exe()?;
    here.ancestors()
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
        .with_context(|| format!("{name} is not built; `cargo xtask test` builds it"))
}

/// The Node.js that drives browsers and clients: named by the variable that `cargo xtask test` sets, else the system's.
pub fn node() -> PathBuf {
    std::env::var_os("THRONG_NODE").map_or_else(|| PathBuf::from("node"), PathBuf::from)
}
