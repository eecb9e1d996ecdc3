//! The edge's native twin: the same policy as at the edge (`throng_policy`), applied inside the server, so that whoever
//! hosts without Cloudflare loses nothing. Public answers are kept for the few seconds they are good for, fetched once
//! however many ask, and given old when no new one can be had; what cannot be right is refused before anything is done
//! for it. On every server of a database, so that a front answers from memory while nobody leads. All limits stay: a
//! server counts a call here or behind here, never twice.
//!
//! Not here: what may be kept and refused (the policy), where answers are kept (`twin/shelf.rs`), preflight
//! (`calls.rs`, with the policy's words), watching (`watching.rs`: the desk is near, so a look costs what it costs).

mod shelf;

use std::sync::Arc;
use std::time::Duration;

use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use throng_api::watch::STALE_HEADER;
use throng_policy::{Cached, Keep, Refusal, Verdict, verdict};
use tokio::time::timeout;
use tracing::Instrument as _;

use self::shelf::{Answer, Lead, Look, Shelf};
use crate::app::App;
use crate::calls;
use crate::error::internal;
use crate::front;
use crate::rate_limit::Standing;
use crate::rate_limit::door::{Counted, Door};
use crate::wire::JSON;

/// Bytes of an answer that is kept: the longest list there is has some hundred thousand.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// How long an answer for all may take: shorter than a call, so that there is time to give something old instead.
const FETCH_WAIT_MAX: Duration = Duration::from_secs(20);

/// Stands in front of the table. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Twin(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    app: App,
    door: Door,
    shelf: Shelf,
}

/// What came of a call that others may be waiting for.
enum Landed {
    /// Something for all.
    Shared(Arc<Answer>),
    /// Something for whoever called, and nobody else.
    Own(Response),
}

/// Answers what it can, and passes on what it cannot.
pub async fn stand(State(twin): State<Twin>, request: Request, next: Next) -> Response {
    // What another server passes on, it could not answer itself; whose call it was is known further in.
    if twin.0.app.config.no_edge || front::is_marked(request.headers()) {
        return next.run(request).await;
    }
    match said(&request) {
        Verdict::Pass | Verdict::Limit(_) | Verdict::Watch(_) | Verdict::Wake | Verdict::Permit(_) => {
            next.run(request).await
        }
        Verdict::Refuse(refusal) => twin.0.refuse(&request, refusal),
        Verdict::Cache(cached) => twin.0.keep(cached, request, next).await,
    }
}

fn said(request: &Request) -> Verdict {
    let (headers, uri) = (request.headers(), request.uri());
    let header = |name: &'static str| headers.get(name).map(HeaderValue::as_bytes);
    verdict(request.method().as_str(), uri.path(), uri.query().unwrap_or_default(), header)
}

impl Inner {
    /// Refuses in the words of the table, and counts as the door would.
    fn refuse(&self, request: &Request, refusal: Refusal) -> Response {
        let standing = self.door.judge(request);
        if let Some(standing) = standing.filter(|standing| standing.exceeded) {
            return self.turned_away(standing);
        }
        let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST);
        self.marked(standing, (status, [(header::CONTENT_TYPE, JSON)], refusal.body).into_response())
    }

    /// Answers from memory, or asks and remembers.
    async fn keep(&self, cached: Cached, mut request: Request, next: Next) -> Response {
        let key = {
            let (headers, uri) = (request.headers(), request.uri());
            let header = |name: &'static str| headers.get(name).map(HeaderValue::as_bytes);
            cached.key(uri.path(), uri.query().unwrap_or_default(), header)
        };
        let Some(key) = key else { return next.run(request).await };
        let standing = self.door.judge(&request);
        if let Some(standing) = standing.filter(|standing| standing.exceeded) {
            return self.turned_away(standing);
        }
        request.extensions_mut().insert(Counted);
        self.marked(standing, self.answer(key, cached.keep, request, next).await)
    }

    async fn answer(&self, key: String, keep: Keep, request: Request, next: Next) -> Response {
        let now = self.app.clock.now().timestamp_millis();
        match self.shelf.look(key, keep, now) {
            Look::Fresh(kept) => kept.again(now),
            Look::Stale(kept, lead) => {
                if let Some(lead) = lead {
                    tokio::spawn(fly(lead, request, next).in_current_span());
                }
                kept.again(now)
            }
            Look::Spare(spare) => stale(&spare, now),
            Look::Lead(lead, spare) => {
                // Whoever hangs up must not take the answer from those who wait for it too.
                let landed = tokio::spawn(fly(lead, request, next).in_current_span()).await;
                match landed {
                    Ok(Landed::Shared(answer)) => better(&answer, spare.as_deref(), now),
                    Ok(Landed::Own(response)) => response,
                    Err(error) => {
                        tracing::error!(%error, "a handler ended abruptly");
                        spare.map_or_else(internal, |spare| stale(&spare, now))
                    }
                }
            }
            Look::Wait(flight, spare) => match flight.landed().await {
                Some(answer) => better(&answer, spare.as_deref(), now),
                None => next.run(request).await,
            },
        }
    }

    fn turned_away(&self, standing: Standing) -> Response {
        self.marked(Some(standing), standing.refusal())
    }

    fn marked(&self, standing: Option<Standing>, mut response: Response) -> Response {
        if let Some(standing) = standing {
            self.door.mark(standing, &mut response);
        }
        response
    }
}

impl Twin {
    /// Remembers nothing yet. Calls are counted at this door.
    pub fn new(app: App, door: Door) -> Self {
        Self(Arc::new(Inner { app, door, shelf: Shelf::default() }))
    }
}

/// Asks, on behalf of all who wait.
async fn fly(lead: Lead, request: Request, next: Next) -> Landed {
    // That it came too late is told to all who wait for it, so that whoever has something old is given that.
    let response = timeout(FETCH_WAIT_MAX, next.run(request)).await.unwrap_or_else(|_| calls::late());
    let size = http_body::Body::size_hint(response.body()).upper();
    let is_short = size.is_some_and(|size| size <= ANSWER_BYTES_MAX as u64);
    // Whoever came too often is told so alone.
    if !is_short || !is_public(response.headers()) || response.status() == StatusCode::TOO_MANY_REQUESTS {
        return Landed::Own(response);
    }
    let (parts, body) = response.into_parts();
    match to_bytes(body, ANSWER_BYTES_MAX).await {
        Ok(body) => Landed::Shared(lead.land(parts.status, &parts.headers, body)),
        Err(error) => {
            tracing::error!(%error, "an answer could not be read");
            Landed::Own(internal())
        }
    }
}

/// Whether an answer says nothing against being given to others.
fn is_public(headers: &HeaderMap) -> bool {
    let said = headers.get(header::CACHE_CONTROL).map_or(&b""[..], HeaderValue::as_bytes);
    let forbids = [&b"no-store"[..], b"private"].iter().any(|word| said.windows(word.len()).any(|part| part == *word));
    !forbids && !headers.contains_key(header::SET_COOKIE)
}

/// A new answer, or an old one where the new one is that the server is in trouble.
fn better(answer: &Answer, spare: Option<&Answer>, now: i64) -> Response {
    match spare {
        Some(spare) if answer.status.is_server_error() => stale(spare, now),
        _ => answer.response(),
    }
}

/// An old answer that says so.
fn stale(spare: &Answer, now: i64) -> Response {
    let mut response = spare.again(now);
    response.headers_mut().insert(STALE_HEADER, HeaderValue::from_static("1"));
    response
}
