//! A server that does not lead is a front: it forwards every call of the interface to the leader and hands the answer back, so clients may
//! be spread over all servers of a database. Between two leaders a call waits a little, then it is told to come again. A forwarded call is
//! never forwarded a second time. Not here: who leads (`leader.rs`), the page and weights, which every server has itself.

mod mark;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures::stream::unfold;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use reqwest::{Client, Url};
use throng_api::endpoint::Endpoint as _;
use throng_api::status::GetHeartbeat;
use throng_api::watch::{EVENT_STREAM, GetAlchemyWatch, GetImageWatch, GetTextWatch, GetWake};
use throng_api::weights::{GetPiece, GetWeights};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::auth::{self, PassedOn};
use crate::calls::CALL_WAIT_MAX;
use crate::desk::{State as DeskState, Unavailable};
use crate::error::Error;
use crate::routes::BODY_BYTES_LARGEST;
use crate::secret::Secret;
use crate::watching::stream::LIFE_MAX;

/// How long a call waits for somebody to lead: most take-overs are over by then, and a longer wait only piles calls up.
const LEADER_WAIT_MAX: Duration = Duration::from_secs(3);

/// How often a waiting call looks whether somebody leads.
const LOOK_PAUSE: Duration = Duration::from_millis(100);

/// How long a leader has to take a connection: its machine is near.
const CONNECT_WAIT: Duration = Duration::from_secs(1);

/// Calls forwarded at once: their bodies are in memory.
const FORWARDED_MAX: usize = 4_096;

/// Connections kept open to the leader while nothing goes over them.
const IDLE_MAX: usize = 256;

/// Tells a front that nothing was done, because the server it asked does not lead (any more).
const NOT_LEADING: HeaderName = HeaderName::from_static("throng-not-leading");

/// Headers that belong to one connection, not to the call.
const OF_THE_CONNECTION: [HeaderName; 8] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::HOST,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
];

/// What every server answers itself: the numbers of this very process, and weights, which are too large to be passed on.
const OF_EACH_SERVER: [&str; 3] = ["/metrics", GetWeights::PATH, GetPiece::PATH];

/// What is answered by a stream: passed on as it comes, for as long as it lasts.
const STREAMS: [&str; 4] = [GetImageWatch::PATH, GetTextWatch::PATH, GetAlchemyWatch::PATH, GetWake::PATH];

/// The way to the leader. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Front {
    leader: watch::Receiver<String>,
    secret: Secret,
    client: Client,
    room: Arc<Semaphore>,
}

/// What became of one try.
enum Try {
    Answered(Response),
    /// Nothing was done: somebody else may be asked.
    NotYet,
}

impl Front {
    /// Forwards to whoever `leader` names.
    pub fn new(leader: watch::Receiver<String>, secret: Secret) -> Result<Self, reqwest::Error> {
        // A second installation of the same provider is refused, and does not matter.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_WAIT)
            .timeout(CALL_WAIT_MAX)
            .pool_max_idle_per_host(IDLE_MAX)
            .tcp_nodelay(true)
            .build()?;
        Ok(Self { leader, secret, client, room: Arc::new(Semaphore::new(FORWARDED_MAX)) })
    }

    /// Waits until another server is seen to lead; false if nobody looks any more.
    pub async fn sees_leader(&self) -> bool {
        self.leader.clone().wait_for(|leader| !leader.is_empty()).await.is_ok()
    }

    /// Sends a call to the leader once. A stream ends with `stream`.
    async fn send(&self, leader: &str, parts: &Parts, body: &Bytes, stream: Option<CancellationToken>) -> Try {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let Ok(url) = Url::parse(&format!("{leader}{path}")) else { return Try::NotYet };
        let mut headers = parts.headers.clone();
        for name in &OF_THE_CONNECTION {
            headers.remove(name);
        }
        let mut call = self.client.request(parts.method.clone(), url).headers(headers).body(body.clone());
        if stream.is_some() {
            call = call.timeout(LIFE_MAX + CALL_WAIT_MAX);
        }
        let answered = async {
            let response = call.send().await?;
            let (status, headers) = (response.status(), response.headers().clone());
            let body = match stream {
                Some(stopping) if is_stream(&headers) => {
                    passed_on(response, stopping, self.leader.clone(), leader.to_owned())
                }
                _ => Body::from(response.bytes().await?),
            };
            Ok::<_, reqwest::Error>((status, headers, body))
        };
        let mut sight = self.leader.clone();
        let replaced = sight.wait_for(|now| now != leader);
        tokio::select! {
            answered = answered => match answered {
                Ok((_, headers, _)) if headers.contains_key(NOT_LEADING) => Try::NotYet,
                Ok((status, headers, body)) => Try::Answered(dressed(status, headers, body)),
                // Nothing was sent.
                Err(error) if error.is_connect() => Try::NotYet,
                Err(error) => {
                    tracing::debug!(%error, "the leader's answer did not arrive");
                    Try::Answered(Error::from(Unavailable::Unknown).into_response())
                }
            },
            // Whoever was asked leads no more, and may be gone without a word.
            _ = replaced => Try::Answered(Error::from(Unavailable::Unknown).into_response()),
        }
    }
}

