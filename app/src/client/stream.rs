//! A call that stays open: the events of a request that is watched, read while they come. It ends when nobody holds it any more. Over
//! `fetch` and not over the browser's own reader of events, which can neither say who calls nor why there is no stream. What the
//! events mean is in `run/told.rs`, what an end means in `watching.rs`.

use js_sys::{IteratorNext, Uint8Array};
use throng_api::events::{Event, Reader};
use throng_api::watch::{EVENT_STREAM, LAST_EVENT_HEADER};
use throng_api::{ErrorBody, auth};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStreamDefaultReader, Response};

use super::CLIENT_AGENT;
use crate::watching::End;

/// How much one event may say: all the texts of a request are far shorter.
const EVENT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A stream that has begun.
pub struct Stream {
    reader: ReadableStreamDefaultReader,
    /// The piece that is waited for.
    coming: Option<JsFuture>,
    events: Reader,
    _line: Line,
}

/// What ends the call.
struct Line(AbortController);

impl Drop for Line {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Stream {
    /// Calls, and waits for the beginning of the answer. `last` is the number of the last event that is known already.
    pub async fn open(address: &str, last: Option<&str>) -> Result<Self, End> {
        let line = Line(AbortController::new().map_err(|_| End::Untold)?);
        let asked = ask(address, last, &line).map_err(|_| End::Untold)?;
        let response: Response = JsFuture::from(asked).await.map_err(|_| End::Lost)?.unchecked_into();
        let kind = response.headers().get("content-type").ok().flatten();
        let rc = if response.status() == 404 { code(&response).await } else { None };
        if let Some(end) = End::of_answer(response.status(), kind.as_deref(), rc.as_deref()) {
            return Err(end);
        }
        let body = response.body().ok_or(End::Untold)?;
        Ok(Self {
            reader: body.get_reader().unchecked_into(),
            coming: None,
            events: Reader::new(EVENT_BYTES_MAX),
            _line: line,
        })
    }

    /// The events that end in the next piece, which may be none; nothing when the stream has ended or broken. May be given up while it
    /// waits and called again: what comes meanwhile is not lost.
    pub async fn next(&mut self) -> Option<Vec<Event>> {
        let reader = &self.reader;
        let read = self.coming.get_or_insert_with(|| JsFuture::from(reader.read())).await;
        self.coming = None;
        let read: IteratorNext = read.ok()?.unchecked_into();
        if read.done() {
            return None;
        }
        let piece: Uint8Array = read.value().unchecked_into();
        Some(self.events.read(&piece.to_vec()))
    }

    /// How many milliseconds the server asks to wait before coming back, if it said so.
    pub fn retry_ms(&self) -> Option<u64> {
        self.events.retry_ms()
    }
}

fn ask(address: &str, last: Option<&str>, line: &Line) -> Result<js_sys::Promise, JsValue> {
    let headers = web_sys::Headers::new()?;
    headers.set(auth::CLIENT_AGENT_HEADER, CLIENT_AGENT)?;
    headers.set(auth::EXTENSIONS_HEADER, "1")?;
    headers.set("accept", EVENT_STREAM)?;
    if let Some(last) = last {
        headers.set(LAST_EVENT_HEADER, last)?;
    }
    let options = web_sys::RequestInit::new();
    options.set_headers_headers(&headers);
    options.set_signal(Some(&line.0.signal()));
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    Ok(window.fetch_with_str_and_init(address, &options))
}

/// Why the answer is no, where it says so.
async fn code(response: &Response) -> Option<String> {
    let text = JsFuture::from(response.text().ok()?).await.ok()?.as_string()?;
    serde_json::from_str::<ErrorBody>(&text).ok()?.rc
}
