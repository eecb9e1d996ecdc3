//! One call over the browser's fetch: a time limit, a bound on the answer, and a count of what travelled. An answer that is read while
//! it comes is in `exchange/stream.rs`.

pub(crate) mod stream;

use std::cell::Cell;
use std::time::Duration;

use futures::future::{Either, select};
use js_sys::{ArrayBuffer, Uint8Array};
use throng_bridge::{HordeError, wire};
use throng_lend::Report;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, Request, RequestCredentials, RequestInit, Response};

use crate::browser::{scope, sleep, words};
use crate::port;

/// What a call's line and headers cost beside its body: about so much with HTTP/2 between browser and server.
const OVERHEAD_BYTES: u64 = 300;

/// How much may travel still, shared by everything that calls.
#[derive(Debug, Default)]
pub(crate) struct Purse {
    left: Cell<Option<u64>>,
    /// What travelled and was not told yet.
    untold: Cell<u64>,
}

impl Purse {
    /// Sets how much may travel from now on.
    pub(crate) fn fill(&self, left: Option<u64>) {
        self.left.set(left);
    }

    /// Whether nothing may travel any more.
    pub(crate) fn is_empty(&self) -> bool {
        self.left.get() == Some(0)
    }

    fn spend(&self, bytes: u64) {
        self.spend_quietly(bytes);
        port::tell(&Report::Moved(self.untold.take()));
    }

    /// The page is told together with the next call: it takes every word for a sign that the job at hand goes on, and the server's
    /// regular "still here" is none.
    fn spend_quietly(&self, bytes: u64) {
        self.left.set(self.left.get().map(|left| left.saturating_sub(bytes)));
        self.untold.set(self.untold.get() + bytes);
    }
}

/// What is to be sent.
pub(crate) struct Call<'c> {
    pub(crate) method: &'static str,
    pub(crate) address: &'c str,
    /// Names and values.
    pub(crate) headers: &'c [(&'c str, &'c str)],
    pub(crate) body: Option<&'c [u8]>,
    pub(crate) time_limit: Duration,
    pub(crate) answer_bytes_max: usize,
}

/// Sends a call and brings the answer's bytes; any status but success is an error in the loop's words.
pub(crate) async fn exchange(call: Call<'_>, purse: &Purse) -> Result<Vec<u8>, HordeError> {
    let abort = AbortController::new().map_err(|error| network(&error))?;
    let asked = ask(&call, &abort, purse);
    match select(Box::pin(asked), Box::pin(sleep(call.time_limit))).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => {
            abort.abort();
            Err(HordeError::Network(format!("no answer within {} s", call.time_limit.as_secs())))
        }
    }
}

async fn ask(call: &Call<'_>, abort: &AbortController, purse: &Purse) -> Result<Vec<u8>, HordeError> {
    let request = request(call, abort).map_err(|error| network(&error))?;
    let response = JsFuture::from(scope().fetch_with_request(&request)).await.map_err(|error| network(&error))?;
    let response: Response = response.unchecked_into();
    let declared = header(&response, "content-length").and_then(|length| length.parse::<usize>().ok());
    if declared.is_some_and(|length| length > call.answer_bytes_max) {
        abort.abort();
        return Err(HordeError::Unreadable(format!("it is larger than {} bytes", call.answer_bytes_max)));
    }
    let body = response.array_buffer().map_err(|error| network(&error))?;
    let body: ArrayBuffer = JsFuture::from(body).await.map_err(|error| network(&error))?.unchecked_into();
    let body = Uint8Array::new(&body).to_vec();
    purse.spend(OVERHEAD_BYTES + body.len() as u64 + call.body.map_or(0, |body| body.len() as u64));
    if body.len() > call.answer_bytes_max {
        return Err(HordeError::Unreadable(format!("it is larger than {} bytes", call.answer_bytes_max)));
    }
    if response.ok() {
        return Ok(body);
    }
    let retry_after = header(&response, "retry-after").and_then(|seconds| seconds.trim().parse().ok());
    Err(wire::error_of(response.status(), retry_after.map(Duration::from_secs), &body))
}

fn request(call: &Call<'_>, abort: &AbortController) -> Result<Request, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in call.headers {
        headers.set(name, value)?;
    }
    let init = RequestInit::new();
    init.set_method(call.method);
    init.set_headers(&headers);
    // The key goes in a header; cookies of the page's origin are nobody's business.
    init.set_credentials(RequestCredentials::Omit);
    init.set_signal(Some(&abort.signal()));
    if let Some(body) = call.body {
        init.set_body(&Uint8Array::from(body));
    }
    Request::new_with_str_and_init(call.address, &init)
}

fn header(response: &Response, name: &str) -> Option<String> {
    response.headers().get(name).ok().flatten()
}

fn network(error: &JsValue) -> HordeError {
    HordeError::Network(words(error))
}
