//! The servers behind. They are asked in the order the operator gave, each within a time; one that failed is asked last
//! for a while. What changes something is sent once, unless it carries a key that makes a second time harmless.
//!
//! The server is told whose call it is, signed: it believes that of nobody else.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use futures::future::{Either, select};
use js_sys::Uint8Array;
use throng_api::auth::IDEMPOTENCY_HEADER;
use throng_policy::client;
use wasm_bindgen::{JsCast as _, JsValue};
use worker::{AbortController, Delay, Fetch, Request, Response, Result, console_warn};

use crate::address;
use crate::call::Call;
use crate::clock;
use crate::setup::Setup;

/// For how long a server that failed is asked last, in milliseconds.
const AVOIDED_MILLIS: i64 = 5_000;

/// So many times as long as a look may whatever else take: a picture is on its way, or is looked at closely.
const ACT_PATIENCE: u32 = 4;

/// How slow a line may be over which a picture comes in.
const SLOW_BYTES_A_SECOND: u64 = 64 * 1024;

/// Bytes of a body that is kept in order to be sent a second time.
const REPEATABLE_BYTES_MAX: u64 = 2 * 1024 * 1024;

/// Every answer of a server says which one it is.
const NODE: &str = "horde-node";

/// Headers of a call that only the edge may set, and one that the network between does not honour.
const OURS: [&str; 4] = ["x-forwarded-for", client::HEADER, "host", "expect"];

/// Headers of a call that wants to become a WebSocket; a look on its behalf does not.
const HANDSHAKE: [&str; 6] = [
    "upgrade",
    "connection",
    "sec-websocket-key",
    "sec-websocket-version",
    "sec-websocket-protocol",
    "sec-websocket-extensions",
];

thread_local! {
    /// Until when which server is avoided.
    static AVOIDED: RefCell<HashMap<String, i64>> = RefCell::default();
}

/// No server answered; what the last one that said anything said.
pub(crate) struct Nobody(pub(crate) Option<Response>);

/// What is sent.
enum Body {
    /// As it comes in: once.
    Stream,
    /// Kept: as often as wanted.
    Kept(Uint8Array),
    /// Nothing.
    Empty,
}

/// Asks the servers, with the body as it comes.
pub(crate) async fn ask(call: &mut Call, setup: &Setup) -> Result<std::result::Result<Response, Nobody>> {
    let is_look = call.is_look();
    let is_harmless = call.header(IDEMPOTENCY_HEADER).is_some() && call.method == "POST";
    let is_short = call.length().is_some_and(|length| length <= REPEATABLE_BYTES_MAX);
    let body = if is_look {
        Body::Empty
    } else if is_harmless && is_short {
        let bytes = call.bytes().await?;
        Body::Kept(Uint8Array::from(bytes.as_slice()))
    } else {
        Body::Stream
    };
    send(call, setup, &call.method, &call.target(), body).await
}

/// Asks the servers, with a body that was read before.
pub(crate) async fn ask_with(call: &Call, setup: &Setup, body: &[u8]) -> Result<std::result::Result<Response, Nobody>> {
    send(call, setup, &call.method, &call.target(), Body::Kept(Uint8Array::from(body))).await
}

/// Looks at something of the servers on behalf of a caller.
pub(crate) async fn look(
    call: &Call,
    setup: &Setup,
    method: &str,
    target: &str,
) -> Result<std::result::Result<Response, Nobody>> {
    send(call, setup, method, target, Body::Empty).await
}

