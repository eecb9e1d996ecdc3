//! `GET /watch/image/{id}`, `/watch/text/{id}`, `/watch/alchemy/{id}`, paths of our own: every change of a request as
//! an event, each with the very JSON that a look brings. Not here: who is told what, and when (`watching.rs`).

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode};
use throng_api::watch::LAST_EVENT_HEADER;
use throng_api::{ClientAgent, ReturnCode};
use throng_domain::Kind;

use super::asked::{not_found, request_id};
use crate::app::App;
use crate::auth::Call;
use crate::desk::Unavailable;
use crate::error::Error;
use crate::watching::Word;
use crate::watching::stream::Watcher;

/// Watches pictures. Whoever knows the id may, but not from an address in a timeout without a name: as for a check.
pub async fn image(
    State(app): State<App>,
    call: Call,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    if call.agent == ClientAgent::UNKNOWN && app.gate(call.origin).is_err() {
        return Err(Error::refused(ReturnCode::Forbidden));
    }
    watch(&app, Kind::Image, &call, &headers, &id).await
}

/// Watches texts. Whoever knows the id may.
pub async fn text(
    State(app): State<App>,
    call: Call,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    watch(&app, Kind::Text, &call, &headers, &id).await
}

/// Watches forms. Whoever knows the id may.
pub async fn alchemy(
    State(app): State<App>,
    call: Call,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    watch(&app, Kind::Alchemy, &call, &headers, &id).await
}

async fn watch(app: &App, kind: Kind, call: &Call, headers: &HeaderMap, id: &str) -> Result<Response, Error> {
    let request = request_id(id)?;
    let seat = app.watching.enter(call.address)?;
    let last = headers.get(LAST_EVENT_HEADER).and_then(|value| value.to_str().ok());
    let knows: Option<u64> = last.and_then(|number| number.trim().parse().ok());
    let mut heard = app.watching.watch(app, kind, request);
    let first = heard.wait_for(|word| !matches!(word, Word::Wait)).await.map(|word| Word::clone(&word));
    match first {
        // Browsers come back when a stream ends; this is how they learn that there is nothing more.
        Ok(Word::News(news)) if news.done && knows == Some(news.sequence) => Ok(StatusCode::NO_CONTENT.into_response()),
        Ok(Word::News(_)) => Ok(Watcher::new(request, heard, knows, seat).response()),
        Ok(Word::Gone) => Err(not_found(id)),
        Ok(Word::Lost(why)) => Err(why.into()),
        Ok(Word::Wait) | Err(_) => Err(Unavailable::NotLeading.into()),
    }
}
