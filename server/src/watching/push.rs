//! What the edge is told: how requests stand that were changed, some at a time, signed, at least once. The desk only
//! notes which requests were changed; they are looked at when it is their turn, so whatever waits is told as it is then
//! and never twice. When the edge does not take it up fast enough, it is told to forget what it knew, and asks; and
//! when not even that can be noted, what it knows is too old to be repeated within seconds (`throng_policy::latest`).
//! Not here: what is told (`throng_policy::push`).

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::header;
use reqwest::Client;
use throng_api::webhooks::SIGNATURE_HEADER;
use throng_domain::{Desk, Kind, RequestId, Timestamp};
use throng_policy::push::{BYTES_MAX, CHANGES_MAX, PATH};
use throng_policy::{Batch, Change, Told, sign};
use tokio::time::sleep;

use super::seen::Seen;
use crate::app::App;
use crate::desk::{State, Unavailable};
use crate::secret::Secret;

/// How long changes are collected: whoever looks does not notice, and a busy house tells hundreds at once.
const PAUSE: Duration = Duration::from_millis(200);

/// The pause after a failure; it doubles with each further one ...
const TROUBLE_PAUSE_FIRST: Duration = Duration::from_secs(1);

/// ... up to this.
const TROUBLE_PAUSE_LONGEST: Duration = Duration::from_secs(30);

/// How long the edge has to take a batch.
const DELIVERY_WAIT: Duration = Duration::from_secs(10);

/// Changed requests that may wait to be told: at most a megabyte of ids, and what a busy house changes in half a minute.
const CHANGED_MAX: usize = 50_000;

/// Requests that may wait to be forgotten by the edge.
const FORGOTTEN_MAX: usize = 50_000;

/// The requests of which the edge is to be told.
#[derive(Debug, Default)]
pub(crate) struct Outbox(Mutex<Pending>);

#[derive(Debug, Default)]
struct Pending {
    /// Told as they stand. Their ids are in the order they were asked for.
    changed: BTreeSet<RequestId>,
    /// Told to be asked for.
    forgotten: BTreeSet<RequestId>,
    /// Those that could not even be noted.
    lost: u64,
}

/// What goes out at once.
#[derive(Debug, Default, PartialEq, Eq)]
struct Load {
    changed: Vec<RequestId>,
    forgotten: Vec<RequestId>,
}

/// Why a batch did not arrive.
#[derive(Debug, thiserror::Error)]
enum PushError {
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    #[error(transparent)]
    Network(#[from] reqwest::Error),
    #[error("the edge answered {0}")]
    Refused(http::StatusCode),
}

/// The key that what the edge is told is signed with; the operator gives it to the edge.
pub(crate) fn key(secret: &Secret) -> [u8; sign::KEY_BYTES] {
    secret.sign(sign::PURPOSE, b"")
}

impl Outbox {
    /// Notes that requests were changed. Never waits.
    pub(super) fn add(&self, requests: &[RequestId]) {
        let mut pending = self.pending();
        for request in requests {
            pending.note(*request);
        }
    }

    /// Tells how many wait.
    pub(crate) fn count(&self) -> usize {
        let pending = self.pending();
        pending.changed.len() + pending.forgotten.len()
    }

    fn take(&self) -> Load {
        let mut pending = self.pending();
        let mut load = Load::default();
        while load.changed.len() < CHANGES_MAX
            && let Some(request) = pending.changed.pop_first()
        {
            load.changed.push(request);
        }
        while load.changed.len() + load.forgotten.len() < CHANGES_MAX
            && let Some(request) = pending.forgotten.pop_first()
        {
            load.forgotten.push(request);
        }
        load
    }

