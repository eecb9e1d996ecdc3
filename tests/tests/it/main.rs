//! The whole-house tests: stories over HTTP, races, crashes, and walks through real processes and a real browser.

#![allow(
    clippy::expect_used,
    clippy::float_cmp,
    clippy::duration_suboptimal_units,
    clippy::needless_pass_by_value,
    clippy::print_stdout,
    reason = "tests end where they cannot go on, and kudos on the wire are the same number or they are wrong"
)]

mod browser;
mod clients;
mod conformance;
mod crash;
mod crowd;
mod lend;
mod operator;
mod stories;
mod takeover;
mod walk;
