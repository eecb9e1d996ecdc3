//! What the server tells the edge: changes of requests, some at a time. At least once, newest last: a change that is
//! told again, or too late, is recognised by its number (`latest.rs`). That it is the server who speaks is in
//! `sign.rs`.

use serde::{Deserialize, Serialize};

/// Where the edge is told.
pub const PATH: &str = "/edge/changes";

/// Changes told at once: a batch of checks stays below a tenth of a megabyte.
pub const CHANGES_MAX: usize = 500;

/// Bytes of bodies in one batch, but for the last one: texts are longer than checks, and the edge has to hold all of it.
pub const BYTES_MAX: usize = 2 * 1024 * 1024;

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Pictures.
    Image,
    /// Texts.
    Text,
    /// Forms of a picture.
    Alchemy,
}

/// Some changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// The number of the newest of them.
    pub sequence: u64,
    /// At most one for each request.
    pub changes: Vec<Change>,
}

/// How a request stands now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The request, in its one spelling.
    pub request: String,
    /// The number of the look at it: whatever was seen later has a higher one, under every leader there will ever be.
    pub sequence: u64,
    /// How it stands; nothing means that the edge had better forget what it knew and ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Told>,
}

/// What is told of a request: the very bytes that the server would answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// What was asked for.
    pub kind: Kind,
    /// The answer to a check; texts and alchemy have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
    /// The answer to a status; that of pictures depends on who looks, so it is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Nothing more will come.
    pub done: bool,
    /// When the request is forgotten, in seconds since 1970.
    pub gone_at: i64,
}

impl Change {
    /// Says that what was told before may not hold any more.
    pub fn forget(request: String, sequence: u64) -> Self {
        Self { request, sequence, told: None }
    }
}

impl Told {
    /// What a watcher is told.
    pub fn body(&self) -> Option<&str> {
        self.check.as_deref().or(self.status.as_deref())
    }
}

impl Batch {
    /// Puts changes together.
    pub fn of(changes: Vec<Change>) -> Self {
        Self { sequence: changes.iter().map(|change| change.sequence).max().unwrap_or(0), changes }
    }

    /// Writes it.
    pub fn write(&self) -> Vec<u8> {
        // Numbers and texts are always JSON.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads it, after its signature was checked.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_reads_back_with_every_byte_of_its_bodies() {
        let told = Told {
            kind: Kind::Text,
            check: None,
            status: Some("{\"text\":\"a \\\"b\\\" \u{e9}\\n\"}".to_owned()),
            done: true,
            gone_at: 1_795_601_987,
        };
        let told = Change { request: "r".to_owned(), sequence: u64::MAX - 1, told: Some(told) };
        let batch = Batch::of(vec![told, Change::forget("s".to_owned(), 7)]);
        assert_eq!(batch.sequence, u64::MAX - 1);
        assert_eq!(Batch::read(&batch.write()), Some(batch));
        assert_eq!(Batch::read(b"{}"), None);
    }
}