fn is_stream(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(EVENT_STREAM.as_bytes()))
}

/// A stream of the leader's, piece by piece. One that breaks off ends, and all end when another server leads, for the one that led may
/// be gone without a word; whoever held one comes back.
fn passed_on(
    response: reqwest::Response,
    stopping: CancellationToken,
    sight: watch::Receiver<String>,
    leader: String,
) -> Body {
    let state = (response, stopping, sight, leader);
    Body::from_stream(unfold(state, |(mut response, stopping, mut sight, leader)| async move {
        let piece = tokio::select! {
            piece = response.chunk() => piece,
            () = stopping.cancelled() => return None,
            _ = sight.wait_for(|now| *now != leader) => return None,
        };
        piece.ok().flatten().map(|piece| (Ok::<_, Infallible>(piece), (response, stopping, sight, leader)))
    }))
}

/// The leader's answer as this server's own.
fn dressed(status: StatusCode, headers: HeaderMap, body: Body) -> Response {
    let mut response = (status, body).into_response();
    *response.headers_mut() = headers;
    for name in &OF_THE_CONNECTION {
        response.headers_mut().remove(name);
    }
    response
}

/// Whether a call is the leader's affair: all in the table is, but for what every server has itself. What may be asked of a path is told here.
fn is_for_the_leader(request: &Request) -> bool {
    let pattern = request.extensions().get::<MatchedPath>();
    *request.method() != Method::OPTIONS && pattern.is_some_and(|pattern| !OF_EACH_SERVER.contains(&pattern.as_str()))
}

/// Whether a call says that another server passed it on.
pub(crate) fn is_marked(headers: &HeaderMap) -> bool {
    headers.contains_key(mark::HEADER)
}

/// Whether it is another server of this database that passes a call on.
pub(crate) fn is_proven(headers: &HeaderMap, app: &App) -> bool {
    headers.get(mark::HEADER).is_some_and(|mark| mark::read(&app.secret, mark, app.clock.now()).is_some())
}

/// Lets a call in where this server leads, and forwards it where it does not.
pub async fn pass(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let marked = request.headers_mut().remove(mark::HEADER);
    let passed_on = marked.and_then(|marked| mark::read(&app.secret, &marked, app.clock.now()));
    if let Some(address) = passed_on {
        request.extensions_mut().insert(PassedOn(address));
    }
    let leads = app.desk.state() == DeskState::Leading;
    match passed_on {
        _ if leads || !is_for_the_leader(&request) => next.run(request).await,
        // Never twice: two servers that each take the other for the leader would go on for ever.
        Some(_) => {
            let mut response = Error::from(Unavailable::NotLeading).into_response();
            response.headers_mut().insert(NOT_LEADING, HeaderValue::from_static("1"));
            response
        }
        None => forward(app, request, next).await,
    }
}

async fn forward(app: App, request: Request, next: Next) -> Response {
    let Ok(_room) = app.front.room.clone().try_acquire_owned() else {
        return Error::from(Unavailable::Busy).into_response();
    };
    let caller = auth::address(request.headers(), request.extensions(), &app);
    let pattern = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let is_heartbeat = pattern == GetHeartbeat::PATH;
    let stream = STREAMS.contains(&pattern).then(|| app.stopping.clone());
    // A heart that beats slowly is no news: it is told at once that nobody leads.
    let patience = if is_heartbeat { Duration::ZERO } else { LEADER_WAIT_MAX };
    let (mut parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_BYTES_LARGEST).await else {
        let sentence = "The request is larger than this server takes.";
        return Error::Plain(StatusCode::PAYLOAD_TOO_LARGE, sentence.into()).into_response();
    };
    let until = Instant::now() + patience;
    loop {
        if app.desk.state() == DeskState::Leading {
            parts.headers.remove(mark::HEADER);
            return next.run(Request::from_parts(parts, Body::from(body))).await;
        }
        let leader = app.front.leader.borrow().clone();
        if !leader.is_empty() && leader != app.config.peer_url() {
            parts.headers.insert(mark::HEADER, mark::write(&app.front.secret, caller, app.clock.now()));
            if let Try::Answered(response) = app.front.send(&leader, &parts, &body, stream.clone()).await {
                return response;
            }
        }
        if Instant::now() >= until {
            break;
        }
        // Whichever comes first: another leader, or the same one with its tables read.
        let mut sight = app.front.leader.clone();
        let _ = timeout(LOOK_PAUSE, sight.wait_for(|now| *now != leader)).await.map(drop);
        sleep(LOOK_PAUSE / 10).await;
    }
    if is_heartbeat {
        parts.headers.remove(mark::HEADER);
        return next.run(Request::from_parts(parts, Body::from(body))).await;
    }
    Error::from(Unavailable::NotLeading).into_response()
}
