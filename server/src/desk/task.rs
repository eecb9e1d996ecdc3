//! The task that owns the desk: take all that waits → apply → hand one batch to the writer → answer when it is committed → repeat.
//! While one batch is being committed the next is applied, so the disk never waits for us nor we for the disk.
//! Not here: how events become rows (`journal.rs`), who may lead (`leader.rs`).

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use throng_domain::desk::Settings;
use throng_domain::desk::restore::KeyHash;
use throng_domain::{Desk, Event, Timestamp};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Act, Answer, Chance, DeskHandle, Meter, QUEUE_ACTS_MAX, State, Turn};
use crate::board::Board;
use crate::clock::{Clock, Ids};
use crate::journal::{Journal, JournalError};
use crate::keys::KeyRing;
use crate::leader::{Claim, Lead};
use crate::models::{KnownModels, Table};
use crate::rebuild::{self, RebuildError};
use crate::store::setup;
use crate::watching::Watching;

/// Acts in one transaction: more make each answer wait longer without making the batch cheaper per act.
const BATCH_ACTS_MAX: usize = 1_024;

/// Pause before the lead is sought again after the database failed.
const RELEAD_PAUSE: Duration = Duration::from_secs(1);

/// Acts are numbered within an epoch, so that a later leader's numbers are higher without anything being written down: there is room for
/// twenty thousand acts a second for 27 years of one leader, and for a million leaders.
const BITS_OF_AN_EPOCH: u32 = 44;

/// What the task needs from outside.
#[derive(Debug)]
pub struct DeskTask {
    /// Where the database is.
    pub options: PgConnectOptions,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub ids: Arc<Ids>,
    /// The keys of users, filled at each rebuild.
    pub keys: KeyRing,
    /// What many calls need to know, filled at each rebuild.
    pub board: Board,
    /// What is known of models, filled at each rebuild.
    pub models: KnownModels,
    /// Whoever watches requests or waits for work: told of what is durable.
    pub watching: Watching,
    /// What the key of the anonymous user hashes to.
    pub anonymous_key: KeyHash,
    /// The rules' own settings.
    pub settings: Settings,
    /// How this server is called in the table of leaders, and where others reach it.
    pub claim: Claim,
    /// Told where the leader is reached while it is another server.
    pub leader: watch::Sender<String>,
    /// Cancelled when the desk shall write what it has and stop.
    pub stop: CancellationToken,
}

/// What has been applied and waits to be written.
#[derive(Default)]
struct Batch {
    events: Vec<Event>,
    answers: Vec<Answer>,
    at: Timestamp,
}

impl Batch {
    fn answer(&mut self, task: &DeskTask, desk: &Desk) {
        task.keys.learn(&self.events);
        task.board.learn(&self.events);
        task.watching.learn(&self.events, desk);
        for answer in self.answers.drain(..) {
            answer();
        }
    }
}

