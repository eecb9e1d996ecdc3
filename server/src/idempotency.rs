//! `Idempotency-Key`: a mutating call that comes again with the same key gets the same answer again, and what it did is not done twice.
//!
//! Three things make that hold. Calls with one key wait for each other. The answer to a call that succeeded is remembered for a day. And
//! should the server die between the act and the remembering, the acts find themselves: their ids follow from user and key
//! ([`Cause`]), so a transfer, a request, a shared key that is there already answers for the second call. A refusal is not
//! remembered, because it changed nothing: the caller may mend the cause and try again with the same key.
//!
//! Not here: where answers are kept (`store/idempotency.rs`), when they are forgotten (`tasks/forget_answers.rs`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{Method, StatusCode, header};
use sha2::{Digest as _, Sha256};
use throng_api::auth::{API_KEY_HEADER, IDEMPOTENCY_HEADER};
use throng_api::{ApiKey, ReturnCode};
use throng_domain::UserId;
use tokio::sync::OwnedMutexGuard;
use tracing::Instrument as _;
use uuid::{Builder, Uuid};

use crate::app::App;
use crate::auth::{Caller, Cause, recognise, shared_key_id};
use crate::error::{Error, internal};
use crate::routes::{BODY_BYTES_LARGEST, is_api};
use crate::store::idempotency::{self, Answered};
use crate::wire::JSON;

/// Characters of a key: a UUID has 36, and nobody needs ten times that.
const KEY_CHARS_MAX: usize = 255;

/// Bytes of an answer that are remembered; pictures in base64 are longer, but no mutating call answers with one.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// Marks an answer that must not be kept because it holds a secret.
#[derive(Debug, Clone, Copy)]
pub struct Secretive;

/// Whose key, and which.
type Name = (UserId, String);

/// What the layer needs.
#[derive(Debug, Clone)]
pub struct Keeper {
    app: App,
    turns: Arc<Mutex<HashMap<Name, Arc<tokio::sync::Mutex<()>>>>>,
}

/// The right to answer calls of one key, while it lives.
struct Turn {
    keeper: Keeper,
    name: Name,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Keeper {
    /// Keeps answers in the app's database.
    pub fn new(app: App) -> Self {
        Self { app, turns: Arc::default() }
    }

    /// Finds under which name a call's answer is kept. Everybody shares the anonymous account, so nothing is kept there: one visitor could
    /// read the answer to another.
    async fn name(&self, caller: &ApiKey, key: String) -> Result<Option<Name>, Error> {
        if let Some(id) = shared_key_id(caller) {
            // Whoever holds the shared key, its owner pays; the keys of both are kept apart.
            let view = self.app.desk.shared_key(id).await?;
            return Ok(view.map(|view| (view.record.owner, format!("{id}:{key}"))));
        }
        Ok(match recognise(&self.app, caller) {
            Some(Caller::User(user)) => Some((user, key)),
            Some(Caller::Anonymous) | None => None,
        })
    }

    async fn turn(&self, name: Name) -> Turn {
        let lock = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(turns.entry(name.clone()).or_default())
        };
        Turn { keeper: self.clone(), name, guard: Some(lock.lock_owned().await) }
    }

    /// Names the acts of a call: by a secret, because ids of requests and shared keys are secrets themselves.
    fn cause(&self, (user, key): &Name) -> Uuid {
        let signed = self.app.secret.sign("idempotency", format!("{user}:{key}").as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&signed[..16]);
        Builder::from_custom_bytes(bytes).into_uuid()
    }

