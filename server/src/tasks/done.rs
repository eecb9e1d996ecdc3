//! What a turn of a task did, for the log and for whoever runs it from the command line. Not here: the tasks.

/// What a turn of a task did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// Nothing was due.
    Nothing,
    /// This.
    Did(String),
    /// It could not be done, or not all of it.
    Failed(String),
}

impl Done {
    /// Did something so many times, in words that end with what.
    pub(super) fn counted(count: u64, what: &str) -> Self {
        if count == 0 { Self::Nothing } else { Self::Did(format!("{count} {what}")) }
    }

    /// Failed while doing something.
    pub(super) fn failed(doing: &str, error: impl std::fmt::Display) -> Self {
        Self::Failed(format!("cannot {doing}: {error}"))
    }
}

impl std::fmt::Display for Done {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing was due"),
            Self::Did(what) => f.write_str(what),
            Self::Failed(why) => write!(f, "FAILED: {why}"),
        }
    }
}
