//! How a running job tells its caller where it is, and how the caller slows it down or stops it.

use std::fmt;
use std::pin::Pin;

use crate::error::EngineError;

/// How far a job has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Steps (or tokens) finished so far, counted over all pictures of the job.
    pub step: usize,
    /// Steps (or tokens) there will be at most.
    pub of: usize,
}

/// Something to wait for. Not `Send`: in a browser nothing that waits can be.
pub type Rest = Pin<Box<dyn Future<Output = ()>>>;

/// What the caller wants after looking at a [`Progress`].
pub enum Flow {
    /// Go on.
    Continue,
    /// Go on after this: whoever lends a machine may want a share of it for themselves.
    After(Rest),
    /// Stop as soon as possible; the job ends with [`crate::EngineError::Stopped`].
    Stop,
}

impl Flow {
    /// Does what the caller wants.
    pub(crate) async fn follow(self) -> Result<(), EngineError> {
        match self {
            Self::Continue => Ok(()),
            Self::After(rest) => {
                rest.await;
                Ok(())
            }
            Self::Stop => Err(EngineError::Stopped),
        }
    }
}

impl fmt::Debug for Flow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Continue => "Continue",
            Self::After(_) => "After",
            Self::Stop => "Stop",
        })
    }
}
