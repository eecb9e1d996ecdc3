//! Telling the edge: how requests stand that were changed, some at a time, signed, at least once, because whoever begins
//! to lead tells of all there are; and where there is new work, at most once. Not here: what is to be told
//! (`outbox.rs`), in which form (`throng_policy::push`).

use std::time::Duration;

use http::header;
use reqwest::Client;
use throng_api::webhooks::SIGNATURE_HEADER;
use throng_domain::{Desk, Kind, RequestId, Timestamp};
use throng_policy::push::{BODY_BYTES_MAX, BYTES_MAX, PATH};
use throng_policy::{Batch, Change, Told, sign};
use tokio::time::{Instant, sleep_until};

use super::outbox::Load;
use super::seen::Seen;
use super::work;
use crate::app::App;
use crate::desk::Unavailable;
use crate::images::links::VALID;
use crate::metrics;
use crate::secret::Secret;

/// From one telling to the next: what changes after a quiet time is told at once, and a busy house tells dozens together.
const PAUSE: Duration = Duration::from_millis(50);

/// The pause after a failure; it doubles with each further one ...
const TROUBLE_PAUSE_FIRST: Duration = Duration::from_secs(1);

/// ... up to this.
const TROUBLE_PAUSE_LONGEST: Duration = Duration::from_secs(30);

/// Requests looked at in one turn of the desk: some looks go through all workers, and whoever works waits behind them.
const LOOKS_AT_ONCE: usize = 25;

/// How long the edge has to take a batch.
const DELIVERY_WAIT: Duration = Duration::from_secs(10);

/// For how long the edge may repeat an answer that holds links: half of what they hold, so that whoever is given one has
/// time to use it.
const LINKS_REPEATED: Duration = Duration::from_secs(VALID.as_secs() / 2);

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

/// Tells the edge at this address of all that changes, until the server stops.
pub(crate) async fn run(app: App, client: Client, edge: String) {
    let (address, key) = (format!("{}{PATH}", edge.trim_end_matches('/')), key(&app.secret));
    let Some(outbox) = app.watching.outbox() else { return };
    let mut trouble = Duration::ZERO;
    loop {
        let due = async {
            outbox.filled().await;
            app.desk.ready().await
        };
        let leads = tokio::select! {
            leads = due => leads,
            () = app.stopping.cancelled() => false,
        };
        if !leads {
            return;
        }
        let (load, mut next) = (outbox.take(), Instant::now() + PAUSE);
        match tell(&app, &client, (address.as_str(), &key), &load).await {
            Ok(left) => {
                outbox.put_back(left, &[]);
                trouble = Duration::ZERO;
            }
            Err(error) => {
                // Work is not told again: whoever was not woken asks by themselves.
                outbox.put_back(&load.changed, &load.forgotten);
                trouble = (trouble * 2).clamp(TROUBLE_PAUSE_FIRST, TROUBLE_PAUSE_LONGEST);
                next = Instant::now() + trouble;
                let lost = outbox.lost();
                tracing::warn!(%error, lost, again_in = ?trouble, "the edge could not be told of changes");
            }
        }
        tokio::select! {
            () = sleep_until(next) => {}
            () = app.stopping.cancelled() => return,
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
    metrics::told(batch.changes.len());
    Ok(&load.changed[told..])
}

/// Looks at the requests, some at each turn of the desk, and writes down how they stand: as many as fit.
async fn batch(app: &App, load: &Load) -> Result<(Batch, usize), Unavailable> {
    let (mut changes, mut bytes) = (Vec::with_capacity(load.changed.len() + load.forgotten.len()), 0);
    for requests in load.changed.chunks(LOOKS_AT_ONCE) {
        if bytes > BYTES_MAX {
            break;
        }
        let requests = requests.to_vec();
        let look = move |desk: &Desk, now| -> Vec<(RequestId, Option<Standing>)> {
            requests.into_iter().map(|request| (request, Standing::of(desk, request, now))).collect()
        };
        let (sequence, found) = app.desk.read_numbered(look).await?;
        for (request, standing) in &found {
            let told = match standing {
                Some(standing) => standing.told(app).await,
                None => None,
            };
            let length = told.as_ref().and_then(Told::body).map_or(0, str::len);
            bytes += length;
            let told = told.filter(|_| length <= BODY_BYTES_MAX);
            changes.push(Change { request: request.to_string(), sequence, told });
        }
    }
    let told = changes.len();
    // Whatever was said before this number may not hold any more.
    let (sequence, ()) = app.desk.read_numbered(|_, _| ()).await?;
    changes.extend(load.forgotten.iter().map(|request| Change::forget(request.to_string(), sequence)));
    Ok((Batch::of(sequence, changes, load.work.clone()), told))
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
        let (kind, expires) = (record.request.kind(), record.progress.expires.as_seconds());
        // Of what is told, only what came of alchemy has links.
        let gone_at = match kind {
            Kind::Alchemy => expires.min(now.as_seconds() + LINKS_REPEATED.as_secs() as i64),
            Kind::Image | Kind::Text => expires,
        };
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
        let (check, status) = match self.kind {
            Kind::Image => (Some(body), None),
            Kind::Text | Kind::Alchemy => (None, Some(body)),
        };
        Some(Told { kind: work::told(self.kind), check, status, done: self.seen.is_done(), gone_at: self.gone_at })
    }
}
