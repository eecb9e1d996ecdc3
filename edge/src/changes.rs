//! What the server tells: which requests changed, and of which models there is new work. Only whoever holds the key is
//! believed; told twice, or too late, nothing changes.

use std::cell::Cell;

use futures::stream::{StreamExt as _, iter};
use throng_api::webhooks::SIGNATURE_HEADER;
use throng_policy::{Batch, Change, sign};
use worker::{Response, Result, console_warn};

use crate::call::Call;
use crate::doorman::Door;
use crate::{answers, clock, waking, watching};

/// Bytes of the largest batch: two of bodies, one more body, and what stands around them.
const BATCH_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// Batches that are read at once: what several servers of one database tell while the lead changes, and one more.
const BATCHES_MAX: usize = 4;

/// Objects that are spoken to at once.
const AT_ONCE: usize = 50;

/// Said to whoever is not the server.
const STRANGER: &str = "Only the server of this network tells the edge anything.";
/// Said of what is no batch.
const NO_BATCH: &str = "This is no batch of changes.";
/// Said where not everything was taken: whoever told it tells it again.
const NOT_ALL: &str = "Not everything could be taken. Please tell it again.";

/// Takes a batch.
pub(crate) async fn take(call: &mut Call, door: &Door) -> Result<Response> {
    if call.method != "POST" {
        return answers::plain(405, NO_BATCH);
    }
    if call.length().is_none_or(|length| length > BATCH_BYTES_MAX) {
        return answers::plain(413, NO_BATCH);
    }
    let signature = call.header(&SIGNATURE_HEADER.to_ascii_lowercase()).unwrap_or_default().to_owned();
    // Whoever could not be the server is not listened to.
    let Some(key) = door.setup.key.as_ref().filter(|_| sign::is_young(clock::seconds(), &signature)) else {
        return answers::plain(401, STRANGER);
    };
    let Some(_seat) = Seat::take() else { return answers::plain(503, NOT_ALL) };
    let bytes = call.bytes().await?;
    if sign::verify(key, clock::seconds(), &signature, &bytes).is_err() {
        return answers::plain(401, STRANGER);
    }
    let Some(batch) = Batch::read(&bytes) else { return answers::plain(400, NO_BATCH) };
    let told = iter(batch.changes.iter().map(|change| tell(door, change))).buffer_unordered(AT_ONCE);
    let all_taken = told.fold(true, async |all, taken| all && taken).await;
    // Whoever is not woken asks by themselves, so this is told once, whatever comes of it.
    waking::wake(door, &batch).await;
    if all_taken { Ok(Response::empty()?.with_status(204)) } else { answers::plain(503, NOT_ALL) }
}

thread_local! {
    /// Batches that are being read.
    static READ: Cell<usize> = const { Cell::new(0) };
}

/// A place among those whose batch is read. The server tells one at a time; strangers could fill the memory.
struct Seat;

impl Seat {
    fn take() -> Option<Self> {
        (READ.get() < BATCHES_MAX).then(|| {
            READ.set(READ.get() + 1);
            Self
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        READ.set(READ.get() - 1);
    }
}

async fn tell(door: &Door, change: &Change) -> bool {
    let Some(stub) = watching::object(door, &change.request) else { return false };
    let told = async {
        let request = watching::post("https://watched/take", &serde_json::to_string(change)?)?;
        stub.fetch_with_request(request).await
    };
    match told.await {
        Ok(response) => response.status_code() < 300,
        Err(error) => {
            console_warn!("a request's object took nothing: {error}");
            false
        }
    }
}
