//! Events → rows, one transaction a batch. Every effect is keyed, so that a batch can be sent again when nobody knows whether it arrived.
//! Here: the fence, the order of the statements, what to do when the database falters. Not here: which rows (`journal/rows.rs`),
//! the statements (`journal/write.rs`), when a batch is due (`desk/task.rs`).

mod rows;
mod write;

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::Connection as _;
use sqlx::postgres::PgConnectOptions;
use throng_domain::{Event, Timestamp};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use self::rows::Rows;
use crate::desk::{Meter, State};
use crate::leader::{Lead, LeadError};

/// A batch that takes longer than this is taken for lost: a thousand acts take milliseconds, and a disk that needs more is broken.
const WRITE_WAIT_MAX: Duration = Duration::from_secs(20);

/// How long a batch is kept while the database is away: recovery after a crash took up to nine seconds on a loaded machine.
const TROUBLE_WAIT_MAX: Duration = Duration::from_mins(1);

/// Pause between two tries.
const TROUBLE_PAUSE: Duration = Duration::from_millis(100);

/// Why a batch was given up.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Somebody else leads: nothing of ours may be written.
    #[error("another server has taken the lead")]
    Deposed,
    /// The database stayed away for too long.
    #[error("the database stayed away: {0}")]
    Lost(String),
    /// The database refused the rows: memory and tables disagree, and the tables win.
    #[error("the database refused the batch: {0}")]
    Rejected(sqlx::Error),
}

/// What an error of the database asks for.
enum Trouble {
    /// The same again, on the same connection.
    Again(String),
    /// The connection is gone, or not to be trusted.
    Broken(String),
    /// Nobody can help.
    Final(JournalError),
}

/// Writes batches under one lead.
#[derive(Debug)]
pub struct Journal {
    lead: Lead,
    options: PgConnectOptions,
    report: Option<(watch::Sender<State>, Arc<Meter>)>,
}

impl Journal {
    /// Writes under this lead; `options` find the database again when the connection is lost.
    pub fn new(lead: Lead, options: PgConnectOptions) -> Self {
        Self { lead, options, report: None }
    }

    /// Tells under which epoch it writes.
    pub(crate) fn epoch(&self) -> i64 {
        self.lead.epoch()
    }

    /// Tells others when it stalls and when it goes on.
    pub(crate) fn reporting(mut self, state: watch::Sender<State>, meter: Arc<Meter>) -> Self {
        self.report = Some((state, meter));
        self
    }

    /// Writes one batch; when this returns, it is durable.
    pub async fn write(&mut self, events: &[Event], at: Timestamp) -> Result<(), JournalError> {
        let rows = Rows::of(events);
        let begun = Instant::now();
        let mut stalled = false;
        loop {
            let trouble = match timeout(WRITE_WAIT_MAX, self.try_write(&rows, at)).await {
                Ok(Ok(())) => {
                    if stalled {
                        self.tell(State::Leading);
                        tracing::info!(took = ?begun.elapsed(), "the database is back");
                    }
                    return Ok(());
                }
                Ok(Err(trouble)) => trouble,
                Err(_) => Trouble::Broken("no answer".to_owned()),
            };
            let reason = match trouble {
                Trouble::Again(reason) => reason,
                Trouble::Broken(reason) => {
                    if !stalled {
                        // Nothing is admitted while nobody knows how this ends.
                        self.tell(State::Stalled);
                        stalled = true;
                    }
                    self.retake(reason).await?
                }
                Trouble::Final(error) => return Err(error),
            };
            if begun.elapsed() > TROUBLE_WAIT_MAX {
                return Err(JournalError::Lost(reason));
            }
            tracing::warn!(reason, "the batch is written again");
            sleep(TROUBLE_PAUSE).await;
        }
    }

    async fn try_write(&mut self, rows: &Rows, at: Timestamp) -> Result<(), Trouble> {
        let ours = self.lead.epoch();
        let mut transaction = self.lead.connection.begin().await?;
        if write::epoch(&mut transaction).await? != ours {
            return Err(Trouble::Final(JournalError::Deposed));
        }
        write::rows(&mut transaction, rows, at).await?;
        Ok(transaction.commit().await?)
    }

    /// Finds the database again and takes the same lead, if nobody has led since: then the batch may be sent again.
    async fn retake(&mut self, reason: String) -> Result<String, JournalError> {
        tracing::warn!(reason, "the writer's connection is lost: looking for the database");
        match timeout(WRITE_WAIT_MAX, self.lead.retake(&self.options)).await {
            Ok(Ok(())) => {
                if let Some((_, meter)) = &self.report {
                    meter.retook();
                }
                Ok(reason)
            }
            Ok(Err(LeadError::Deposed)) => Err(JournalError::Deposed),
            // Not yet: the next try fails on the old connection and comes back here, until the patience is used up.
            Ok(Err(LeadError::Database(error))) => Ok(error.to_string()),
            Err(_) => Ok(reason),
        }
    }

    fn tell(&self, state: State) {
        if let Some((sender, _)) = &self.report {
            sender.send_replace(state);
        }
    }

    /// Gives the lead back.
    pub async fn close(self) -> Result<(), sqlx::Error> {
        self.lead.release().await
    }
}

impl From<sqlx::Error> for Trouble {
    fn from(error: sqlx::Error) -> Self {
        let code =
            error.as_database_error().and_then(sqlx::error::DatabaseError::code).map(std::borrow::Cow::into_owned);
        match code.as_deref() {
            // Serialisation failures, deadlocks, full disks and exhausted memory pass; the transaction was rolled back.
            Some("40001" | "40P01" | "55P03") => Self::Again(error.to_string()),
            Some(code) if code.starts_with("53") => Self::Again(error.to_string()),
            // The server goes down, comes up, or lost itself.
            Some("25P03" | "57P01" | "57P02" | "57P03" | "57P05") => Self::Broken(error.to_string()),
            Some(code) if code.starts_with("08") || code.starts_with("58") => Self::Broken(error.to_string()),
            Some(_) => Self::Final(JournalError::Rejected(error)),
            None => match error {
                // Our own mistakes: no connection is to blame.
                sqlx::Error::Encode(_)
                | sqlx::Error::Decode(_)
                | sqlx::Error::ColumnDecode { .. }
                | sqlx::Error::RowNotFound => Self::Final(JournalError::Rejected(error)),
                error => Self::Broken(error.to_string()),
            },
        }
    }
}
