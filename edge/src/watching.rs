//! Somebody looks how far a request is, once or for as long as it lasts: answered by the request's own object
//! (`watched.rs`), which knows what the server last told. If it knows nothing the server is asked, and the object learns
//! from the answer.

use throng_api::auth::FIELDS_HEADER;
use throng_api::endpoint::Endpoint as _;
use throng_api::watch::{LAST_EVENT_HEADER, SEQUENCE_HEADER};
use throng_api::{alchemy, image, text};
use throng_policy::limits::POLLING;
use throng_policy::push::BODY_BYTES_MAX;
use throng_policy::refusal::JSON;
use throng_policy::{Answer, Kind, Watch};
use wasm_bindgen::JsCast as _;
use worker::{Request, RequestInit, Response, Result, Stub, console_warn};

use crate::answers::{self, HOW_HEADER};
use crate::call::Call;
use crate::doorman::{Door, answered};
use crate::{origin, walls};

/// Where an object is spoken to; nobody else hears it.
const OBJECT: &str = "https://watched";

/// Answers whoever looks.
pub(crate) async fn answer(call: &mut Call, door: &Door, watch: Watch) -> Result<Response> {
    // Without a key nothing is ever told.
    let stub = if door.setup.key.is_some() { object(door, watch.id.as_str()) } else { None };
    match (stub, watch.answer) {
        (Some(stub), Answer::Events) => follow(call, door, &watch, &stub).await,
        (Some(stub), _) => look(call, door, &watch, &stub).await,
        (None, _) if walls::is_too_many(call, &door.env, POLLING).await => answers::too_often(POLLING),
        (None, _) => door.ask(call).await,
    }
}

/// The object of a request.
pub(crate) fn object(door: &Door, id: &str) -> Option<Stub> {
    door.env.durable_object("WATCHED").ok()?.get_by_name(id).ok()
}

/// Somebody looks once.
async fn look(call: &mut Call, door: &Door, watch: &Watch, stub: &Stub) -> Result<Response> {
    let poll = stub.fetch_with_str(&format!("{OBJECT}/poll?answer={}", word(watch.answer))).await;
    match poll {
        Ok(told) if told.status_code() == 200 => {
            let headers = told.headers().clone();
            headers.set("content-type", JSON)?;
            headers.set(HOW_HEADER, "told")?;
            return Ok(told.with_headers(headers));
        }
        Ok(_) => {}
        Err(error) => console_warn!("a request's object does not answer: {error}"),
    }
    if walls::is_too_many(call, &door.env, POLLING).await {
        return answers::too_often(POLLING);
    }
    let asked = origin::look(call, &door.setup, "GET", &call.target()).await?;
    let mut response = answered(asked)?;
    learn(call, door, watch.answer, watch.id.as_str(), &mut response).await?;
    answers::with(response, HOW_HEADER, "asked")
}

/// Lets the object know what the server answered to a look. Of a part of an answer, and of a long one, nothing is learnt.
async fn learn(call: &Call, door: &Door, answer: Answer, id: &str, response: &mut Response) -> Result<()> {
    if call.header(FIELDS_HEADER).is_some() {
        return Ok(());
    }
    let Some(sequence) = response.headers().get(SEQUENCE_HEADER)?.filter(|_| response.status_code() == 200) else {
        return Ok(());
    };
    let body = response.cloned()?.text().await?;
    if body.len() > BODY_BYTES_MAX {
        return Ok(());
    }
    let Some(stub) = object(door, id) else { return Ok(()) };
    let url = format!("{OBJECT}/learn?answer={}&sequence={sequence}", word(answer));
    let request = post(&url, &body)?;
    if let Err(error) = stub.fetch_with_request(request).await {
        console_warn!("a request's object did not learn: {error}");
    }
    Ok(())
}

/// Somebody watches. The server is asked first, once: it knows whether this caller may, and whether there is such a
/// request.
async fn follow(call: &mut Call, door: &Door, watch: &Watch, stub: &Stub) -> Result<Response> {
    if walls::is_too_many(call, &door.env, POLLING).await {
        return answers::too_often(POLLING);
    }
    let (target, answer) = looked_at(watch);
    let mut seen = answered(origin::look(call, &door.setup, "GET", &target).await?)?;
    if seen.status_code() != 200 {
        return Ok(seen);
    }
    learn(call, door, answer, watch.id.as_str(), &mut seen).await?;
    let since = call.header(LAST_EVENT_HEADER).or_else(|| call.parameter("since"));
    let since: Option<u64> = since.and_then(|number| number.trim().parse().ok());
    let way = if call.wants_socket() { "socket" } else { "events" };
    let since = since.map(|since| format!("&since={since}")).unwrap_or_default();
    let url = format!("{OBJECT}/{way}?answer={}{since}", word(answer));
    // The call itself as the pattern: the handshake goes with it.
    let request = web_sys::Request::new_with_str_and_init(&url, call.request.inner().unchecked_ref())?;
    let opened = match stub.fetch_with_request(request.into()).await {
        Ok(opened) => opened,
        Err(error) => return instead(call, door, &error).await,
    };
    match opened.status_code() {
        // There is nothing more: the status that ends a stream for good.
        205 => Ok(Response::empty()?.with_status(204)),
        // The object knows nothing that it could tell: the server tells it.
        204 if !call.wants_socket() => door.ask(call).await,
        204 => answers::nobody(),
        _ => Ok(opened),
    }
}

/// Where an object does not answer, the server does.
pub(crate) async fn instead(call: &mut Call, door: &Door, error: &worker::Error) -> Result<Response> {
    console_warn!("an object does not answer: {error}");
    if call.wants_socket() { answers::nobody() } else { door.ask(call).await }
}

/// The look that a watcher would make, and which answer it brings.
fn looked_at(watch: &Watch) -> (String, Answer) {
    let id = [watch.id.as_str()];
    match watch.kind {
        Kind::Image => (image::GetImageCheck::path(&id), Answer::Check),
        Kind::Text => (text::GetTextStatus::path(&id), Answer::Status),
        Kind::Alchemy => (alchemy::GetAlchemyStatus::path(&id), Answer::Status),
    }
}

fn word(answer: Answer) -> &'static str {
    if answer == Answer::Check { "check" } else { "status" }
}

/// A call to an object.
pub(crate) fn post(url: &str, body: &str) -> Result<Request> {
    let mut init = RequestInit::new();
    init.with_method(worker::Method::Post).with_body(Some(body.into()));
    Request::new_with_init(url, &init)
}
