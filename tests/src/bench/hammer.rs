//! One look again and again, each as soon as the last was answered. Answers are counted and not read as JSON: what is
//! measured is the server, and not this program.

use super::latencies::Latencies;
use crate::wire::Wire;
use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::SendRequest;
use hyper::{Method, Request, StatusCode};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Looks at a path over one connection for a while, as the wire's owner, and returns what each look took.
pub async fn latencies(wire: &Wire, path: &str, window: Duration) -> Result<Latencies> {
    let mut look = Look::new(wire, path).await?;
    let mut latencies = Latencies::default();
    let until = Instant::now() + window;
    while Instant::now() < until {
        latencies.timed(look.again()).await?;
    }
    Ok(latencies)
}

/// Looks at a path over so many connections at once for a while, and returns answers a second.
pub async fn rate(wire: &Wire, path: &str, connections: usize, window: Duration) -> Result<f64> {
    let mut looks = Vec::with_capacity(connections);
    for _ in 0..connections {
        looks.push(Look::new(wire, path).await?);
    }
    let begun = Instant::now();
    let until = begun + window;
    let mut running = JoinSet::new();
    for look in looks {
        running.spawn(count(look, until));
    }
    let mut answers = 0;
    while let Some(finished) = running.join_next().await {
        answers += finished??;
    }
    Ok(answers as f64 / begun.elapsed().as_secs_f64())
}

async fn count(mut look: Look, until: Instant) -> Result<u64> {
    let mut answers = 0;
    while Instant::now() < until {
        look.again().await?;
        answers += 1;
    }
    Ok(answers)
}

/// A call that was written once, and a connection to send it over.
struct Look {
    connection: SendRequest<Full<Bytes>>,
    call: Request<Full<Bytes>>,
}

impl Look {
    async fn new(wire: &Wire, path: &str) -> Result<Look> {
        Ok(Look { connection: wire.connect().await?, call: wire.prepare(Method::GET, path, None)? })
    }

    async fn again(&mut self) -> Result<()> {
        self.connection.ready().await.context("the connection broke")?;
        let response = self.connection.send_request(self.call.clone()).await.context("the connection broke")?;
        let status = response.status();
        let mut body = response.into_body();
        while let Some(frame) = body.frame().await {
            frame.context("the answer broke off")?;
        }
        ensure!(status == StatusCode::OK, "{} was answered with {status}", self.call.uri());
        Ok(())
    }
}
