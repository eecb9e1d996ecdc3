//! The durable half of the server on a real database: events, rows, leaders, races, crashes. Each test has a database of its own in one
//! cluster that vanishes with the process. Not here: the wire (`tests/`), the rules (`crates/domain`).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod crash;
mod fixture;
mod fleet;
mod journal;
mod leader;
mod operator;
mod races;
mod restore;
mod speed;
