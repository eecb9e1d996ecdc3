//! A stream of events as the body of an answer. It ends when there is nothing more to tell, when this server stops, and
//! when it leads no more: whoever comes back is led to whoever leads then.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures::stream::unfold;
use http::{HeaderName, HeaderValue, header};
use throng_api::watch::{EVENT_STREAM, GONE_EVENT, WAKE_EVENT, Wake};
use throng_domain::RequestId;
use throng_policy::{Refusal, event};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::crowd::Seat;
use super::sleepers::Sleeper;
use super::{HEARTBEAT, Word};
use crate::app::App;
use crate::desk::State;

/// How long a stream lasts at most: whoever waits for work comes back then, so that nobody stays for ever where nobody
/// leads.
pub(crate) const LIFE_MAX: Duration = Duration::from_hours(1);

/// Asks proxies not to collect a stream before they pass it on.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

const OPENING: Bytes = Bytes::from_static(event::OPENING.as_bytes());
const ALIVE: Bytes = Bytes::from_static(event::HEARTBEAT.as_bytes());

/// A piece of a stream.
type Piece = Result<Bytes, Infallible>;

/// Answers with a stream.
fn response(body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(EVENT_STREAM)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (BUFFERING, HeaderValue::from_static("no")),
    ];
    (headers, body).into_response()
}

/// Somebody who watches a request.
pub(crate) struct Watcher {
    request: RequestId,
    heard: watch::Receiver<Word>,
    /// The number of the event they know.
    knows: Option<u64>,
    is_open: bool,
    is_over: bool,
    _seat: Seat,
}

impl Watcher {
    /// Somebody who knows the event of this number already.
    pub(crate) fn new(request: RequestId, heard: watch::Receiver<Word>, knows: Option<u64>, seat: Seat) -> Self {
        Self { request, heard, knows, is_open: false, is_over: false, _seat: seat }
    }

    /// Tells them all they do not know.
    pub(crate) fn response(self) -> Response {
        response(Body::from_stream(unfold(self, Self::next)))
    }

    async fn next(mut self) -> Option<(Piece, Self)> {
        if self.is_over {
            return None;
        }
        if !self.is_open {
            self.is_open = true;
            return Some((Ok(OPENING), self));
        }
        loop {
            let word = self.heard.borrow_and_update().clone();
            match word {
                Word::News(news) if self.knows != Some(news.sequence) => {
                    self.knows = Some(news.sequence);
                    self.is_over = news.done;
                    return Some((Ok(event::told(news.sequence, &news.body).into()), self));
                }
                Word::Gone => {
                    self.is_over = true;
                    let refusal = Refusal::no_request(&self.request.to_string());
                    return Some((Ok(event::named(GONE_EVENT, &refusal.body).into()), self));
                }
                Word::Lost(_) => return None,
                Word::News(_) | Word::Wait => {}
            }
            tokio::select! {
                changed = self.heard.changed() => if changed.is_err() { return None },
                () = sleep(HEARTBEAT) => return Some((Ok(ALIVE), self)),
            }
        }
    }
}

/// Somebody who waits for work.
pub(crate) struct Waiting {
    app: App,
    sleeper: Sleeper,
    until: Instant,
    is_open: bool,
}

impl Waiting {
    /// Somebody who has just lain down.
    pub(crate) fn new(app: App, sleeper: Sleeper) -> Self {
        Self { app, sleeper, until: Instant::now() + LIFE_MAX, is_open: false }
    }

    /// Tells them whenever there may be work.
    pub(crate) fn response(self) -> Response {
        response(Body::from_stream(unfold(self, Self::next)))
    }

    async fn next(mut self) -> Option<(Piece, Self)> {
        if !self.is_open {
            self.is_open = true;
            return Some((Ok(OPENING), self));
        }
        tokio::select! {
            kinds = self.sleeper.rung() => {
                let wake = Wake { kinds: kinds.into_iter().map(|kind| kind.as_str().to_owned()).collect() };
                // A list of words is always JSON.
                let body = serde_json::to_string(&wake).unwrap_or_default();
                Some((Ok(event::named(WAKE_EVENT, &body).into()), self))
            }
            () = sleep(HEARTBEAT) => {
                // Only who leads knows of new work.
                (self.app.desk.state() == State::Leading).then_some((Ok(ALIVE), self))
            }
            () = sleep_until(self.until) => None,
            () = self.app.stopping.cancelled() => None,
        }
    }
}
