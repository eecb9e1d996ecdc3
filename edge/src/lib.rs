//! The edge: a Cloudflare Worker in front of the server. It answers what it may answer (`throng_policy`), refuses what
//! cannot be right, and passes on the rest. It decides nothing about jobs, kudos or standing (ADR 7): were it gone,
//! nobody would lose anything but time.
//!
//! Read `doorman.rs`: a call comes in, the policy says what is to become of it, and one of these does it: `shelf.rs`
//! (answers that are kept), `watching.rs` (whoever looks how far a request is), `waking.rs` (workers who wait for
//! work), `pictures.rs`, `page.rs`, `origin.rs` (the server behind). What the server tells comes in by `changes.rs`.
//! Two things remember: `watched.rs`, an object for each request, and `sleepers.rs`, the one object that workers wait
//! at.
//!
//! Not here: what may be answered and for how long (the policy, with all its tests), how this is built and started
//! (`cargo xtask edge`).

mod address;
mod answers;
mod call;
mod changes;
mod clock;
mod doorman;
mod origin;
mod page;
mod pictures;
mod setup;
mod shelf;
mod sleepers;
mod sockets;
mod streams;
mod waking;
mod walls;
mod watched;
mod watching;

use worker::{Context, Env, Request, Response, Result, event};

/// Answers every call.
#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    doorman::answer(request, env, context).await
}
