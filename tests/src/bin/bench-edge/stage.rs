//! The stage of a measurement: a server with the edge in front of it, and users registered over the wire like anybody
//! else's.

use anyhow::{Context as _, Result, ensure};
use std::time::{Duration, Instant};
use throng_tests::bench::numbers::Numbers;
use throng_tests::bench::proc;
use throng_tests::bench::server::{ADMIN, BenchServer};
use throng_tests::process::{EdgeProcess, free_address};
use throng_tests::wire::Wire;

/// Longer than a server needs to tell the edge what it has to tell.
const TELLING_MAX: Duration = Duration::from_secs(60);

/// A server and an edge that know of each other.
pub(crate) struct Stage {
    /// It stands before the server, so that it has ended when the folder of both is deleted.
    pub(crate) edge: EdgeProcess,
    pub(crate) server: BenchServer,
    /// The administrator's key.
    admin: String,
}

impl Stage {
    /// Starts both.
    pub(crate) async fn set() -> Result<Stage> {
        let address = free_address()?;
        let url = format!("http://{address}");
        let server = BenchServer::start(&["--no-rate-limits", "--admins", ADMIN, "--edge-url", &url]).await?;
        let admin = server.administrator().await?.key().to_owned();
        let (status, said) = server.process.role(&["edge-key"])?;
        ensure!(status.success(), "no key for the edge: {said}");
        let key = said.lines().next().context("no key for the edge")?.trim();
        let folder = server.folder().join("edge");
        let edge = EdgeProcess::start(address, server.process.address(), key, &folder).await?;
        Ok(Stage { edge, server, admin })
    }

    /// A connection through the edge for whoever has this key.
    pub(crate) fn through_edge(&self, key: &str) -> Wire {
        Wire::new(self.edge.address(), key)
    }

    /// Registers so many requesters, and returns their keys.
    pub(crate) async fn register(&self, count: u32) -> Result<Vec<String>> {
        let mut keys = Vec::new();
        for at in 0..count {
            keys.push(self.server.register(&format!("requester{at}")).await?.key);
        }
        Ok(keys)
    }

    /// Registers so many owners of workers, which may serve any model, and returns their keys.
    pub(crate) async fn register_owners(&self, count: u32) -> Result<Vec<String>> {
        let mut admin = self.server.wire(&self.admin);
        let mut keys = Vec::new();
        for at in 0..count {
            keys.push(self.server.register_as("customizer", &format!("owner{at}"), &mut admin).await?.key);
        }
        Ok(keys)
    }

    /// What the server counts, read beside the edge.
    pub(crate) async fn numbers(&self) -> Result<Numbers> {
        Numbers::read(&mut self.server.wire("")).await
    }

    /// Waits until the edge was told of all that happened so far.
    pub(crate) async fn edge_is_told(&self) -> Result<()> {
        let begun = Instant::now();
        while self.numbers().await?.sum("throng_edge_waiting", None) > 0.0 {
            ensure!(begun.elapsed() < TELLING_MAX, "the edge was not told of all changes within {TELLING_MAX:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// CPU seconds spent so far by the edge, by the server, by its database, and by this program.
    pub(crate) fn cpu_seconds(&self) -> [f64; 4] {
        let [server, database, load] = self.server.cpu_seconds();
        [self.edge.id().map_or(0.0, proc::spent), server, database, load]
    }
}

/// How busy everybody was: all of them share the cores.
pub(crate) fn cores(before: [f64; 4], after: [f64; 4], elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64().max(0.001);
    let [edge, server, database, load]: [f64; 4] = std::array::from_fn(|at| (after[at] - before[at]) / seconds);
    format!("cores in use: edge {edge:.2}, server {server:.2}, database {database:.2}, load {load:.2}")
}
