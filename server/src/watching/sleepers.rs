//! Workers who wait for work, and whom to wake when some comes. A job wakes a few of those that serve its model,
//! whoever was woken longest ago first: were all woken, a thousand would ask for one job. Some of the few may find that
//! the job is not for them, so it is looked after once a second, and each time four times as many are woken, until
//! somebody took it or everybody was asked.
//!
//! To be woken is a hint and no promise: who may have a job is decided when they pop (`throng_domain::eligibility`),
//! and whoever is told nothing asks now and then.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use throng_domain::request::Name;
use throng_domain::{Desk, Kind, RequestId};
use tokio::sync::Notify;

use super::crowd::{Crowd, Full, Seat};
use crate::desk::{DeskHandle, Unavailable};

/// Who waits for work, in all: as many as watch requests.
const SLEEPERS_MAX: usize = 20_000;

/// Who waits for work at one address: more than any farm of machines behind one.
const SLEEPERS_PER_ADDRESS_MAX: usize = 500;

/// How many more are woken at once than there are jobs: some will not be able to take one.
const SPARE: usize = 2;

/// Each time a job was left, so many times as many are woken.
const MORE: usize = 4;

/// After so many times a job is left to those who ask by themselves: by then everybody was woken, or it is for nobody here.
const ROUNDS_MAX: u32 = 6;

/// Requests looked after at once; what is beyond is found by those who ask by themselves.
const UNSURE_MAX: usize = 2_000;

/// Stands for any model: requests that name none, and everybody of a kind.
const ANY: &str = "";

/// All who wait. Cheap to clone: all clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Sleepers(Arc<Dormitory>);

#[derive(Debug)]
struct Dormitory {
    crowd: Crowd,
    /// How many there are, to be read after every batch without waiting for anybody.
    asleep: AtomicUsize,
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    next: u64,
    bells: HashMap<u64, Arc<Bell>>,
    /// Who serves a model of a kind; whoever was woken longest ago comes first.
    serving: HashMap<(Kind, Name), VecDeque<u64>>,
    unsure: Vec<Unsure>,
}

/// A request whose jobs may be for others than those who were woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Unsure {
    request: RequestId,
    rounds: u32,
}

/// Wakes one sleeper.
#[derive(Debug, Default)]
struct Bell {
    rung: Notify,
    /// For which kinds, a bit each.
    kinds: AtomicU8,
}

/// Somebody who waits; leaves when this is dropped.
#[derive(Debug)]
pub(crate) struct Sleeper {
    house: Arc<Dormitory>,
    id: u64,
    bell: Arc<Bell>,
    wants: Vec<(Kind, Name)>,
    _seat: Seat,
}

/// What a request needs somebody for.
struct Wish {
    kind: Kind,
    names: Vec<Name>,
    waiting: usize,
}

impl Default for Sleepers {
    fn default() -> Self {
        let crowd = Crowd::new(SLEEPERS_MAX, SLEEPERS_PER_ADDRESS_MAX);
        Self(Arc::new(Dormitory { crowd, asleep: AtomicUsize::new(0), table: Mutex::default() }))
    }
}

impl Sleepers {
    /// Tells how many wait.
    pub(crate) fn count(&self) -> usize {
        self.0.asleep.load(Ordering::Acquire)
    }

    /// Lies down, until one of these is wanted. The first bell rings at once: what came a moment before is found by asking.
    pub(crate) fn lie_down(&self, address: IpAddr, mut wants: Vec<(Kind, Name)>) -> Result<Sleeper, Full> {
        let seat = self.0.crowd.enter(address)?;
        let bell = Arc::new(Bell::default());
        for kind in Kind::ALL {
            if wants.iter().any(|(wanted, _)| *wanted == kind) {
                wants.push((kind, Name::from(ANY)));
                bell.ring(kind);
            }
        }
        wants.sort_unstable();
        wants.dedup();
        let mut table = self.0.table();
        let id = table.next;
        table.next += 1;
        table.bells.insert(id, Arc::clone(&bell));
        for want in &wants {
            table.serving.entry(want.clone()).or_default().push_back(id);
        }
        self.0.asleep.store(table.bells.len(), Ordering::Release);
        drop(table);
        Ok(Sleeper { house: Arc::clone(&self.0), id, bell, wants, _seat: seat })
    }

