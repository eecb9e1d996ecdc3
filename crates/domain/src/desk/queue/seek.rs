//! Goes through waiting requests in their order, out of those groups that a worker could take.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::btree_set;
use std::ops::Bound;

use super::{ANY_MODEL, Keys, Queue};
use crate::eligibility::{Able, Extent};
use crate::id::{UserId, WorkerId};
use crate::priority::QueueKey;

/// Several ordered sets of requests, gone through as one, each request once.
pub(in crate::desk) struct Sources<'a> {
    heap: BinaryHeap<Reverse<(QueueKey, usize)>>,
    rest: Vec<btree_set::Range<'a, QueueKey>>,
    last: Option<QueueKey>,
}

impl<'a> Sources<'a> {
    fn new(after: Option<QueueKey>, sets: impl Iterator<Item = &'a Keys>) -> Self {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest: Vec<_> = sets.map(|keys| keys.range((from, Bound::Unbounded))).collect();
        let heap = rest
            .iter_mut()
            .enumerate()
            .filter_map(|(index, keys)| keys.next().map(|key| Reverse((*key, index))))
            .collect();
        Self { heap, rest, last: after }
    }
}

impl Iterator for Sources<'_> {
    type Item = QueueKey;

    fn next(&mut self) -> Option<QueueKey> {
        loop {
            let mut first = self.heap.peek_mut()?;
            let Reverse((key, index)) = *first;
            match self.rest.get_mut(index).and_then(Iterator::next) {
                Some(next) => *first = Reverse((*next, index)),
                None => {
                    std::collections::binary_heap::PeekMut::pop(first);
                }
            }
            // A request that names several models comes once from each.
            if self.last.is_none_or(|last| last < key) {
                self.last = Some(key);
                return Some(key);
            }
        }
    }
}

impl Queue {
    /// All requests after a place that a worker could take, as far as groups tell, in order.
    pub(in crate::desk) fn fitting<'a>(
        &'a self,
        able: &'a Able<'_>,
        with_allowed: bool,
        after: Option<QueueKey>,
    ) -> Sources<'a> {
        let room = Extent::taken_by(&able.profile.ability);
        let any = able.takes_any_model.then_some(ANY_MODEL);
        let by_model = able
            .models
            .iter()
            .map(|model| &**model)
            .chain(any)
            .filter_map(|model| self.by_model.get(model))
            .flat_map(|groups| groups.iter())
            .filter(|(group, _)| group.needs.all_in(able.has) && group.extent.fits(room))
            .map(|(_, keys)| keys);
        let allowed = with_allowed.then(|| self.allowed.get(&able.id)).flatten();
        Sources::new(after, by_model.chain(allowed))
    }

    /// All requests that only certain workers may take, this one among them, in order.
    pub(in crate::desk) fn naming(&self, worker: WorkerId) -> impl Iterator<Item = &QueueKey> {
        self.allowed.get(&worker).into_iter().flatten()
    }

    /// All requests of these users, in order.
    pub(in crate::desk) fn of_users<'a>(&'a self, users: &'a [UserId]) -> Sources<'a> {
        Sources::new(None, users.iter().filter_map(|user| self.by_user.get(user)))
    }
}
