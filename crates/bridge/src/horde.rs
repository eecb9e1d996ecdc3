//! The network seam: what the loop asks of the server, and what can go wrong there.

use std::collections::BTreeMap;
use std::time::Duration;

use throng_api::ReturnCode;

use crate::offer::Offer;
use crate::outcome::Submission;
use crate::task::Popped;

/// The server, as a worker sees it. Each call is one try with a time limit of its own; the loop repeats.
pub trait Horde {
    /// Asks for a job.
    async fn pop(&self, offer: &Offer) -> Result<Pop, HordeError>;

    /// Sends a result or a fault; answers with the kudos earned.
    async fn submit(&self, submission: &Submission) -> Result<f64, HordeError>;

    /// Puts an encoded picture where the pop said.
    async fn upload(&self, address: &str, webp: &[u8]) -> Result<(), HordeError>;

    /// Fetches a source picture.
    async fn fetch(&self, address: &str) -> Result<Vec<u8>, HordeError>;

    /// Tells whose key this is.
    async fn find_user(&self) -> Result<Account, HordeError>;

    /// Waits until the server says that there may be work for one of these offers; for ever where it does not say such
    /// things. What was said while nobody waited is not forgotten. Given up and called again at any time.
    async fn woken(&self, offers: &[Offer]) {
        let _ = offers;
        std::future::pending::<()>().await;
    }

    /// Whether the server would say at this moment that there is work: then the loop asks seldom by itself.
    fn is_listening(&self) -> bool {
        false
    }
}

/// The answer to a pop.
#[derive(Debug, Clone, PartialEq)]
pub struct Pop {
    /// The job, if there is one.
    pub popped: Option<Popped>,
    /// Jobs not given, by reason, when there is none.
    pub skipped: BTreeMap<String, u64>,
    /// What the operators want this worker's owner to read.
    pub messages: Vec<String>,
}

/// Whose key it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// `name#number`.
    pub username: String,
    /// The balance.
    pub kudos: f64,
}

/// Why a call did not succeed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum HordeError {
    /// No answer came.
    #[error("no answer: {0}")]
    Network(String),
    /// The server asks for patience (429, 503).
    #[error("the server asks for patience ({status}): {message}")]
    Busy {
        /// The status code.
        status: u16,
        /// What it said.
        message: String,
        /// How long to wait, if it said so.
        retry_after: Option<Duration>,
    },
    /// The server failed (other 5xx).
    #[error("the server failed ({status}): {message}")]
    Server {
        /// The status code.
        status: u16,
        /// What it said.
        message: String,
    },
    /// The server said no (4xx).
    #[error("{message} ({status})")]
    Refused {
        /// The status code.
        status: u16,
        /// The return code, if it is a known one.
        code: Option<ReturnCode>,
        /// What it said.
        message: String,
    },
    /// The answer made no sense.
    #[error("the answer could not be read: {0}")]
    Unreadable(String),
}

impl HordeError {
    /// Whether the same call may succeed later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Network(_) | Self::Busy { .. } | Self::Server { .. } | Self::Unreadable(_) => true,
            // A request that took too long to arrive (408) or came too early (425) says nothing about the request.
            Self::Refused { status, .. } => matches!(status, 408 | 425),
        }
    }

    /// How long the server asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
