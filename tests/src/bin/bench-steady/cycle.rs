//! One whole image cycle over a connection that serves everybody in turn: a requester asks, a worker pops and submits, the requester
//! checks and looks. The worker pops whatever is next, which may be another's job.

use crate::crowd::Cast;
use anyhow::{Context as _, Result, ensure};
use std::time::{Duration, Instant};
use throng_tests::bench::calls::{self, MODEL, within};
use throng_tests::wire::{Answer, Wire};

/// What each of the five calls took.
pub(crate) type Took = [Duration; 5];

/// Makes the calls. The first is measured from when it was due, each other from the end of the one before.
pub(crate) async fn run(wire: &mut Wire, cast: Cast<'_>, due: Instant) -> Result<Took> {
    let mut since = due;
    wire.set_key(cast.requester);
    let request = within(calls::ask(wire, MODEL, 1)).await?;
    let asked = lap(&mut since);
    wire.set_key(cast.owner);
    let generation = within(calls::pop(wire, cast.worker, MODEL)).await?;
    let popped = lap(&mut since);
    // Whoever pops has asked before, so there is a job for each who pops.
    let generation = generation.context("a pop found nothing although a job waited")?;
    within(calls::submit(wire, &generation)).await?;
    let submitted = lap(&mut since);
    wire.set_key(cast.requester);
    sound(&within(calls::check(wire, &request)).await?)?;
    let checked = lap(&mut since);
    sound(&within(calls::status(wire, &request)).await?)?;
    let looked = lap(&mut since);
    Ok([asked, popped, submitted, checked, looked])
}

/// Tells how long it is since then, and goes on from now.
fn lap(since: &mut Instant) -> Duration {
    let now = Instant::now();
    let took = now.saturating_duration_since(*since);
    *since = now;
    took
}

/// Makes sure that a request is well.
fn sound(answer: &Answer) -> Result<()> {
    let told = &answer.json;
    ensure!(told["faulted"] == false && told["is_possible"] == true, "a request is not well: {told}");
    Ok(())
}
