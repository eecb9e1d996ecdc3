//! The object that remembers one request: how it stood when the server last said so, and who watches it. It may be
//! emptied at any time and nothing is lost: whoever asks it then is sent to the server.
//!
//! It is spoken to in calls that only this program makes: `/take` (the server tells of a change), `/learn` (the
//! server's answer to somebody's look), `/poll`, `/events`, `/socket`. Not here: which of two tellings holds, and what
//! is said to whom (`throng_policy::latest`).

use std::cell::RefCell;

use futures::channel::mpsc::UnboundedSender;
use throng_api::watch::SEQUENCE_HEADER;
use throng_policy::latest::{Say, Taken};
use throng_policy::{Answer, Change, Latest};
use worker::{
    DurableObject, Env, Request, Response, ResponseBuilder, Result, State, Storage, WebSocket,
    WebSocketIncomingMessage, durable_object,
};

use crate::call::Call;
use crate::{answers, clock, sockets, streams};

/// Where it is kept while the object sleeps.
const KEY: &str = "latest";

/// Watchers of one request at once; beyond that, whoever comes looks now and then.
const WATCHERS_MAX: usize = 1_000;

/// Remembers one request.
#[durable_object]
pub struct Watched {
    state: State,
    latest: RefCell<Option<Latest>>,
    streams: RefCell<Vec<UnboundedSender<String>>>,
}

impl DurableObject for Watched {
    fn new(state: State, _env: Env) -> Self {
        sockets::answer_pings(&state);
        Self { state, latest: RefCell::default(), streams: RefCell::default() }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let mut call = Call::new(request);
        match call.path.as_str() {
            "/poll" => self.poll(&call).await,
            "/take" => self.take(&mut call).await,
            "/learn" => self.learn(&mut call).await,
            "/events" => self.events(&call).await,
            "/socket" => self.socket(&call).await,
            _ => ask(),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        let latest = self.latest().await?;
        let late = latest.gone_at().map_or(0, |seconds| seconds.saturating_mul(1000)) - clock::millis();
        if late > 0 {
            self.state.storage().set_alarm(late).await?;
            return Response::empty();
        }
        // The server has forgotten it; or nothing was told for long, and whoever comes back is told by the server.
        let is_done = matches!(latest.event(None), Say::Last(_));
        self.close(if is_done { sockets::GONE } else { sockets::COME_BACK });
        self.latest.replace(None);
        self.state.storage().delete_all().await?;
        Response::empty()
    }

    async fn websocket_message(&self, _socket: WebSocket, _message: WebSocketIncomingMessage) -> Result<()> {
        // Watchers have nothing to say; pings are answered without waking anybody.
        Ok(())
    }

    async fn websocket_close(&self, socket: WebSocket, _code: usize, _reason: String, _was_clean: bool) -> Result<()> {
        sockets::close(&socket, sockets::DONE);
        Ok(())
    }

    async fn websocket_error(&self, _socket: WebSocket, _error: worker::Error) -> Result<()> {
        Ok(())
    }
}

impl Watched {
    /// What is known, read once from where it is kept.
    async fn latest(&self) -> Result<Latest> {
        if let Some(latest) = self.latest.borrow().as_ref() {
            return Ok(latest.clone());
        }
        let kept: Option<String> = self.state.storage().get(KEY).await?;
        let latest: Latest = kept.and_then(|kept| serde_json::from_str(&kept).ok()).unwrap_or_default();
        // Somebody may have been quicker, and know more.
        Ok(self.latest.borrow_mut().get_or_insert(latest).clone())
    }

    async fn poll(&self, call: &Call) -> Result<Response> {
        let latest = self.latest().await?;
        let Some(body) = latest.poll(answer_of(call), clock::millis()) else { return ask() };
        let response = ResponseBuilder::new().with_header(SEQUENCE_HEADER, &latest.sequence().to_string())?;
        Ok(response.fixed(body.as_bytes().to_vec()))
    }

    async fn take(&self, call: &mut Call) -> Result<Response> {
        let change: Change = serde_json::from_slice(&call.bytes().await?)?;
        let mut latest = self.latest().await?;
        let taken = latest.take(change, clock::millis());
        self.tell(latest, taken).await?;
        ask()
    }

