//! Whom to wake when work comes. A job wakes a few of those that serve its model, whoever was woken longest ago first:
//! were all woken, a thousand would ask for one job. Some of the few may find that the job is not for them, so it is
//! looked after a second later, and each time four times as many are woken, until somebody took it or everybody was
//! asked.
//!
//! Only the server knows whether somebody took it. It looks after all jobs, and tells an edge, where others wait, for
//! how many to wake somebody (`push.rs`); the edge wakes as many and remembers nothing. Both keep a [`Roster`]. Not
//! here: what wakes somebody (a bell, a socket), and waiting for the second.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::Arc;

use crate::key::pairs;
use crate::push::Kind;

/// Stands for any model: requests that name none, and everybody of a kind.
pub const ANY: &str = "";

/// How long whoever was woken has to ask, in milliseconds; after that the job is looked after.
pub const PAUSE_MILLIS: u64 = 1_000;

/// How many more are woken at once than there are jobs: some will not be able to take one.
const SPARE: usize = 2;

/// Each time a job was left, so many times as many are woken.
const MORE: usize = 4;

/// After so many times a job is left to those who ask by themselves: by then everybody was woken, or it is for nobody here.
const ROUNDS_MAX: u32 = 6;

/// Requests looked after at once; what is beyond is found by those who ask by themselves.
const UNSURE_MAX: usize = 2_000;

/// The name of a model, or of a form.
pub type Name = Arc<str>;

/// What somebody serves.
pub type Want<K> = (K, Name);

/// What somebody is needed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish<K> {
    /// The kind of work.
    pub kind: K,
    /// Whoever serves one of these can be asked.
    pub names: Vec<Name>,
}

impl<K> Wish<K> {
    /// Somebody who serves one of these, or anybody if none is named.
    pub fn of(kind: K, mut names: Vec<Name>) -> Self {
        if names.is_empty() {
            names.push(Name::from(ANY));
        }
        names.sort_unstable();
        names.dedup();
        Self { kind, names }
    }

    /// Whether anybody of the kind will do.
    pub fn is_for_any(&self) -> bool {
        self.names.iter().any(|name| &**name == ANY)
    }
}

/// Work that may be for others than those who were woken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsure<R> {
    /// Which.
    pub what: R,
    rounds: u32,
}

impl<R> Unsure<R> {
    /// For how many jobs somebody is woken if so many were left.
    pub fn jobs(&self, left: usize) -> usize {
        left.saturating_add(SPARE).saturating_mul(MORE.saturating_pow(self.rounds + 1)) - SPARE
    }
}

/// Those who wait for work, by numbers that whoever keeps the roster gave them.
#[derive(Debug)]
pub struct Roster<K, R> {
    /// Who serves a model of a kind; whoever was woken longest ago comes first.
    serving: HashMap<Want<K>, VecDeque<u64>>,
    unsure: Vec<Unsure<R>>,
    others_wake: bool,
}

impl<K: Copy + Eq + Hash, R> Roster<K, R> {
    /// Nobody waits yet. Where others wake too, it is never known that everybody was woken.
    pub fn new(others_wake: bool) -> Self {
        Self { serving: HashMap::new(), unsure: Vec::new(), others_wake }
    }

    /// Somebody waits, as if woken just now: whoever makes a roster anew lets them enter in the order in which they were
    /// woken. `wants` is what [`with_any`] made of it.
    pub fn enter(&mut self, who: u64, wants: &[Want<K>]) {
        for want in wants {
            self.serving.entry(want.clone()).or_default().push_back(who);
        }
    }

    /// Somebody waits no more; `wants` as they entered.
    pub fn leave(&mut self, who: u64, wants: &[Want<K>]) {
        for want in wants {
            if let Some(serving) = self.serving.get_mut(want) {
                serving.retain(|other| *other != who);
                if serving.is_empty() {
                    self.serving.remove(want);
                }
            }
        }
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.serving.is_empty()
    }

    /// Tells whom to wake for so many jobs, which somebody else looks after.
    pub fn wake(&mut self, wish: &Wish<K>, jobs: usize) -> Vec<u64> {
        self.ring(wish, jobs.saturating_add(SPARE)).0
    }

    /// Tells whom to wake for so many new jobs, and looks after them if there are others who could be woken.
    pub fn call(&mut self, what: R, wish: &Wish<K>, jobs: usize) -> Vec<u64> {
        self.look_after(Unsure { what, rounds: 0 }, wish, jobs)
    }

    /// Tells whom to wake, more each time, for as many jobs as are still left.
    pub fn call_again(&mut self, unsure: Unsure<R>, wish: &Wish<K>, left: usize) -> Vec<u64> {
        let jobs = unsure.jobs(left);
        self.look_after(Unsure { rounds: unsure.rounds + 1, ..unsure }, wish, jobs)
    }

    /// Hands over what is to be looked after; due [`PAUSE_MILLIS`] after it was called. What is still left is called again.
    pub fn unsure(&mut self) -> Vec<Unsure<R>> {
        std::mem::take(&mut self.unsure)
    }

    fn look_after(&mut self, unsure: Unsure<R>, wish: &Wish<K>, jobs: usize) -> Vec<u64> {
        let (woken, all) = self.ring(wish, jobs.saturating_add(SPARE));
        let are_others = !all || self.others_wake;
        if are_others && unsure.rounds < ROUNDS_MAX && self.unsure.len() < UNSURE_MAX {
            self.unsure.push(unsure);
        }
        woken
    }

    /// Takes so many from the front of their rows and puts them at the end; tells whether there were no others.
    fn ring(&mut self, wish: &Wish<K>, count: usize) -> (Vec<u64>, bool) {
        let mut woken: Vec<u64> = Vec::new();
        let (mut left, mut all) = (count, true);
        for name in &wish.names {
            let Some(serving) = self.serving.get_mut(&(wish.kind, Arc::clone(name))) else { continue };
            let turns = left.min(serving.len());
            all &= turns == serving.len();
            left -= turns;
            woken.extend(serving.iter().take(turns).copied());
            serving.rotate_left(turns);
        }
        // Who serves two of the models is woken once.
        woken.sort_unstable();
        woken.dedup();
        (woken, all)
    }
}

/// What somebody serves, with "any model" for each kind.
pub fn with_any<K: Copy + Ord>(mut wants: Vec<Want<K>>) -> Vec<Want<K>> {
    let any: Vec<Want<K>> = wants.iter().map(|(kind, _)| (*kind, Name::from(ANY))).collect();
    wants.extend(any);
    wants.sort_unstable();
    wants.dedup();
    wants
}

/// Reads what somebody serves from the query of `GET /wake`, after the server took it for good; what else is said is
/// passed over.
pub fn wants(query: &str) -> Vec<Want<Kind>> {
    let pairs = pairs(query).unwrap_or_default();
    pairs.into_iter().filter_map(|(kind, name)| Some((Kind::parse(&kind)?, Name::from(name)))).collect()
}

#[cfg(test)]
mod tests;
