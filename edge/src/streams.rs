//! Server-Sent Events that an object sends. While one is open the object cannot sleep, which costs: whoever can had
//! better use a WebSocket (`sockets.rs`). Not here: how an event is written (`throng_policy::event`).

use std::time::Duration;

use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::future::{Either, select};
use futures::stream::{StreamExt as _, unfold};
use throng_api::watch::EVENT_STREAM;
use throng_policy::event::{HEARTBEAT, HEARTBEAT_SECONDS, OPENING};
use worker::{Delay, Headers, Response, ResponseBuilder, Result};

/// Said to whoever comes where too many are already.
pub(crate) const TOO_MANY: &str = "Too many streams are open. Please look now and then instead.";

/// What is known is kept at least for so long, in milliseconds: a telling that comes late must find what it is older than.
pub(crate) const FORGET_MILLIS_MIN: i64 = 60_000;

/// Opens a stream that begins with an event. It ends when the sender is dropped.
pub(crate) fn open(first: Option<String>) -> Result<(UnboundedSender<String>, Response)> {
    let (sender, receiver) = unbounded();
    let opening = format!("{OPENING}{}", first.unwrap_or_default());
    let stream = unfold((Some(opening), receiver), next);
    let headers = Headers::new();
    headers.set("content-type", EVENT_STREAM)?;
    headers.set("cache-control", "no-store")?;
    let response = ResponseBuilder::new().with_headers(headers).from_stream(stream)?;
    Ok((sender, response))
}

type Source = (Option<String>, UnboundedReceiver<String>);

async fn next((opening, mut receiver): Source) -> Option<(Result<Vec<u8>>, Source)> {
    if let Some(opening) = opening {
        return Some((Ok(opening.into_bytes()), (None, receiver)));
    }
    let piece = match select(receiver.next(), Delay::from(Duration::from_secs(HEARTBEAT_SECONDS))).await {
        Either::Left((event, _)) => event?,
        Either::Right(((), _)) => HEARTBEAT.to_owned(),
    };
    Some((Ok(piece.into_bytes()), (None, receiver)))
}
