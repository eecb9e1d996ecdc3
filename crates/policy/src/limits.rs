//! The outer wall of rate limits: how often an address may call before the edge itself says no. The exact limits are
//! the server's; these are never tighter than all of its limits together, because a refused poll ends the job in some
//! clients. Where the counting fails, the call passes. Not here: counting.

use crate::verdict::Bucket;

/// Asking: three paths, ninety calls a minute each.
pub const ASKING: Bucket = Bucket { name: "asking", calls: 270, seconds: 60 };

/// Working: six paths, sixty calls a second each.
pub const WORKING: Bucket = Bucket { name: "working", calls: 3_600, seconds: 10 };

/// Looking at requests where the server has to be asked: ten calls a second for each request, and somebody may await as
/// many as the largest concurrency, but nobody looks at all of them every second.
pub const POLLING: Bucket = Bucket { name: "polling", calls: 3_000, seconds: 10 };

/// Looking at anything else with a key: ninety calls a minute for each path, of which a client knows a dozen.
pub const LOOKING: Bucket = Bucket { name: "looking", calls: 1_200, seconds: 60 };

/// Changing anything else.
pub const CHANGING: Bucket = Bucket { name: "changing", calls: 600, seconds: 60 };

/// Paths that this edge does not know: newer servers may have some.
pub const STRAYING: Bucket = Bucket { name: "straying", calls: 600, seconds: 60 };

/// All of them.
pub const ALL: [Bucket; 6] = [ASKING, WORKING, POLLING, LOOKING, CHANGING, STRAYING];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_those_that_can_be_counted() {
        for (at, bucket) in ALL.iter().enumerate() {
            assert!(matches!(bucket.seconds, 10 | 60) && bucket.calls > 0, "{bucket:?}");
            assert!(ALL[..at].iter().all(|other| other.name != bucket.name), "{bucket:?}");
        }
    }
}
