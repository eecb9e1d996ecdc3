//! Workers who wait for work. Whether one may wait the server says, once, when it comes; then it waits at the object
//! (`sleepers.rs`) until the server tells of work. The lease stays a pop.

use throng_policy::Batch;
use throng_policy::limits::LOOKING;
use wasm_bindgen::JsCast as _;
use worker::{Response, Result, Stub, console_warn};

use crate::answers;
use crate::call::Call;
use crate::doorman::{Door, answered};
use crate::watching::{instead, post};
use crate::{address, origin, walls};

/// Where the object is spoken to; nobody else hears it.
const OBJECT: &str = "https://sleepers";
/// There is one.
const NAME: &str = "all";

/// Answers a worker who wants to wait.
pub(crate) async fn answer(call: &mut Call, door: &Door) -> Result<Response> {
    if walls::is_too_many(call, &door.env, LOOKING).await {
        return answers::too_often(LOOKING);
    }
    // Without a key nothing is ever told.
    let Some(stub) = object(door).filter(|_| door.setup.key.is_some()) else { return door.ask(call).await };
    let may = answered(origin::look(call, &door.setup, "HEAD", &call.target()).await?)?;
    if may.status_code() != 200 {
        // It says why to whoever asks in full.
        return answered(origin::look(call, &door.setup, "GET", &call.target()).await?);
    }
    let way = if call.wants_socket() { "socket" } else { "events" };
    // The first that is said of it counts, so a caller who says it too says nothing.
    let url = format!("{OBJECT}/{way}?from={}&{}", address::holder(address::of(call)), call.query);
    // The call itself as the pattern: the handshake goes with it.
    let request = web_sys::Request::new_with_str_and_init(&url, call.request.inner().unchecked_ref())?;
    match stub.fetch_with_request(request.into()).await {
        Ok(opened) => Ok(opened),
        Err(error) => instead(call, door, &error).await,
    }
}

fn object(door: &Door) -> Option<Stub> {
    door.env.durable_object("SLEEPERS").ok()?.get_by_name(NAME).ok()
}

/// Tells the object of the work that a batch tells of.
pub(crate) async fn wake(door: &Door, batch: &Batch) {
    let Some(stub) = object(door).filter(|_| !batch.work.is_empty()) else { return };
    let told = async {
        let url = format!("{OBJECT}/wake?sequence={}", batch.sequence);
        let request = post(&url, &serde_json::to_string(&batch.work)?)?;
        stub.fetch_with_request(request).await
    };
    if let Err(error) = told.await {
        console_warn!("nobody was woken: {error}");
    }
}
