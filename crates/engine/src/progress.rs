//! How a running job tells its caller where it is, and how the caller stops it.

/// How far a job has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Steps (or tokens) finished so far, counted over all pictures of the job.
    pub step: usize,
    /// Steps (or tokens) there will be at most.
    pub of: usize,
}

/// What the caller wants after looking at a [`Progress`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    Continue,
    /// Stop as soon as possible; the job ends with [`crate::EngineError::Stopped`].
    Stop,
}