    async fn answer(self, name: Name, request: Request, next: Next) -> Result<Response, Error> {
        let _turn = self.turn(name.clone()).await;
        let (mut parts, body) = request.into_parts();
        let body = to_bytes(body, BODY_BYTES_LARGEST).await.map_err(|_| {
            Error::Plain(StatusCode::PAYLOAD_TOO_LARGE, "The request is larger than this server takes.".into())
        })?;
        let fingerprint = fingerprint(&parts, &body);
        let (user, key) = &name;
        if let Some(known) = idempotency::find(&self.app.pool, *user, key).await.map_err(Error::internal)? {
            return if known.fingerprint == fingerprint { Ok(again(known)) } else { Err(conflict()) };
        }
        parts.extensions.insert(Cause(self.cause(&name)));
        let response = next.run(Request::from_parts(parts, Body::from(body))).await;
        if !response.status().is_success() || response.extensions().get::<Secretive>().is_some() {
            return Ok(response);
        }
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.map_err(Error::internal)?;
        if let Some(text) = std::str::from_utf8(&body).ok().filter(|text| text.len() <= ANSWER_BYTES_MAX) {
            let answered = Answered { fingerprint, status: parts.status.as_u16().cast_signed(), body: text.to_owned() };
            let kept = idempotency::remember(&self.app.pool, *user, key, &answered, self.app.clock.now()).await;
            if let Err(error) = kept {
                // It was done: the caller learns that. Should it come again, the acts find themselves.
                tracing::error!(%error, "an answer could not be remembered");
            }
        }
        Ok(Response::from_parts(parts, Body::from(body)))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut turns = self.keeper.turns.lock().unwrap_or_else(PoisonError::into_inner);
        self.guard = None;
        // Only the table holds it: nobody waits.
        if turns.get(&self.name).is_some_and(|lock| Arc::strong_count(lock) == 1) {
            turns.remove(&self.name);
        }
    }
}

/// Reads who calls and with which key, if the call may come twice.
fn wish(request: &Request) -> Result<Option<(ApiKey, String)>, Error> {
    let mutates = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE].contains(request.method());
    // Registration answers with a key, which must not be kept anywhere.
    let mutates = mutates && is_api(request.uri().path());
    let Some(key) = request.headers().get(IDEMPOTENCY_HEADER).filter(|_| mutates) else { return Ok(None) };
    let key = key.to_str().ok().filter(|key| !key.is_empty() && key.len() <= KEY_CHARS_MAX);
    let key = key.ok_or_else(|| {
        let sentence = format!("An idempotency key has 1 to {KEY_CHARS_MAX} characters of ASCII.");
        Error::refused_with(ReturnCode::BadRequest, sentence)
    })?;
    let caller = request.headers().get(API_KEY_HEADER).and_then(|value| value.to_str().ok()).map(ApiKey::new);
    Ok(caller.map(|caller| (caller, key.to_owned())))
}

/// Answers a call, or answers it again.
pub async fn keep(State(keeper): State<Keeper>, request: Request, next: Next) -> Response {
    let named = match wish(&request) {
        Ok(None) => return next.run(request).await,
        Ok(Some((caller, key))) => keeper.name(&caller, key).await,
        Err(error) => return error.into_response(),
    };
    let name = match named {
        Ok(None) => return next.run(request).await,
        Ok(Some(name)) => name,
        Err(error) => return error.into_response(),
    };
    // A caller who hangs up must not stop the remembering of what was done.
    let answering = tokio::spawn(keeper.answer(name, request, next).in_current_span());
    match answering.await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => error.into_response(),
        Err(error) => {
            tracing::error!(%error, "a handler ended abruptly");
            internal()
        }
    }
}

/// The same key came with something else.
pub fn conflict() -> Error {
    Error::refused(ReturnCode::IdempotencyKeyConflict)
}

fn fingerprint(parts: &http::request::Parts, body: &Bytes) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(parts.method.as_str());
    hash.update([0]);
    hash.update(parts.uri.path_and_query().map_or("", |path| path.as_str()));
    hash.update([0]);
    hash.update(body);
    hash.finalize().to_vec()
}

fn again(known: Answered) -> Response {
    let status = StatusCode::from_u16(known.status.cast_unsigned()).unwrap_or(StatusCode::OK);
    (status, [(header::CONTENT_TYPE, JSON)], known.body).into_response()
}
