//! Watching instead of polling. Whoever watches a request, or waits for work, is woken once a batch that concerns them
//! is durable; nothing is spent on anything that nobody watches. Kept in the leading server's memory: who loses their
//! stream comes back, to whoever leads then.
//!
//! A watched request has one task that looks at it (`feed.rs`) and any number of watchers who are told (`stream.rs`);
//! how many there may be is in `crowd.rs`. Workers who wait for work are in `sleepers.rs`; the edge is told the same by
//! `push.rs`, out of `outbox.rs`. Not here: what an event is (`throng_policy::event`), the paths (`routes/watch.rs`, `routes/wake.rs`).

pub(crate) mod crowd;
mod feed;
pub(crate) mod outbox;
pub(crate) mod push;
mod seen;
pub(crate) mod sleepers;
pub(crate) mod stream;
mod work;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use throng_domain::desk::restore::JobState;
use throng_domain::{Desk, Event, Kind, RequestId};
use throng_policy::event::HEARTBEAT_SECONDS;
use tokio::sync::{Notify, watch};

use self::crowd::{Crowd, Full, Seat};
use self::outbox::Outbox;
use self::sleepers::{Entered, Sleepers};
use crate::app::App;
use crate::desk::Unavailable;
use crate::secret::Secret;

/// How often somebody who is told nothing else is told that the stream is alive.
const HEARTBEAT: Duration = Duration::from_secs(HEARTBEAT_SECONDS);

/// Watchers of requests in all: all of them may look at once, and leave half of the desk's queue to others.
const WATCHERS_MAX: usize = 8_000;

/// Watchers of requests at one address: a service that awaits more than this at once looks now and then instead.
const WATCHERS_PER_ADDRESS_MAX: usize = 200;

/// A request, as what it is watched. Whoever takes a text for a picture watches nothing.
type Which = (RequestId, Kind);

/// The key that the edge knows this server by, as it is given to the edge.
pub fn edge_key(secret: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(push::key(secret))
}

/// All who watch. Cheap to clone: all clones are the same.
#[derive(Debug, Clone)]
pub struct Watching(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    requests: Mutex<HashMap<Which, Arc<Watched>>>,
    /// How many there are, to be read after every batch without waiting for anybody.
    watched: AtomicUsize,
    watchers: Crowd,
    sleepers: Sleepers,
    outbox: Option<Outbox>,
}

/// A request that is watched.
#[derive(Debug)]
struct Watched {
    /// It was changed.
    changed: Notify,
    said: watch::Sender<Word>,
}

/// What watchers of a request are told.
#[derive(Debug, Clone)]
pub(crate) enum Word {
    /// Nobody has looked yet.
    Wait,
    /// How it stands.
    News(Arc<News>),
    /// There is no such request, or not any more.
    Gone,
    /// The desk takes nothing now.
    Lost(Unavailable),
}

/// How a request stands.
#[derive(Debug)]
pub(crate) struct News {
    /// The number of the look.
    pub(crate) sequence: u64,
    /// The very JSON that a look answers.
    pub(crate) body: String,
    /// Nothing more will come.
    pub(crate) done: bool,
}

impl Watching {
    /// Nobody watches yet. Whether the edge is told of all changes is known from the start.
    pub fn new(tells_edge: bool) -> Self {
        Self(Arc::new(Inner {
            requests: Mutex::default(),
            watched: AtomicUsize::new(0),
            watchers: Crowd::new(WATCHERS_MAX, WATCHERS_PER_ADDRESS_MAX),
            sleepers: Sleepers::new(tells_edge),
            outbox: tells_edge.then(Outbox::default),
        }))
    }

    /// Takes a place among the watchers.
    pub(crate) fn enter(&self, address: IpAddr) -> Result<Seat, Full> {
        self.0.watchers.enter(address)
    }

    /// Whoever waits for work.
    pub(crate) fn sleepers(&self) -> &Sleepers {
        &self.0.sleepers
    }

