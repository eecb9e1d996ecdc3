//! The workers: each has an owner of its own, and pops and submits as workers do, through the edge.

use crate::stage::Stage;
use anyhow::{Context as _, Result, ensure};
use std::time::{Duration, Instant};
use throng_tests::bench::calls::{self, MODEL, within};
use throng_tests::wire::Wire;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// What is awaited and not made: its worker is there, and busy with something else.
pub(crate) const AWAITED_MODEL: &str = "bench-awaited";

/// How long a worker waits that was given nothing.
const IDLE: Duration = Duration::from_secs(1);

/// All workers.
pub(crate) struct Crew {
    keys: Vec<String>,
}

impl Crew {
    /// Registers them with a server that nobody asked anything yet, and lets each say what it serves.
    pub(crate) async fn gather(stage: &Stage, workers: u32) -> Result<Crew> {
        let crew = Crew { keys: stage.register_owners(workers + 1).await? };
        for at in 0..crew.keys.len() {
            let model = if at < crew.count() { MODEL } else { AWAITED_MODEL };
            let popped = calls::pop(&mut stage.server.wire(&crew.keys[at]), &name(at), model).await?;
            ensure!(popped.is_none(), "a worker was given work before anybody asked");
        }
        Ok(crew)
    }

    /// How many of them work; one is only there.
    fn count(&self) -> usize {
        self.keys.len() - 1
    }

    /// Makes a picture at once: whatever is next.
    pub(crate) async fn make(&self, stage: &Stage, turn: usize) -> Result<()> {
        let at = turn % self.count();
        let mut wire = stage.server.wire(&self.keys[at]);
        let generation = calls::pop(&mut wire, &name(at), MODEL).await?;
        let generation = generation.context("a pop found nothing although a job waited")?;
        calls::submit(&mut wire, &generation).await
    }

    /// Lets them make pictures, which take so long, until then. They begin one after the other.
    pub(crate) fn work(&self, stage: &Stage, picture: Duration, until: Instant) -> JoinSet<Result<u64>> {
        let mut working = JoinSet::new();
        for (at, key) in self.keys[..self.count()].iter().enumerate() {
            let first = picture * at as u32 / self.count() as u32;
            working.spawn(work(stage.through_edge(key), name(at), first, picture, until));
        }
        working
    }
}

/// What a worker is called. The number is no word of its own: the server reads 455 as letters, and finds the word foul.
fn name(at: usize) -> String {
    format!("bench{at}")
}

async fn work(mut wire: Wire, name: String, first: Duration, picture: Duration, until: Instant) -> Result<u64> {
    sleep(first).await;
    let mut pictures = 0;
    while Instant::now() < until {
        let Some(generation) = within(calls::pop(&mut wire, &name, MODEL)).await? else {
            sleep(IDLE).await;
            continue;
        };
        sleep(picture).await;
        within(calls::submit(&mut wire, &generation)).await?;
        pictures += 1;
    }
    Ok(pictures)
}

/// Waits until all have finished what they are at, and returns how many pictures were made.
pub(crate) async fn finish(mut working: JoinSet<Result<u64>>) -> Result<u64> {
    let mut pictures = 0;
    while let Some(finished) = working.join_next().await {
        pictures += finished??;
    }
    Ok(pictures)
}