    /// Wakes some for jobs that entered the queue, each request with how many.
    pub(super) fn wake(&self, entered: &[(RequestId, usize)], desk: &Desk) {
        let wishes = entered.iter().filter_map(|(request, count)| Some((*request, *count, Wish::of(desk, *request)?)));
        let wishes: Vec<_> = wishes.collect();
        let mut table = self.0.table();
        for (request, count, wish) in &wishes {
            table.call(Unsure { request: *request, rounds: 0 }, wish, count + SPARE);
        }
    }

    /// Wakes more for jobs that nobody took; tells for how many requests.
    pub(crate) async fn look_after(&self, desk: &DeskHandle) -> Result<u64, Unavailable> {
        let unsure = std::mem::take(&mut self.0.table().unsure);
        if unsure.is_empty() {
            return Ok(0);
        }
        let look = move |desk: &Desk| -> Vec<(Unsure, Wish)> {
            unsure.into_iter().filter_map(|unsure| Some((unsure, Wish::of(desk, unsure.request)?))).collect()
        };
        let left = desk.read(look).await?;
        let mut table = self.0.table();
        let mut count = 0;
        for (unsure, wish) in left.iter().filter(|(_, wish)| wish.waiting > 0) {
            let rounds = unsure.rounds + 1;
            table.call(Unsure { rounds, ..*unsure }, wish, (wish.waiting + SPARE) * MORE.pow(rounds));
            count += 1;
        }
        Ok(count)
    }
}

impl Dormitory {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Rings so many bells for a request, and looks after it if there are more.
    fn call(&mut self, unsure: Unsure, wish: &Wish, count: usize) {
        let all = self.ring(wish, count);
        if !all && unsure.rounds < ROUNDS_MAX && self.unsure.len() < UNSURE_MAX {
            self.unsure.push(unsure);
        }
    }

    /// Rings so many bells; tells whether all were rung that could be.
    fn ring(&mut self, wish: &Wish, count: usize) -> bool {
        let (mut left, mut all) = (count, true);
        for name in &wish.names {
            let Some(serving) = self.serving.get_mut(&(wish.kind, name.clone())) else { continue };
            let turns = left.min(serving.len());
            all &= turns == serving.len();
            left -= turns;
            for id in serving.iter().take(turns) {
                if let Some(bell) = self.bells.get(id) {
                    bell.ring(wish.kind);
                }
            }
            serving.rotate_left(turns);
        }
        all
    }
}

impl Bell {
    fn ring(&self, kind: Kind) {
        self.kinds.fetch_or(bit(kind), Ordering::AcqRel);
        self.rung.notify_one();
    }
}

const fn bit(kind: Kind) -> u8 {
    match kind {
        Kind::Image => 1,
        Kind::Text => 2,
        Kind::Alchemy => 4,
    }
}

impl Sleeper {
    /// Waits for the bell; tells for which kinds it was rung.
    pub(super) async fn rung(&self) -> Vec<Kind> {
        loop {
            self.bell.rung.notified().await;
            let kinds = self.bell.kinds.swap(0, Ordering::AcqRel);
            if kinds != 0 {
                return Kind::ALL.into_iter().filter(|kind| kinds & bit(*kind) != 0).collect();
            }
        }
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        let mut table = self.house.table();
        table.bells.remove(&self.id);
        for want in &self.wants {
            if let Some(serving) = table.serving.get_mut(want) {
                serving.retain(|id| *id != self.id);
                if serving.is_empty() {
                    table.serving.remove(want);
                }
            }
        }
        self.house.asleep.store(table.bells.len(), Ordering::Release);
    }
}