async fn send(
    call: &Call,
    setup: &Setup,
    method: &str,
    target: &str,
    body: Body,
) -> Result<std::result::Result<Response, Nobody>> {
    let is_look = matches!(method, "GET" | "HEAD");
    let may_repeat = is_look || matches!(body, Body::Kept(_)) && call.header(IDEMPOTENCY_HEADER).is_some();
    let upload = call.length().filter(|_| !is_look).unwrap_or(0) / SLOW_BYTES_A_SECOND;
    let patience = if is_look { setup.wait } else { setup.wait * ACT_PATIENCE + Duration::from_secs(upload) };
    let mut last = None;
    for origin in in_order(&setup.origins) {
        let request = request(call, setup, method, &format!("{origin}{target}"), &body)?;
        match attempt(request, patience).await {
            Ok(response) if !is_trouble(response.status_code()) => return Ok(Ok(response)),
            Ok(response) => {
                let speaks_itself = response.headers().has(NODE)?;
                if speaks_itself && response.status_code() == 504 {
                    // It was asked too much; the next one would be asked too much, too.
                    return Ok(Ok(response));
                }
                if !speaks_itself {
                    avoid(&origin);
                }
                last = Some(response);
            }
            Err(why) => {
                console_warn!("{origin} does not answer: {why}");
                // A body may have come slowly, which is its sender's affair.
                if !matches!(body, Body::Stream) || why.is_refusal() {
                    avoid(&origin);
                }
            }
        }
        if !may_repeat {
            break;
        }
    }
    Ok(Err(Nobody(last)))
}

/// A server that cannot answer, or somebody before it who cannot reach it.
fn is_trouble(status: u16) -> bool {
    matches!(status, 502..=504 | 520..=530)
}

/// Makes the call that goes out.
fn request(call: &Call, setup: &Setup, method: &str, url: &str, body: &Body) -> Result<Request> {
    let request = match body {
        // The incoming call as the pattern of the outgoing one: its body flows through, with its length.
        Body::Stream => web_sys::Request::new_with_str_and_init(url, call.request.inner().unchecked_ref())?,
        Body::Kept(_) | Body::Empty => {
            let init = web_sys::RequestInit::new();
            init.set_method(method);
            init.set_headers(web_sys::Headers::new_with_headers(&call.request.inner().headers())?.as_ref());
            if let Body::Kept(bytes) = body {
                init.set_body(bytes);
            }
            js_sys::Reflect::set(&init, &JsValue::from("redirect"), &JsValue::from("manual"))?;
            web_sys::Request::new_with_str_and_init(url, &init)?
        }
    };
    let headers = request.headers();
    for name in OURS {
        headers.delete(name)?;
    }
    if matches!(body, Body::Empty) {
        headers.delete("content-length")?;
        for name in HANDSHAKE {
            headers.delete(name)?;
        }
    }
    let address = address::of(call);
    headers.set("x-forwarded-for", &address.to_string())?;
    // Without a signature nothing is believed: where a call comes from, and that it is known here what may be kept.
    if let Some(key) = &setup.key {
        headers.set(client::HEADER, &client::write(key, clock::seconds(), address))?;
    }
    Ok(request.into())
}

/// Why there is no answer.
enum Failure {
    /// Nobody is there, or they hung up.
    Refused(worker::Error),
    /// There was none in time.
    Late(Duration),
}

impl Failure {
    fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused(_))
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(error) => write!(formatter, "{error}"),
            Self::Late(patience) => write!(formatter, "nothing came within {patience:?}"),
        }
    }
}

/// Waits for the first byte of an answer.
async fn attempt(request: Request, patience: Duration) -> std::result::Result<Response, Failure> {
    let abort = AbortController::default();
    let signal = abort.signal();
    let fetch = Fetch::Request(request);
    let sent = Box::pin(fetch.send_with_signal(&signal));
    match select(sent, Delay::from(patience)).await {
        Either::Left((answered, _)) => answered.map_err(Failure::Refused),
        Either::Right(((), sent)) => {
            drop(sent);
            abort.abort();
            Err(Failure::Late(patience))
        }
    }
}

/// The servers, those last that failed a moment ago.
fn in_order(origins: &[String]) -> Vec<String> {
    let now = clock::millis();
    let is_avoided =
        |origin: &String| AVOIDED.with_borrow(|avoided| avoided.get(origin).is_some_and(|until| *until > now));
    let (last, first): (Vec<_>, Vec<_>) = origins.iter().cloned().partition(is_avoided);
    first.into_iter().chain(last).collect()
}

fn avoid(origin: &str) {
    let until = clock::millis() + AVOIDED_MILLIS;
    AVOIDED.with_borrow_mut(|avoided| avoided.insert(origin.to_owned(), until));
}