    /// Notes again what did not arrive.
    fn put_back(&self, changed: &[RequestId], forgotten: &[RequestId]) {
        self.add(changed);
        let mut pending = self.pending();
        for request in forgotten {
            pending.forget(*request);
        }
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pending {
    fn note(&mut self, request: RequestId) {
        if self.changed.len() < CHANGED_MAX || self.changed.contains(&request) {
            self.changed.insert(request);
        } else {
            self.forget(request);
        }
    }

    fn forget(&mut self, request: RequestId) {
        if self.forgotten.len() < FORGOTTEN_MAX {
            self.forgotten.insert(request);
        } else {
            self.lost += 1;
        }
    }
}

/// Tells the edge at this address of all that changes, until the server stops.
pub(crate) async fn run(app: App, client: Client, edge: String) {
    let (address, key) = (format!("{}{PATH}", edge.trim_end_matches('/')), key(&app.secret));
    let mut trouble = PAUSE;
    loop {
        tokio::select! {
            () = sleep(trouble) => {}
            () = app.stopping.cancelled() => return,
        }
        let Some(outbox) = app.watching.outbox() else { return };
        if app.desk.state() != State::Leading {
            continue;
        }
        let load = outbox.take();
        if load.changed.is_empty() && load.forgotten.is_empty() {
            trouble = PAUSE;
            continue;
        }
        match tell(&app, &client, (address.as_str(), &key), &load).await {
            Ok(left) => {
                outbox.put_back(left, &[]);
                trouble = PAUSE;
            }
            Err(error) => {
                outbox.put_back(&load.changed, &load.forgotten);
                trouble = (trouble * 2).clamp(TROUBLE_PAUSE_FIRST, TROUBLE_PAUSE_LONGEST);
                let lost = std::mem::take(&mut outbox.pending().lost);
                tracing::warn!(%error, lost, again_in = ?trouble, "the edge could not be told of changes");
            }
        }
    }
}

/// Makes a client for the edge.
pub(crate) fn client() -> Result<Client, reqwest::Error> {
    // A second installation of the same provider is refused, and does not matter.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(DELIVERY_WAIT).build()
}

/// Tells of a load; gives back what did not fit.
async fn tell<'l>(
    app: &App,
    client: &Client,
    (address, key): (&str, &[u8; sign::KEY_BYTES]),
    load: &'l Load,
) -> Result<&'l [RequestId], PushError> {
    let (batch, told) = batch(app, load).await?;
    let body = batch.write();
    let signature = sign::sign(key, app.clock.now().timestamp(), &body);
    let call =
        client.post(address).header(header::CONTENT_TYPE, "application/json").header(SIGNATURE_HEADER, signature);
    let response = call.body(body).send().await.map_err(reqwest::Error::without_url)?;
    if !response.status().is_success() {
        return Err(PushError::Refused(response.status()));
    }
    Ok(&load.changed[told..])
}

/// Looks at the requests, all at one turn of the desk, and writes down how they stand: as many as fit.
async fn batch(app: &App, load: &Load) -> Result<(Batch, usize), Unavailable> {
    let requests = load.changed.clone();
    let look = move |desk: &Desk, now| -> Vec<(RequestId, Option<Standing>)> {
        requests.into_iter().map(|request| (request, Standing::of(desk, request, now))).collect()
    };
    let (sequence, found) = app.desk.read_numbered(look).await?;
    let forget = |request: &RequestId| Change::forget(request.to_string(), sequence);
    let (mut changes, mut bytes) = (Vec::with_capacity(found.len() + load.forgotten.len()), 0);
    for (request, standing) in &found {
        if bytes > BYTES_MAX {
            break;
        }
        let told = match standing {
            Some(standing) => standing.told(app).await,
            None => None,
        };
        bytes += told.as_ref().and_then(Told::body).map_or(0, str::len);
        changes.push(match told {
            Some(told) => Change { request: request.to_string(), sequence, told: Some(told) },
            None => forget(request),
        });
    }
    let told = changes.len();
    changes.extend(load.forgotten.iter().map(forget));
    Ok((Batch::of(changes), told))
}

/// How a request stands.
struct Standing {
    kind: Kind,
    seen: Seen,
    gone_at: i64,
}

impl Standing {
    fn of(desk: &Desk, request: RequestId, now: Timestamp) -> Option<Self> {
        let (record, _) = desk.request(request)?;
        let (kind, gone_at) = (record.request.kind(), record.progress.expires.as_seconds());
        Some(Self { kind, seen: Seen::of(desk, kind, request, now)?, gone_at })
    }

    /// In the edge's words; what cannot be told is asked for.
    async fn told(&self, app: &App) -> Option<Told> {
        let body = match self.seen.body(app).await {
            Ok(body) => body,
            Err(error) => {
                tracing::error!(%error, "a request cannot be told to the edge");
                return None;
            }
        };
        let (kind, check, status) = match self.kind {
            Kind::Image => (throng_policy::Kind::Image, Some(body), None),
            Kind::Text => (throng_policy::Kind::Text, None, Some(body)),
            Kind::Alchemy => (throng_policy::Kind::Alchemy, None, Some(body)),
        };
        Some(Told { kind, check, status, done: self.seen.is_done(), gone_at: self.gone_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> RequestId {
        RequestId(uuid::Uuid::from_u128(number as u128))
    }

    #[test]
    fn what_changes_again_before_it_is_told_is_told_once() {
        let outbox = Outbox::default();
        outbox.add(&[id(2), id(1)]);
        outbox.add(&[id(1)]);
        assert_eq!(outbox.take(), Load { changed: vec![id(1), id(2)], forgotten: Vec::new() });
        assert_eq!(outbox.take(), Load::default());
        outbox.put_back(&[id(1)], &[id(3)]);
        assert_eq!(outbox.take(), Load { changed: vec![id(1)], forgotten: vec![id(3)] });
    }

    #[test]
    fn a_full_outbox_makes_the_edge_forget_and_then_notes_nothing_more() {
        let outbox = Outbox::default();
        let all: Vec<RequestId> = (0..CHANGED_MAX + FORGOTTEN_MAX + 3).map(id).collect();
        outbox.add(&all);
        outbox.add(&all[..1]);
        assert_eq!(outbox.count(), CHANGED_MAX + FORGOTTEN_MAX);
        assert_eq!(outbox.pending().lost, 3);
        let mut loads = 0;
        while outbox.count() > 0 {
            let load = outbox.take();
            assert!(load.changed.len() + load.forgotten.len() <= CHANGES_MAX);
            loads += 1;
        }
        assert_eq!(loads, (CHANGED_MAX + FORGOTTEN_MAX) / CHANGES_MAX);
    }
}
