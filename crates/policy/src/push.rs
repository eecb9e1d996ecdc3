//! What the server tells the edge: changes of requests, some at a time, and that there is work. Changes at least once,
//! newest last: one that is told again, or too late, is recognised by its number (`latest.rs`). Work at most once:
//! whoever is not woken asks now and then. That it is the server who speaks is in `sign.rs`.

use serde::{Deserialize, Serialize};

/// Where the edge is told.
pub const PATH: &str = "/edge/changes";

/// Changes told at once: a batch of checks stays below a tenth of a megabyte.
pub const CHANGES_MAX: usize = 500;

/// Bytes of bodies in one batch, but for the last one: texts are longer than checks, and the edge has to hold all of it.
pub const BYTES_MAX: usize = 2 * 1024 * 1024;

/// Bytes of the longest body that is told: what is longer is asked for. Escaped twice it is still less than the two
/// megabytes that an object can keep.
pub const BODY_BYTES_MAX: usize = 512 * 1024;

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Pictures.
    Image,
    /// Texts.
    Text,
    /// Forms of a picture.
    Alchemy,
}

impl Kind {
    /// Every kind, in a fixed order.
    pub const ALL: [Self; 3] = [Self::Image, Self::Text, Self::Alchemy];

    /// The word for it, in paths and in events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Text => "text",
            Self::Alchemy => "alchemy",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Some changes, and where there is work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// The number of the look that it was written at: later batches have higher ones.
    pub sequence: u64,
    /// At most one for each request.
    pub changes: Vec<Change>,
    /// At most one for each model of a kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub work: Vec<NewWork>,
}

/// There is work for whoever serves a model. The server looks after it: what nobody took is told again, a second later,
/// and then for more jobs than there are, so that more are woken (`wake.rs`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewWork {
    /// Of which kind.
    pub kind: Kind,
    /// The model, or the form; none where any will do, or where there are too many to be named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// For how many jobs somebody should be woken.
    pub jobs: u32,
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
    /// Until when this may be repeated, in seconds since 1970: then the request is forgotten, or links in it hold no more.
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
    /// Puts together what was seen at the look of this number.
    pub fn of(sequence: u64, changes: Vec<Change>, work: Vec<NewWork>) -> Self {
        Self { sequence, changes, work }
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
        let batch = Batch::of(u64::MAX - 1, vec![told, Change::forget("s".to_owned(), 7)], Vec::new());
        assert_eq!(Batch::read(&batch.write()), Some(batch));
        assert_eq!(Batch::read(b"{}"), None);
    }

    #[test]
    fn a_batch_may_hold_work_alone_and_say_nothing_of_it() {
        let work = |model: Option<&str>| NewWork { kind: Kind::Text, model: model.map(str::to_owned), jobs: 2 };
        let batch = Batch::of(7, Vec::new(), vec![work(Some("fables")), work(None)]);
        assert_eq!(
            batch.write(),
            br#"{"sequence":7,"changes":[],"work":[{"kind":"text","model":"fables","jobs":2},{"kind":"text","jobs":2}]}"#
        );
        assert_eq!(Batch::read(&batch.write()), Some(batch));
        let none = Batch::read(br#"{"sequence":7,"changes":[]}"#);
        assert_eq!(none, Some(Batch::of(7, Vec::new(), Vec::new())));
    }

    #[test]
    fn kinds_are_read_as_they_are_written() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{}\"", kind.as_str()));
        }
        assert_eq!(Kind::parse("dreams"), None);
    }
}
