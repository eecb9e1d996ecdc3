//! The requesters: each awaits one request and looks how far it is, through the edge, as clients of the AI Horde do.

use super::crew::{AWAITED_MODEL, Crew};
use super::tally::Tally;
use super::{Plan, PollOptions};
use crate::stage::Stage;
use crate::state::State;
use anyhow::{Context as _, Result, ensure};
use std::time::Instant;
use throng_tests::bench::calls::{self, MODEL, within};
use throng_tests::wire::Wire;
use tokio::time::sleep_until;

/// What the requesters call themselves. Whoever does not say what it is may be refused for where it is, so the edge
/// always asks the server about it.
const AGENT: &str = "bench:1:edge";

/// How the edge says that it answered from what it was told.
const EDGE_HEADER: &str = "throng-edge";
const TOLD: &str = "told";

/// Somebody who awaits something.
pub(crate) struct Requester {
    number: u32,
    /// Through the edge.
    wire: Wire,
    request: String,
    /// How many pictures it asks for again when all are there; none, if it goes on looking at what it has.
    again: Option<usize>,
    /// How many pictures were finished when it last looked.
    finished: u64,
}

/// What a requester awaits while everybody looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Finished,
    Unserved,
    Served,
}

impl Part {
    /// The part of the requester of this number: in every hundred, so many of each.
    fn of(requester: u32, options: &PollOptions) -> Part {
        match requester % 100 {
            place if place < options.done => Part::Finished,
            place if place < options.done + options.waiting => Part::Unserved,
            _ => Part::Served,
        }
    }
}

/// Registers them and lets each ask: those first whose pictures are made at once, so that nobody else's are.
pub(crate) async fn gather(stage: &Stage, crew: &Crew, options: &PollOptions) -> Result<Vec<Requester>> {
    let keys = stage.register(options.requesters).await?;
    let pictures = options.pictures as usize;
    let mut requesters = Vec::with_capacity(keys.len());
    for part in [Part::Finished, Part::Unserved, Part::Served] {
        let theirs = (0..).zip(&keys).filter(|(at, _)| Part::of(*at, options) == part);
        for (turn, (number, key)) in theirs.enumerate() {
            let (model, count, again) = match part {
                Part::Finished => (MODEL, 1, None),
                Part::Unserved => (AWAITED_MODEL, 1, None),
                Part::Served => (MODEL, pictures, Some(pictures)),
            };
            let request = calls::ask(&mut stage.server.wire(key), model, count).await?;
            if part == Part::Finished {
                crew.make(stage, turn).await?;
            }
            let mut wire = stage.through_edge(key);
            wire.set_agent(AGENT);
            requesters.push(Requester { number, wire, request, again, finished: 0 });
        }
    }
    Ok(requesters)
}

impl Requester {
    /// Looks whenever a look is due, and asks again when it has what it asked for.
    pub(crate) async fn look_on(mut self, plan: Plan) -> Tally {
        let mut tally = Tally::default();
        for look in 0..plan.looks {
            let due = plan.due(self.number, look);
            if Instant::now() > due + plan.every {
                tally.missed += 1;
                continue;
            }
            sleep_until(due.into()).await;
            let looked = self.look().await;
            let took = due.elapsed();
            let asked = match looked {
                Ok((state, by_edge)) => {
                    tally.looked(state, by_edge, took);
                    if state == State::Done { self.ask_again().await } else { Ok(()) }
                }
                Err(error) => Err(error),
            };
            if let Err(error) = asked {
                tally.failed(&error);
                self.wire = self.wire.anew();
            }
        }
        tally
    }

    /// Looks once: how the request stands, and whether the edge says that it knew.
    async fn look(&mut self) -> Result<(State, bool)> {
        let answer = within(calls::check(&mut self.wire, &self.request)).await?;
        let finished = answer.json["finished"].as_u64().context("a check does not say what is finished")?;
        let (state, before) = (State::of(&answer.json)?, self.finished);
        ensure!(finished >= before, "a request went back from {before} finished pictures to {finished}");
        self.finished = finished;
        let by_edge = answer.headers.get(EDGE_HEADER).is_some_and(|said| said == TOLD);
        Ok((state, by_edge))
    }

    async fn ask_again(&mut self) -> Result<()> {
        if let Some(pictures) = self.again {
            self.request = within(calls::ask(&mut self.wire, MODEL, pictures)).await?;
            self.finished = 0;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    #[derive(Debug, clap::Parser)]
    struct Line {
        #[command(flatten)]
        polls: PollOptions,
    }

    #[test]
    fn the_parts_are_played_by_as_many_as_was_said() {
        let options = Line::parse_from(["bench-edge", "--waiting", "20", "--done", "30"]).polls;
        let count = |part: Part| (0..1_000).filter(|at| Part::of(*at, &options) == part).count();
        assert_eq!([Part::Finished, Part::Unserved, Part::Served].map(count), [300, 200, 500]);
    }
}
