//! What the edge is to be told. The desk only notes which requests were changed; they are looked at when it is their
//! turn, so whatever waits is told as it is then and never twice. When the edge does not take it up fast enough, it is
//! told to forget what it knew, and asks; and when not even that can be noted, what it knows of unfinished requests is
//! too old to be repeated within half a minute (`throng_policy::latest`). Not here: telling (`push.rs`).

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use throng_domain::{Kind, RequestId};
use throng_policy::NewWork;
use throng_policy::push::CHANGES_MAX;
use throng_policy::wake::Wish;
use tokio::sync::Notify;

use super::work::Work;

/// Changed requests that may wait to be told: at most a megabyte of ids, and what a busy house changes in half a minute.
const CHANGED_MAX: usize = 50_000;

/// Requests that may wait to be forgotten by the edge.
const FORGOTTEN_MAX: usize = 50_000;

/// The requests of which the edge is to be told.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    pending: Mutex<Pending>,
    /// Something was written down.
    noted: Notify,
}

#[derive(Debug, Default)]
struct Pending {
    /// Told as they stand. Their ids are in the order they were asked for.
    changed: BTreeSet<RequestId>,
    /// All there were when this server began to lead: told as they stand, when nothing newer waits.
    untold: BTreeSet<RequestId>,
    /// Told to be asked for.
    forgotten: BTreeSet<RequestId>,
    /// Whom to wake.
    work: Work,
    /// Those that could not even be noted.
    lost: u64,
}

/// What goes out at once.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Load {
    /// As they stand.
    pub(super) changed: Vec<RequestId>,
    /// To be asked for.
    pub(super) forgotten: Vec<RequestId>,
    /// Whom to wake.
    pub(super) work: Vec<NewWork>,
}

impl Outbox {
    /// Notes that requests were changed. Never waits.
    pub(super) fn add(&self, requests: &[RequestId]) {
        self.write(|pending| {
            for request in requests {
                pending.note(*request);
            }
        });
    }

    /// Notes all requests there are. Never waits.
    pub(super) fn add_all(&self, requests: Vec<RequestId>) {
        self.write(|pending| {
            for request in requests {
                if pending.untold.len() < CHANGED_MAX {
                    pending.untold.insert(request);
                } else {
                    pending.forget(request);
                }
            }
        });
    }