    async fn learn(&self, call: &mut Call) -> Result<Response> {
        let Some(sequence) = call.parameter("sequence").and_then(|number| number.parse().ok()) else { return ask() };
        let answer = answer_of(call);
        let body = String::from_utf8(call.bytes().await?).unwrap_or_default();
        let mut latest = self.latest().await?;
        let taken = latest.learn(sequence, answer, body, clock::millis());
        self.tell(latest, taken).await?;
        ask()
    }

    /// Keeps what is known now, and tells whoever watches what is new.
    async fn tell(&self, latest: Latest, taken: Taken) -> Result<()> {
        if taken == Taken::Old {
            return Ok(());
        }
        let before = self.latest.replace(Some(latest.clone()));
        match taken {
            Taken::Old => return Ok(()),
            // That it was said once more need not be written down, only that it is longer true.
            Taken::Same if before.is_some_and(|before| before.gone_at() == latest.gone_at()) => return Ok(()),
            Taken::Same => {}
            // Whoever watches comes back, and is told what is true by the server.
            Taken::Forgotten => self.close(sockets::COME_BACK),
            Taken::News => self.announce(&latest),
        }
        let kept = keep(&self.state.storage(), &latest).await;
        if kept.is_err() {
            // Read anew next time, so that what is told again counts as news and is written down.
            self.latest.replace(None);
        }
        kept
    }

    fn announce(&self, latest: &Latest) {
        let (event, is_last) = match latest.event(None) {
            Say::This(event) => (event, false),
            Say::Last(event) => (event, true),
            Say::Ask | Say::Nothing | Say::Over => return,
        };
        self.streams.borrow_mut().retain(|stream| stream.unbounded_send(event.clone()).is_ok());
        if is_last {
            self.streams.borrow_mut().clear();
        }
        for socket in self.state.get_websockets() {
            sockets::say(&socket, latest.message(None));
        }
    }

    /// Ends whatever is open.
    fn close(&self, why: sockets::Why) {
        self.streams.borrow_mut().clear();
        for socket in self.state.get_websockets() {
            sockets::close(&socket, why);
        }
    }

    fn is_full(&self) -> bool {
        let mut streams = self.streams.borrow_mut();
        streams.retain(|stream| !stream.is_closed());
        streams.len() + self.state.get_websockets().len() >= WATCHERS_MAX
    }

    async fn events(&self, call: &Call) -> Result<Response> {
        let latest = self.latest().await?;
        if self.is_full() {
            return answers::plain(429, streams::TOO_MANY);
        }
        let (first, is_over) = match latest.event(seen(call)) {
            Say::Ask => return ask(),
            // Browsers come back when a stream ends; this is how they learn that there is nothing more.
            Say::Over => return Ok(Response::empty()?.with_status(205)),
            Say::Nothing => (None, false),
            Say::This(event) => (Some(event), false),
            Say::Last(event) => (Some(event), true),
        };
        let (sender, response) = streams::open(first)?;
        if !is_over {
            self.streams.borrow_mut().push(sender);
        }
        Ok(response)
    }

    async fn socket(&self, call: &Call) -> Result<Response> {
        let latest = self.latest().await?;
        if self.is_full() {
            return answers::plain(429, streams::TOO_MANY);
        }
        let said = latest.message(seen(call));
        if said == Say::Ask {
            return ask();
        }
        let (socket, response) = sockets::open(&self.state, call)?;
        sockets::say(&socket, said);
        Ok(response)
    }
}

/// Writes down what is known, and when it may be forgotten.
async fn keep(storage: &Storage, latest: &Latest) -> Result<()> {
    storage.put(KEY, serde_json::to_string(latest)?).await?;
    let gone_at = latest.gone_at().map_or(0, |seconds| seconds.saturating_mul(1000));
    storage.set_alarm((gone_at - clock::millis()).max(streams::FORGET_MILLIS_MIN)).await
}

/// Says that nothing is known which could be said.
fn ask() -> Result<Response> {
    Ok(Response::empty()?.with_status(204))
}

fn answer_of(call: &Call) -> Answer {
    if call.parameter("answer") == Some("check") { Answer::Check } else { Answer::Status }
}

/// The number of the last event that somebody has seen who comes back.
fn seen(call: &Call) -> Option<u64> {
    call.parameter("since").and_then(|number| number.parse().ok())
}
