//! The stage of a measurement: a server, and users registered over the wire like anybody else's.

use anyhow::Result;
use std::sync::atomic::{AtomicUsize, Ordering};
use throng_tests::bench::server::BenchServer;
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
    pub(crate) server: BenchServer,
    keys: Vec<String>,
    registered: AtomicUsize,
}

impl Stage {
    /// Starts a server and registers the users.
    pub(crate) async fn set(users: usize) -> Result<Stage> {
        let server = BenchServer::start(&["--no-rate-limits"]).await?;
        let mut stage = Stage { server, keys: Vec::new(), registered: AtomicUsize::new(0) };
        for _ in 0..users {
            let key = stage.register().await?;
            stage.keys.push(key);
        }
        Ok(stage)
    }

    /// One of the registered users, with a connection of its own.
    pub(crate) fn client(&self, at: usize) -> Client {
        // The number is no word of its own: the server reads 455 as letters, and finds the word foul.
        Client { wire: self.server.wire(&self.keys[at]), worker: format!("bench{at}") }
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
                Ok(Asker { wire: self.server.wire(&key), room: AWAITED_MAX - n })
            }
        }
    }

    async fn register(&self) -> Result<String> {
        let at = self.registered.fetch_add(1, Ordering::Relaxed);
        Ok(self.server.register(&format!("bench{at}")).await?.key)
    }
}
