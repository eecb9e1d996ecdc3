//! What surrounds every call: its id, its line in the log, its deadline, a panic's answer, the headers every answer carries, and the
//! promise that every error is JSON. Not here: rate limits (`rate_limit/door.rs`), masks (`mask.rs`).

use std::any::Any;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use throng_policy::cors;
use throng_policy::refusal::UNREADABLE;
use tracing::Instrument as _;

use crate::app::App;
use crate::error::{Error, internal};
use crate::{auth, front, metrics, routes};

/// How long a call may take: longer than the slowest honest one, which fetches and reads several source images.
pub const CALL_WAIT_MAX: Duration = Duration::from_mins(1);

/// Names a call in the log; a proxy's own name for it is kept.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Characters of a proxy's name for a call.
const REQUEST_ID_CHARS_MAX: usize = 64;

/// Names the server that answered; some workers log it.
const NODE: HeaderName = HeaderName::from_static("horde-node");

static CALLS: AtomicU64 = AtomicU64::new(0);
static ACTIVE: AtomicU64 = AtomicU64::new(0);

/// Calls being answered now.
pub fn active() -> u64 {
    ACTIVE.load(Ordering::Relaxed)
}

/// Counts itself among the active calls while it lives, however the call ends.
struct Active;

impl Active {
    fn enter() -> Self {
        ACTIVE.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        ACTIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Gives a call its id, a line in the log, and its place in the metrics.
pub async fn watch(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let active = Active::enter();
    let begun = Instant::now();
    let calls = CALLS.fetch_add(1, Ordering::Relaxed) + 1;
    let id = proxy_id(&request).unwrap_or_else(|| app.ids.uuid().to_string());
    if let Ok(id) = HeaderValue::from_str(&id) {
        // Should it be forwarded, it keeps its name.
        request.headers_mut().insert(REQUEST_ID, id);
    }
    let method = request.method().clone();
    // The pattern, not the path: ids of requests are secrets that let their holder see and cancel.
    let route =
        request.extensions().get::<MatchedPath>().map_or_else(|| "(page)".to_owned(), |path| path.as_str().to_owned());
    let span = tracing::info_span!("call", id = %id, method = %method, route = %route);
    let mut response = next.run(request).instrument(span.clone()).await;
    drop(active);
    let (status, took) = (response.status(), begun.elapsed());
    span.in_scope(|| {
        if status.is_server_error() {
            tracing::warn!(status = status.as_u16(), micros = took.as_micros() as u64, "answered");
        } else {
            tracing::debug!(status = status.as_u16(), micros = took.as_micros() as u64, "answered");
        }
    });
    metrics::count(&route, method.as_str(), status, took, calls);
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

fn proxy_id(request: &Request) -> Option<String> {
    let id = request.headers().get(REQUEST_ID)?.to_str().ok()?;
    let good = !id.is_empty()
        && id.len() <= REQUEST_ID_CHARS_MAX
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    good.then(|| id.to_owned())
}

/// Ends a call that takes too long.
pub async fn deadline(request: Request, next: Next) -> Response {
    match tokio::time::timeout(CALL_WAIT_MAX, next.run(request)).await {
        Ok(response) => response,
        Err(_) => late(),
    }
}

/// What is answered when a call was ended.
pub fn late() -> Response {
    Error::Plain(StatusCode::GATEWAY_TIMEOUT, "This call took too long and was ended.".into()).into_response()
}

/// Answers for a handler that panicked: our bug, told to nobody, written down.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands the panic over")]
pub fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = said.unwrap_or("(no words)"), "a handler panicked");
    internal()
}

/// Answers `OPTIONS`, makes every error JSON, and puts on the headers that every answer carries.
pub async fn dress(State(app): State<App>, request: Request, next: Next) -> Response {
    let options = *request.method() == Method::OPTIONS;
    let is_api = routes::is_api(request.uri().path());
    // Whoever passes a call on knows itself what may be kept: another server of this database, or an edge.
    let is_passed_on = front::is_proven(request.headers(), &app) || auth::is_from_edge(request.headers(), &app);
    let mut response = next.run(request).await;
    if options && response.status() == StatusCode::METHOD_NOT_ALLOWED {
        response = permit(&response);
    } else if is_api {
        response = as_json(response);
    }
    let headers = response.headers_mut();
    for (name, value) in cors::ON_EVERY_ANSWER {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if options {
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(cors::PERMITTED_SECONDS));
    }
    if is_api {
        // Nothing here may be kept by a proxy: answers depend on the key and change by the second. Whoever passed the call on says so
        // to whoever called it.
        if !is_passed_on {
            headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        }
        if let Ok(node) = HeaderValue::from_str(&format!("{}:{}", app.config.listen, env!("CARGO_PKG_VERSION"))) {
            headers.insert(NODE, node);
        }
    }
    response
}

/// The answer to `OPTIONS`, from what the router would have allowed.
fn permit(refused: &Response) -> Response {
    let allowed = refused.headers().get(header::ALLOW).and_then(|allowed| allowed.to_str().ok()).unwrap_or_default();
    let allowed =
        if allowed.is_empty() { "OPTIONS".to_owned() } else { format!("{}, OPTIONS", allowed.replace(',', ", ")) };
    (StatusCode::OK, [(header::ALLOW, allowed)]).into_response()
}

/// Rewrites an error that the framework made into the wire's form, and keeps its headers.
fn as_json(response: Response) -> Response {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let is_json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if !is_error || is_json {
        return response;
    }
    let message = match status {
        StatusCode::METHOD_NOT_ALLOWED => "The method is not allowed for the requested URL.",
        StatusCode::PAYLOAD_TOO_LARGE => "The request is larger than this server takes.",
        StatusCode::NOT_FOUND => "There is nothing at this path.",
        _ => UNREADABLE,
    };
    let mut rewritten = Error::Plain(status, message.into()).into_response();
    if let Some(allow) = response.headers().get(header::ALLOW) {
        rewritten.headers_mut().insert(header::ALLOW, allow.clone());
    }
    rewritten
}
