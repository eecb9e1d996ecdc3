//! A call that stays open: its answer is read while it comes. It ends when nobody holds it any more.

use js_sys::{IteratorNext, Uint8Array};
use throng_bridge::HordeError;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStreamDefaultReader, Response};

use super::{Call, OVERHEAD_BYTES, Purse, header, network, request};
use crate::browser::{scope, within};

/// An answer that has begun.
pub(crate) struct Stream<'p> {
    status: u16,
    content_type: Option<String>,
    /// None where there is nothing to read.
    reader: Option<ReadableStreamDefaultReader>,
    purse: &'p Purse,
    _line: Line,
}

/// What ends the call.
struct Line(AbortController);

impl Drop for Line {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<'p> Stream<'p> {
    /// Sends a call and waits, as long as the call may take, for the beginning of its answer. How much may come is not bounded.
    pub(crate) async fn open(call: &Call<'_>, purse: &'p Purse) -> Result<Self, HordeError> {
        let line = Line(AbortController::new().map_err(|error| network(&error))?);
        let request = request(call, &line.0).map_err(|error| network(&error))?;
        let asked = JsFuture::from(scope().fetch_with_request(&request));
        let Some(answer) = within(call.time_limit, asked).await else {
            return Err(HordeError::Network(format!("no answer within {} s", call.time_limit.as_secs())));
        };
        let response: Response = answer.map_err(|error| network(&error))?.unchecked_into();
        purse.spend_quietly(OVERHEAD_BYTES);
        Ok(Self {
            status: response.status(),
            content_type: header(&response, "content-type"),
            reader: response.body().map(|body| body.get_reader().unchecked_into()),
            purse,
            _line: line,
        })
    }

    /// The answer's status.
    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// What the answer says it is.
    pub(crate) fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// The next piece; none at the end, and when the line broke. What was given up while it waited is lost.
    pub(crate) async fn next(&mut self) -> Option<Vec<u8>> {
        let read = JsFuture::from(self.reader.as_ref()?.read()).await.ok()?;
        let read: IteratorNext = read.unchecked_into();
        if read.done() {
            return None;
        }
        let piece: Uint8Array = read.value().unchecked_into();
        let piece = piece.to_vec();
        self.purse.spend_quietly(piece.len() as u64);
        Some(piece)
    }
}
