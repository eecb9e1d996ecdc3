//! What this one program remembers of answers, and who is fetching which. Bytes alone: nothing that belongs to a call
//! may be touched by another.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use throng_policy::keep::AFTER_FAILURE_SECONDS;

use crate::clock;

/// How often whoever waits looks whether somebody else has it.
pub(crate) const WAIT_STEP: Duration = Duration::from_millis(20);
/// After so many looks they ask by themselves: a server that needs longer than these twenty seconds is in trouble.
pub(crate) const WAIT_STEPS_MAX: usize = 1_000;

/// Whoever has not brought anything after so many milliseconds never will: their caller may have hung up.
const FETCHING_MILLIS_MAX: i64 = 18_000;

/// For how long after a failure nobody asks who has an old answer.
const AFTER_FAILURE_MILLIS: i64 = AFTER_FAILURE_SECONDS as i64 * 1000;

/// Answers that are remembered: as many as in the server's own memory. Small ones weigh more by their names and headers.
const ANSWERS_MAX: usize = 4_096;

/// So many may be fetched at once before it is looked who never will be.
const FETCHING_SWEPT: usize = 1_024;

/// Bytes that are remembered in all: a program has 128 MiB for everything.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// An answer.
pub(crate) struct Kept {
    /// When it came, in milliseconds since 1970.
    pub(crate) came: i64,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

thread_local! {
    static KEPT: RefCell<HashMap<String, Rc<Kept>>> = RefCell::default();
    /// Of the bodies of all of them.
    static BYTES: Cell<usize> = const { Cell::new(0) };
    /// Since when who is fetching.
    static FETCHING: RefCell<HashMap<String, i64>> = RefCell::default();
    /// When somebody last asked in vain.
    static FAILED: RefCell<HashMap<String, i64>> = RefCell::default();
}

/// Looks. What somebody is fetching anew is still there meanwhile.
pub(crate) fn look(name: &str) -> Option<Rc<Kept>> {
    KEPT.with_borrow(|all| all.get(name).cloned())
}

/// Whether somebody is fetching it.
pub(crate) fn is_awaited(name: &str) -> bool {
    let since = FETCHING.with_borrow(|all| all.get(name).copied());
    since.is_some_and(|since| clock::millis() - since < FETCHING_MILLIS_MAX)
}

/// Takes it upon oneself to fetch; false if somebody else has.
pub(crate) fn lead(name: &str) -> bool {
    if is_awaited(name) {
        return false;
    }
    let now = clock::millis();
    FETCHING.with_borrow_mut(|all| {
        if all.len() >= FETCHING_SWEPT {
            all.retain(|_, since| now - *since < FETCHING_MILLIS_MAX);
        }
        all.insert(name.to_owned(), now)
    });
    true
}

/// Says that it is done, whatever came of it.
pub(crate) fn land(name: &str) {
    FETCHING.with_borrow_mut(|all| all.remove(name));
}

/// Says that no server could answer.
pub(crate) fn fail(name: &str) {
    let now = clock::millis();
    FAILED.with_borrow_mut(|all| {
        all.retain(|_, at| now - *at < AFTER_FAILURE_MILLIS);
        all.insert(name.to_owned(), now)
    });
}

/// Whether somebody asked in vain a moment ago.
pub(crate) fn failed_just_now(name: &str) -> bool {
    let at = FAILED.with_borrow(|all| all.get(name).copied());
    at.is_some_and(|at| (0..AFTER_FAILURE_MILLIS).contains(&(clock::millis() - at)))
}

/// Remembers an answer. When there is too much, everything else is forgotten: it is in the cache.
pub(crate) fn keep(name: &str, kept: &Rc<Kept>) {
    KEPT.with_borrow_mut(|all| {
        let mut bytes = BYTES.get() + kept.body.len();
        if all.len() >= ANSWERS_MAX || bytes > BYTES_MAX {
            all.clear();
            bytes = kept.body.len();
        }
        let old = all.insert(name.to_owned(), Rc::clone(kept));
        BYTES.set(bytes - old.map_or(0, |old| old.body.len()));
    });
    land(name);
}