impl Wish {
    /// What a request needs now; nothing if it is forgotten.
    fn of(desk: &Desk, request: RequestId) -> Option<Self> {
        let (record, waiting) = desk.request(request)?;
        let request = &record.request;
        let forms = request.alchemy().into_iter().flat_map(|work| work.forms.iter().map(|form| form.name.clone()));
        let mut names: Vec<Name> = request.models.iter().cloned().chain(forms).collect();
        if names.is_empty() {
            names.push(Name::from(ANY));
        }
        names.sort_unstable();
        names.dedup();
        Some(Self { kind: request.kind(), names, waiting: usize::try_from(waiting).unwrap_or(usize::MAX) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bed(sleepers: &Sleepers, models: &[&str]) -> Sleeper {
        let wants = models.iter().map(|model| (Kind::Text, Name::from(*model))).collect();
        let sleeper = sleepers.lie_down("192.0.2.1".parse().unwrap(), wants).unwrap();
        assert_eq!(sleeper.bell.kinds.swap(0, Ordering::AcqRel), bit(Kind::Text), "the first bell");
        sleeper
    }

    fn wish(kind: Kind, names: &[&str]) -> Wish {
        Wish { kind, names: names.iter().map(|name| Name::from(*name)).collect(), waiting: 1 }
    }

    fn woken(sleepers: &[Sleeper]) -> Vec<usize> {
        let rung = |sleeper: &Sleeper| sleeper.bell.kinds.swap(0, Ordering::AcqRel) != 0;
        sleepers.iter().enumerate().filter(|(_, sleeper)| rung(sleeper)).map(|(at, _)| at).collect()
    }

    #[test]
    fn a_job_wakes_few_and_whoever_was_woken_longest_ago() {
        let house = Sleepers::default();
        let beds: Vec<Sleeper> = (0..4).map(|_| bed(&house, &["fables"])).collect();
        let fables = wish(Kind::Text, &["fables"]);
        assert!(!house.0.table().ring(&fables, 3));
        assert_eq!(woken(&beds), [0, 1, 2]);
        assert!(!house.0.table().ring(&fables, 3));
        assert_eq!(woken(&beds), [0, 1, 3]);
        assert!(house.0.table().ring(&fables, 9), "nobody is left");
        assert_eq!(woken(&beds), [0, 1, 2, 3]);
    }

    #[test]
    fn only_those_are_woken_who_serve_what_is_wanted() {
        let house = Sleepers::default();
        let beds = [bed(&house, &["fables"]), bed(&house, &["llama", "fables"]), bed(&house, &["llama"])];
        assert!(house.0.table().ring(&wish(Kind::Text, &["llama"]), 9));
        assert_eq!(woken(&beds), [1, 2]);
        assert!(house.0.table().ring(&wish(Kind::Text, &[ANY]), 9));
        assert_eq!(woken(&beds), [0, 1, 2]);
        assert!(house.0.table().ring(&wish(Kind::Image, &["llama", ANY]), 9));
        assert_eq!(woken(&beds), Vec::<usize>::new());
    }

    #[test]
    fn a_job_is_looked_after_until_everybody_was_woken() {
        let house = Sleepers::default();
        let _beds: Vec<Sleeper> = (0..4).map(|_| bed(&house, &["fables"])).collect();
        let (fables, request) = (wish(Kind::Text, &["fables"]), RequestId(uuid::Uuid::nil()));
        let unsure = |rounds| Unsure { request, rounds };
        house.0.table().call(unsure(0), &fables, 3);
        assert_eq!(std::mem::take(&mut house.0.table().unsure), [unsure(0)]);
        house.0.table().call(unsure(1), &fables, 12);
        house.0.table().call(unsure(ROUNDS_MAX), &fables, 1);
        assert_eq!(house.0.table().unsure, []);
    }

    #[test]
    fn nothing_is_remembered_of_whoever_leaves() {
        let house = Sleepers::default();
        let beds = [bed(&house, &["fables"]), bed(&house, &["fables"])];
        assert_eq!(house.count(), 2);
        drop(beds);
        assert_eq!((house.count(), house.0.table().serving.len(), house.0.crowd.count()), (0, 0, 0));
    }

    #[tokio::test]
    async fn a_bell_that_rang_before_anybody_listened_is_heard() {
        let house = Sleepers::default();
        let sleeper = bed(&house, &["fables"]);
        house.0.table().ring(&wish(Kind::Text, &["fables"]), 1);
        assert_eq!(sleeper.rung().await, [Kind::Text]);
    }
}
