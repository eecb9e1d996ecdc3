//! The crowd: workers with distinct names, their owners, and requesters, all registered over the wire. An ordinary owner may bring four
//! workers; a trusted one twenty from the same address, so an administrator trusts the owners, as it would in a real house.

use anyhow::{Context as _, Result, ensure};
use throng_tests::bench::calls::{self, MODEL};
use throng_tests::bench::server::BenchServer;
use throng_tests::wire::Wire;

/// What a trusted owner may bring from one address.
const WORKERS_PER_OWNER: usize = 20;

/// Names and keys.
#[derive(Debug)]
pub(crate) struct Crowd {
    requesters: Vec<String>,
    owners: Vec<String>,
    workers: Vec<String>,
}

/// Who takes part in one cycle.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cast<'a> {
    /// The key of who asks.
    pub(crate) requester: &'a str,
    /// The name of the worker.
    pub(crate) worker: &'a str,
    /// The key of its owner.
    pub(crate) owner: &'a str,
}

impl Crowd {
    /// Registers everybody with a server that has no users yet.
    pub(crate) async fn gather(server: &BenchServer, workers: usize, requesters: usize) -> Result<Crowd> {
        let mut crowd = Crowd { requesters: Vec::new(), owners: Vec::new(), workers: Vec::new() };
        let mut wire = server.administrator().await?;
        for at in 0..workers.div_ceil(WORKERS_PER_OWNER) {
            crowd.owners.push(server.register_as("trusted", &format!("owner{at}"), &mut wire).await?.key);
        }
        for at in 0..requesters {
            crowd.requesters.push(server.register(&format!("requester{at}")).await?.key);
        }
        // The number is no word of its own: the server reads 455 as letters, and finds the word foul.
        crowd.workers = (0..workers).map(|at| format!("steady{at}")).collect();
        crowd.check_in(&mut wire).await?;
        Ok(crowd)
    }

    /// How many owners there are.
    pub(crate) fn owners(&self) -> usize {
        self.owners.len()
    }

    /// Who takes part in a cycle: all in turn.
    pub(crate) fn cast(&self, cycle: u64) -> Cast<'_> {
        let of = |count: usize| (cycle % count as u64) as usize;
        let worker = of(self.workers.len());
        Cast {
            requester: &self.requesters[of(self.requesters.len())],
            worker: &self.workers[worker],
            owner: &self.owners[worker / WORKERS_PER_OWNER],
        }
    }

    /// Lets every worker pop once, which registers it, and makes sure that all of them are counted.
    async fn check_in(&self, wire: &mut Wire) -> Result<()> {
        for (at, worker) in self.workers.iter().enumerate() {
            wire.set_key(&self.owners[at / WORKERS_PER_OWNER]);
            let popped = calls::pop(wire, worker, MODEL).await.with_context(|| format!("{worker} cannot check in"))?;
            ensure!(popped.is_none(), "{worker} was given work before anybody asked");
        }
        let house = wire.get("/api/v2/status/performance").await?;
        let online = house.json["worker_count"].as_u64();
        ensure!(online == Some(self.workers.len() as u64), "not all workers are online: {}", house.json);
        Ok(())
    }
}
