//! Watching instead of polling: `/watch/{kind}/{id}` tells every change of a request, `/wake` tells workers that there
//! may be work. Both are Server-Sent Events. Throng's own; an AI Horde has nothing like it, so whoever gets a 404 here
//! goes on polling.
//!
//! An event of a request holds the very JSON that a look at it would have brought (`check` for images, `status` for
//! texts and alchemy). Its `id` is the number of the look: later looks have higher ones. After `done` the stream ends;
//! a 204 to whoever comes back with the number of the last event says that there is nothing more. Not here: how an
//! event is written (`throng-policy`), who is woken (the server).

use serde::{Deserialize, Serialize};

use crate::endpoint::{Endpoint, Method};

/// The number of the look that an answer about a request came from, on plain looks too.
pub const SEQUENCE_HEADER: &str = "throng-sequence";
/// Says that an answer is from a cache because the server could not give a newer one.
pub const STALE_HEADER: &str = "throng-stale";
/// The number of the last event that somebody has seen who comes back.
pub const LAST_EVENT_HEADER: &str = "last-event-id";
/// The content type of both streams.
pub const EVENT_STREAM: &str = "text/event-stream";
/// The name of the event that says that a request is no more.
pub const GONE_EVENT: &str = "gone";
/// The name of the event that says that there may be work.
pub const WAKE_EVENT: &str = "wake";

/// Watches an image request; each event is an [`crate::image::Progress`].
#[derive(Debug)]
pub struct GetImageWatch;

impl Endpoint for GetImageWatch {
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/watch/image/{id}";
    type Request = ();
    type Response = crate::image::Progress;
}

/// Watches a text request; each event is a [`crate::text::Status`].
#[derive(Debug)]
pub struct GetTextWatch;

impl Endpoint for GetTextWatch {
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/watch/text/{id}";
    type Request = ();
    type Response = crate::text::Status;
}

/// Watches an alchemy request; each event is a [`crate::alchemy::Status`].
#[derive(Debug)]
pub struct GetAlchemyWatch;

impl Endpoint for GetAlchemyWatch {
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/watch/alchemy/{id}";
    type Request = ();
    type Response = crate::alchemy::Status;
}

/// Waits for work, with a key. The query names what the worker serves, once each: `image=MODEL`, `text=MODEL`,
/// `alchemy=FORM`. The lease stays a pop: whoever is woken may find that others were quicker.
#[derive(Debug)]
pub struct GetWake;

impl Endpoint for GetWake {
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/wake";
    type Request = ();
    type Response = Wake;
}

/// There may be work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wake {
    /// Of which kinds: `image`, `text`, `alchemy`.
    #[serde(default)]
    pub kinds: Vec<String>,
}