    /// Notes that there is work. Never waits.
    pub(super) fn add_work<'w>(&self, work: impl Iterator<Item = (&'w Wish<Kind>, usize)>) {
        self.write(|pending| {
            for (wish, jobs) in work {
                pending.work.note(wish, jobs);
            }
        });
    }

    fn write(&self, note: impl FnOnce(&mut Pending)) {
        let mut pending = self.pending();
        note(&mut pending);
        let is_empty = pending.is_empty();
        drop(pending);
        if !is_empty {
            self.noted.notify_one();
        }
    }

    /// Waits until there is something to tell.
    pub(super) async fn filled(&self) {
        while self.pending().is_empty() {
            self.noted.notified().await;
        }
    }

    /// Tells how many requests wait.
    pub(crate) fn count(&self) -> usize {
        let pending = self.pending();
        pending.changed.len() + pending.untold.len() + pending.forgotten.len()
    }

    /// Tells how many could not even be noted since this was asked last.
    pub(super) fn lost(&self) -> u64 {
        std::mem::take(&mut self.pending().lost)
    }

    /// Hands over what is told next.
    pub(super) fn take(&self) -> Load {
        let mut pending = self.pending();
        let mut load = Load { work: pending.work.take(), ..Load::default() };
        while load.changed.len() < CHANGES_MAX
            && let Some(request) = pending.next()
        {
            load.changed.push(request);
        }
        while load.changed.len() + load.forgotten.len() < CHANGES_MAX
            && let Some(request) = pending.forgotten.pop_first()
        {
            load.forgotten.push(request);
        }
        load
    }

    /// Notes again what did not arrive.
    pub(super) fn put_back(&self, changed: &[RequestId], forgotten: &[RequestId]) {
        self.write(|pending| {
            for request in changed {
                pending.note(*request);
            }
            for request in forgotten {
                pending.forget(*request);
            }
        });
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pending {
    fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.untold.is_empty() && self.forgotten.is_empty() && self.work.is_empty()
    }

    fn next(&mut self) -> Option<RequestId> {
        self.changed.pop_first().or_else(|| self.untold.pop_first())
    }

    fn note(&mut self, request: RequestId) {
        self.untold.remove(&request);
        if self.changed.len() < CHANGED_MAX || self.changed.contains(&request) {
            self.changed.insert(request);
        } else {
            self.forget(request);
        }
    }

    fn forget(&mut self, request: RequestId) {
        if self.forgotten.len() < FORGOTTEN_MAX {
            self.forgotten.insert(request);
        } else {
            self.lost += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn id(number: usize) -> RequestId {
        RequestId(uuid::Uuid::from_u128(number as u128))
    }

    #[test]
    fn what_changes_again_before_it_is_told_is_told_once() {
        let outbox = Outbox::default();
        outbox.add(&[id(2), id(1)]);
        outbox.add(&[id(1)]);
        assert_eq!(outbox.take(), Load { changed: vec![id(1), id(2)], ..Load::default() });
        assert_eq!(outbox.take(), Load::default());
        outbox.put_back(&[id(1)], &[id(3)]);
        assert_eq!(outbox.take(), Load { changed: vec![id(1)], forgotten: vec![id(3)], ..Load::default() });
    }

    #[tokio::test]
    async fn whoever_tells_wakes_when_there_is_something_to_tell_and_not_before() {
        let outbox = Outbox::default();
        let is_due = || outbox.filled().now_or_never().is_some();
        outbox.add(&[]);
        assert!(!is_due());
        outbox.add(&[id(1)]);
        assert!(is_due() && is_due(), "until it is taken");
        outbox.take();
        assert!(!is_due(), "what was noted before it was taken is no news");
        outbox.put_back(&[], &[id(2)]);
        assert!(is_due());
        outbox.take();
        outbox.add_work([(&Wish::of(Kind::Image, Vec::new()), 1)].into_iter());
        assert!(is_due(), "work alone is told too");
    }

    #[test]
    fn work_is_told_once_whatever_becomes_of_it() {
        let outbox = Outbox::default();
        outbox.add_work([(&Wish::of(Kind::Text, vec!["fables".into()]), 2)].into_iter());
        let load = outbox.take();
        assert_eq!(load.work, [NewWork { kind: throng_policy::Kind::Text, model: Some("fables".to_owned()), jobs: 2 }]);
        outbox.put_back(&load.changed, &load.forgotten);
        assert_eq!(outbox.take(), Load::default());
    }

    #[test]
    fn what_was_there_before_is_told_when_nothing_newer_waits() {
        let outbox = Outbox::default();
        outbox.add_all(vec![id(1), id(2), id(3)]);
        outbox.add(&[id(2)]);
        assert_eq!(outbox.count(), 3);
        assert_eq!(outbox.take(), Load { changed: vec![id(2), id(1), id(3)], ..Load::default() });
        outbox.add_all((0..CHANGED_MAX + 2).map(id).collect());
        let pending = outbox.pending();
        assert_eq!((pending.untold.len(), pending.forgotten.len()), (CHANGED_MAX, 2));
    }

    #[test]
    fn a_full_outbox_makes_the_edge_forget_and_then_notes_nothing_more() {
        let outbox = Outbox::default();
        let all: Vec<RequestId> = (0..CHANGED_MAX + FORGOTTEN_MAX + 3).map(id).collect();
        outbox.add(&all);
        outbox.add(&all[..1]);
        assert_eq!(outbox.count(), CHANGED_MAX + FORGOTTEN_MAX);
        assert_eq!(outbox.pending().lost, 3);
        let mut loads = 0;
        while outbox.count() > 0 {
            let load = outbox.take();
            assert!(load.changed.len() + load.forgotten.len() <= CHANGES_MAX);
            loads += 1;
        }
        assert_eq!(loads, (CHANGED_MAX + FORGOTTEN_MAX) / CHANGES_MAX);
    }
}