/// Why a reign did not begin.
#[derive(Debug, thiserror::Error)]
enum BeginError {
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Rebuild(#[from] RebuildError),
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// How a reign ended.
enum End {
    Stopped,
    Lost,
}

/// One batch on its way to the disk, with the writer that carries it.
type Writing = JoinHandle<(Journal, Batch, Result<(), JournalError>)>;

/// Waits for the batch on its way; for ever if there is none.
async fn written(writing: &mut Option<Writing>) -> Option<(Journal, Batch, Result<(), JournalError>)> {
    match writing {
        Some(handle) => {
            let done = handle.await;
            *writing = None;
            // A panic in the writer loses the batch: the same as losing the connection.
            done.ok()
        }
        None => std::future::pending().await,
    }
}

impl DeskTask {
    /// Starts the task; returns the way to it.
    pub fn start(self) -> (DeskHandle, JoinHandle<()>) {
        let (queue, acts) = mpsc::channel(QUEUE_ACTS_MAX);
        let (told, state) = watch::channel(State::Standby);
        let meter = Arc::new(Meter::default());
        let handle = DeskHandle::new(queue, state, Arc::clone(&meter));
        (handle, tokio::spawn(self.run(acts, told, meter)))
    }

    async fn run(self, mut acts: mpsc::Receiver<Act>, state: watch::Sender<State>, meter: Arc<Meter>) {
        let stop = self.stop.clone();
        loop {
            let begin = async {
                state.send_replace(State::Standby);
                let lead = Lead::take(&self.options, &self.claim, || self.clock.now(), &self.leader).await?;
                state.send_replace(State::Rebuilding);
                self.begin(lead).await
            };
            let begun = tokio::select! {
                begun = begin => begun,
                () = stop.cancelled() => break,
            };
            match begun {
                Ok((journal, desk)) => {
                    let journal = journal.reporting(state.clone(), Arc::clone(&meter));
                    self.watching.begin(&desk);
                    state.send_replace(State::Leading);
                    if let End::Stopped = self.reign(journal, desk, &mut acts, &meter).await {
                        break;
                    }
                    state.send_replace(State::Standby);
                    // Whoever still waits is told that the outcome is unknown.
                    while acts.try_recv().is_ok() {}
                }
                Err(error) => tracing::error!(%error, "cannot take the lead: trying again"),
            }
            tokio::select! {
                () = tokio::time::sleep(RELEAD_PAUSE) => {}
                () = stop.cancelled() => break,
            }
        }
        state.send_replace(State::Stopped);
    }

    /// Reads the desk from the tables; in a fresh house, writes down the anonymous user.
    async fn begin(&self, lead: Lead) -> Result<(Journal, Desk), BeginError> {
        let begun = Instant::now();
        // Nobody else writes while this server leads, so another connection sees all there is.
        let mut reader = setup::connection(&self.options).await?;
        let records = rebuild::records(&mut reader).await?;
        self.keys.fill(&records.users);
        self.board.fill(&records);
        let (users, requests) = (records.users.len(), records.requests.len());
        let table = Table::read(&mut reader).await?;
        let known = self.models.with(&table);
        self.models.set(Arc::clone(&known), table);
        let mut desk = Desk::restore(Settings { models: known, ..self.settings.clone() }, records);
        let mut opened = Vec::new();
        let now = self.now();
        desk.open(self.anonymous_key, now, &mut opened);
        tracing::info!(epoch = lead.epoch(), users, requests, took = ?begun.elapsed(), "leading: the desk is rebuilt");
        let mut journal = Journal::new(lead, self.options.clone());
        if !opened.is_empty() {
            journal.write(&opened, now).await?;
            self.keys.learn(&opened);
        }
        Ok((journal, desk))
    }

    fn now(&self) -> Timestamp {
        Timestamp(self.clock.now().timestamp_micros())
    }

    /// Rules until told to stop or until the database is lost.
    async fn reign(&self, journal: Journal, mut desk: Desk, acts: &mut mpsc::Receiver<Act>, meter: &Arc<Meter>) -> End {
        let mut pending = Batch::default();
        let mut sequence = journal.epoch().unsigned_abs() << BITS_OF_AN_EPOCH;
        let mut idle = Some(journal);
        let mut writing: Option<Writing> = None;
        let mut taken = Vec::with_capacity(BATCH_ACTS_MAX);
        let mut open = true;
        loop {
            if let Some(journal) = idle.take() {
                if pending.events.is_empty() {
                    // All that these answers show is durable already.
                    pending.answer(self, &desk);
                    if !open {
                        let _ = journal.close().await;
                        return End::Stopped;
                    }
                    idle = Some(journal);
                } else {
                    writing = Some(tokio::spawn(write(journal, std::mem::take(&mut pending), Arc::clone(meter))));
                }
            }
            let room = BATCH_ACTS_MAX - pending.answers.len();
            tokio::select! {
                done = written(&mut writing) => match done {
                    Some((journal, mut batch, Ok(()))) => {
                        batch.answer(self, &desk);
                        idle = Some(journal);
                    }
                    Some((_, _, Err(error))) => {
                        tracing::error!(%error, "the journal could not be written: the desk is given up and read anew");
                        return End::Lost;
                    }
                    None => {
                        tracing::error!("the writer ended abruptly: the desk is given up and read anew");
                        return End::Lost;
                    }
                },
                count = acts.recv_many(&mut taken, room), if open && room > 0 => {
                    open = count > 0;
                    self.apply(&mut desk, &mut taken, &mut pending, &mut sequence, meter);
                }
                () = self.stop.cancelled(), if open && !acts.is_closed() => acts.close(),
            }
        }
    }

    fn apply(&self, desk: &mut Desk, taken: &mut Vec<Act>, pending: &mut Batch, sequence: &mut u64, meter: &Meter) {
        let begun = Instant::now();
        let count = taken.len();
        let now = self.now();
        pending.at = now;
        for act in taken.drain(..) {
            *sequence += 1;
            let (ids, events) = (Chance(&self.ids), &mut pending.events);
            let mut turn = Turn { desk, now, sequence: *sequence, ids, events };
            pending.answers.push(act(&mut turn));
        }
        meter.applied(count, begun.elapsed());
    }
}

async fn write(mut journal: Journal, batch: Batch, meter: Arc<Meter>) -> (Journal, Batch, Result<(), JournalError>) {
    let begun = Instant::now();
    let outcome = journal.write(&batch.events, batch.at).await;
    meter.wrote(batch.events.len(), begun.elapsed());
    (journal, batch, outcome)
}
