//! Watching instead of polling: `/watch/{kind}/{id}` tells every change of a request, `/wake` tells workers that there
//! may be work. Both are Server-Sent Events, and at an edge WebSockets for whoever offers to upgrade. Throng's own; an AI Horde has nothing like it, so whoever gets a 404 here
//! goes on polling.
//!
//! An event of a request holds the very JSON that a look at it would have brought (`check` for images, `status` for
//! texts and alchemy). Its `id` is the number of the look: later looks have higher ones. After `done` the stream ends;
//! a 204 to whoever comes back with the number of the last event says that there is nothing more. Not here: how an
//! event is written (`throng-policy`) and read (`events.rs`), who is woken (the server).

use serde::{Deserialize, Serialize};

use crate::endpoint::{Endpoint, Method, encode_into};

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
/// The protocol of WebSockets, at an edge. A page can send no headers with one, but it can offer protocols.
pub const SOCKET_PROTOCOL: &str = "throng";
/// What may be said over a WebSocket to learn whether it is heard; nobody wakes for it.
pub const PING: &str = "ping";
/// What is said to that.
pub const PONG: &str = "pong";

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

impl GetWake {
    /// Writes the query, without its question mark, for whoever serves these: kinds, each with a model or a form.
    pub fn query<'a>(serves: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
        let mut query = String::new();
        for (kind, what) in serves {
            if !query.is_empty() {
                query.push('&');
            }
            query.push_str(kind);
            query.push('=');
            encode_into(&mut query, what);
        }
        query
    }
}

/// There may be work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wake {
    /// Of which kinds: `image`, `text`, `alchemy`.
    #[serde(default)]
    pub kinds: Vec<String>,
}

/// What the beginning of an answer says to somebody who asked for a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// This is the stream.
    Stream,
    /// There is no such thing here: an AI Horde, or a server of an earlier age.
    Absent,
    /// There is none now.
    Trouble,
}

impl Opening {
    /// Reads status and content type.
    pub fn of(status: u16, content_type: Option<&str>) -> Self {
        match status {
            200 if content_type.is_some_and(is_stream) => Self::Stream,
            // Some servers answer whatever is asked with a page.
            200 | 404 | 405 | 501 => Self::Absent,
            _ => Self::Trouble,
        }
    }
}

/// The type alone counts, not what it says of letters.
fn is_stream(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default();
    kind.trim().eq_ignore_ascii_case(EVENT_STREAM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_names_each_kind_with_what_is_served_of_it() {
        let serves = [("image", "throng-shapes"), ("image", "Über & Co"), ("text", "koboldcpp/L3")];
        assert_eq!(GetWake::query(serves), "image=throng-shapes&image=%C3%9Cber%20%26%20Co&text=koboldcpp%2FL3");
        assert_eq!(GetWake::query([]), "");
    }

    #[test]
    fn only_an_event_stream_is_one_and_where_there_is_none_it_is_known_why() {
        let json = Some("application/json");
        assert_eq!(Opening::of(200, Some("text/event-stream")), Opening::Stream);
        assert_eq!(Opening::of(200, Some("Text/Event-Stream; charset=utf-8")), Opening::Stream);
        for (status, kind) in [(200, Some("text/html")), (200, None), (404, json), (405, json), (501, None)] {
            assert_eq!(Opening::of(status, kind), Opening::Absent, "{status} {kind:?}");
        }
        for status in [204, 401, 403, 429, 500, 502, 503] {
            assert_eq!(Opening::of(status, Some("text/event-stream")), Opening::Trouble, "{status}");
        }
    }
}