    /// What the edge is to be told, if there is one.
    pub(crate) fn outbox(&self) -> Option<&Outbox> {
        self.0.outbox.as_ref()
    }

    /// Tells how many watch a request, and how many wait for work.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.0.watchers.count(), self.0.sleepers.count())
    }

    /// Watches a request. The first word that is not [`Word::Wait`] says whether there is one.
    pub(crate) fn watch(&self, app: &App, kind: Kind, request: RequestId) -> watch::Receiver<Word> {
        let which = (request, kind);
        let mut requests = self.requests();
        if let Some(watched) = requests.get(&which) {
            return watched.said.subscribe();
        }
        let (said, heard) = watch::channel(Word::Wait);
        let watched = Arc::new(Watched { changed: Notify::new(), said });
        // It is in the table before anybody looks: no change can fall between the look and the table.
        requests.insert(which, Arc::clone(&watched));
        self.0.watched.store(requests.len(), Ordering::Release);
        drop(requests);
        tokio::spawn(feed::run(app.clone(), which, watched));
        heard
    }

    /// Forgets a request that nobody looks at any more.
    fn forget(&self, which: Which, watched: &Arc<Watched>) {
        let mut requests = self.requests();
        if requests.get(&which).is_some_and(|known| Arc::ptr_eq(known, watched)) {
            requests.remove(&which);
            self.0.watched.store(requests.len(), Ordering::Release);
        }
    }

    fn requests(&self) -> MutexGuard<'_, HashMap<Which, Arc<Watched>>> {
        self.0.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A server begins to lead: what was durable before and not told is told now, and nobody knows what that was.
    pub(crate) fn begin(&self, desk: &Desk) {
        self.0.sleepers.wake_all();
        if let Some(outbox) = &self.0.outbox {
            outbox.add_all(desk.request_ids());
        }
    }

    /// Learns from events that are durable. `desk` has applied them, and maybe more.
    pub(crate) fn learn(&self, events: &[Event], desk: &Desk) {
        let inner = &*self.0;
        let is_watched = inner.watched.load(Ordering::Acquire) > 0;
        let anybody_sleeps = inner.sleepers.count() > 0;
        if events.is_empty() || !is_watched && !anybody_sleeps && inner.outbox.is_none() {
            return;
        }
        let mut changed: Vec<RequestId> = events.iter().filter_map(request_of).collect();
        changed.sort_unstable();
        changed.dedup();
        if is_watched {
            let requests = self.requests();
            for request in &changed {
                for kind in Kind::ALL {
                    if let Some(watched) = requests.get(&(*request, kind)) {
                        watched.changed.notify_one();
                    }
                }
            }
        }
        if anybody_sleeps || inner.outbox.is_some() {
            let entered = entered(events, desk);
            inner.sleepers.wake(&entered);
            if let Some(outbox) = &inner.outbox {
                outbox.add(&changed);
                outbox.add_work(entered.iter().map(|entered| (&entered.wish, entered.jobs)));
            }
        }
    }
}

/// The request that an event changes, as its requester sees it.
fn request_of(event: &Event) -> Option<RequestId> {
    match event {
        Event::RequestAdmitted(record) => Some(record.id),
        Event::RequestProgressed { request, .. } | Event::RequestForgotten { request, .. } => Some(*request),
        Event::JobSaved(job) => Some(job.id.request),
        _ => None,
    }
}

/// The requests of which jobs entered the queue.
fn entered(events: &[Event], desk: &Desk) -> Vec<Entered> {
    let mut entered: Vec<(RequestId, usize)> = Vec::new();
    for event in events {
        let Event::JobSaved(job) = event else { continue };
        if job.state != JobState::Waiting {
            continue;
        }
        // Jobs of one request come together.
        match entered.last_mut() {
            Some((request, count)) if *request == job.id.request => *count += 1,
            _ => entered.push((job.id.request, 1)),
        }
    }
    entered.into_iter().filter_map(|(request, jobs)| Entered::of(desk, request, jobs)).collect()
}
