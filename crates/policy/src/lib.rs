//! What may be answered before the server is asked. One policy, used twice: by the edge, a Cloudflare Worker in front
//! of the server, and by its native twin inside the server (`server/src/twin.rs`), so that whoever hosts without
//! Cloudflare loses nothing.
//!
//! Read `policy.rs`: method, path, query and headers go in, a [`Verdict`] comes out. Around it: `keep.rs` (how long an
//! answer is good for), `key.rs` (which answers are the same), `refusal.rs` (noes in the server's own bytes), `cors.rs`
//! (what browsers ask first), and what the server tells the edge about requests: `push.rs` (its form), `sign.rs` (that
//! it is the server who speaks), `latest.rs` (which of two tellings holds), `event.rs` (how it reaches whoever
//! watches), `wake.rs` (which workers are woken). Whose call it is that the edge passes on is in `client.rs`, what travels by signed links in `links.rs`, the
//! page's files in `page.rs`.
//!
//! Nothing here reads a clock, waits, or sees a socket: time is an argument. Nothing here decides about jobs, kudos or
//! standing (ADR 7): the worst a wrong verdict can do is to show something old or to ask once too often. Not here:
//! storing answers, sending anything.

pub mod bodies;
pub mod client;
pub mod cors;
pub mod event;
pub mod id;
pub mod keep;
pub mod key;
pub mod latest;
pub mod limits;
pub mod links;
pub mod page;
pub mod policy;
pub mod push;
pub mod refusal;
pub mod sign;
pub mod verdict;
pub mod wake;

pub use id::Id;
pub use keep::{Keep, Standing};
pub use latest::Latest;
pub use policy::verdict;
pub use push::{Batch, Change, Kind, NewWork, Told};
pub use refusal::Refusal;
pub use verdict::{Answer, Bucket, Cached, Verdict, Watch};
