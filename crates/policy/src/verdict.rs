//! What is said about a call. Not here: when it is said (`policy.rs`).

use crate::id::Id;
use crate::keep::Keep;
use crate::key;
use crate::policy::tidied;
use crate::push::Kind;
use crate::refusal::Refusal;

/// What is to become of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The server is asked.
    Pass,
    /// The server is asked, unless this address called too often.
    Limit(Bucket),
    /// Answered from a cache, if it has an answer that is young enough; else the server is asked and its answer is kept.
    Cache(Cached),
    /// Answered from what the server last told about a request, if it told anything; else the server is asked.
    Watch(Watch),
    /// A worker waits for work: the server is asked whether it may, and then it is told whenever there may be some.
    Wake,
    /// A browser asks what a page may do: answered with `cors.rs`, and with what the path allows.
    Permit(&'static str),
    /// Refused, in the bytes that the server would refuse with.
    Refuse(Refusal),
}

/// How often an address may do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// What is counted.
    pub name: &'static str,
    /// Calls in a window.
    pub calls: u32,
    /// The window: 10 or 60, because no other can be counted at Cloudflare's edge.
    pub seconds: u32,
}

/// An answer that may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cached {
    /// For how long.
    pub keep: Keep,
    /// The parameters of the query that the answer depends on.
    pub parameters: &'static [&'static str],
}

impl Cached {
    /// The name under which the answer to this call is kept; none if the call says something that cannot be put in
    /// order. Equal answers may have several names, different answers never have one.
    pub fn key<'h>(
        &self,
        path: &str,
        query: &str,
        header: impl Fn(&'static str) -> Option<&'h [u8]>,
    ) -> Option<String> {
        // With or without a slash at its end: the answer is the same.
        key::of(self.parameters, tidied(path), query, header)
    }
}

/// Somebody looks how far a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watch {
    /// What was asked for.
    pub kind: Kind,
    /// Which of its answers.
    pub answer: Answer,
    /// The request.
    pub id: Id,
}

/// Which answer about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// How far it is.
    Check,
    /// How far it is, and what came of it.
    Status,
    /// All of what a look would bring, at every change.
    Events,
}
