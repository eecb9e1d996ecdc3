//! Workers who wait for work, and how they are woken: a bell for each. Whom to wake is in `throng_policy::wake`, which
//! an edge keeps to as well for those who wait there; what nobody took is looked after once a second, for both.
//!
//! To be woken is a hint and no promise: who may have a job is decided when they pop (`throng_domain::eligibility`),
//! and whoever is told nothing asks now and then.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use throng_domain::request::Name;
use throng_domain::{Desk, Kind, RequestId};
use throng_policy::wake::{ANY, Roster, Unsure, Wish, with_any};
use tokio::sync::Notify;

use super::crowd::{Crowd, Full, Seat};
use super::outbox::Outbox;
use crate::desk::{DeskHandle, Unavailable};

/// Who waits for work, in all: as many as watch requests.
const SLEEPERS_MAX: usize = 20_000;

/// Who waits for work at one address: more than any farm of machines behind one.
const SLEEPERS_PER_ADDRESS_MAX: usize = 500;

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

#[derive(Debug)]
struct Table {
    next: u64,
    bells: HashMap<u64, Arc<Bell>>,
    roster: Roster<Kind, RequestId>,
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

/// A request of which jobs entered the queue.
#[derive(Debug)]
pub(super) struct Entered {
    request: RequestId,
    /// How many.
    pub(super) jobs: usize,
    /// Whom they are for.
    pub(super) wish: Wish<Kind>,
}

impl Entered {
    /// Looks whom they are for; nothing if the request is forgotten already.
    pub(super) fn of(desk: &Desk, request: RequestId, jobs: usize) -> Option<Self> {
        let (wish, _) = wish_of(desk, request)?;
        Some(Self { request, jobs, wish })
    }
}

impl Sleepers {
    /// Nobody waits yet. An edge may wake others, of whom it is not known how many there are.
    pub(super) fn new(edge_wakes: bool) -> Self {
        let crowd = Crowd::new(SLEEPERS_MAX, SLEEPERS_PER_ADDRESS_MAX);
        let table = Table { next: 0, bells: HashMap::new(), roster: Roster::new(edge_wakes) };
        Self(Arc::new(Dormitory { crowd, asleep: AtomicUsize::new(0), table: Mutex::new(table) }))
    }

    /// Tells how many wait.
    pub(crate) fn count(&self) -> usize {
        self.0.asleep.load(Ordering::Acquire)
    }

    /// Lies down, until one of these is wanted. The first bell rings at once: what came a moment before is found by asking.
    pub(crate) fn lie_down(&self, address: IpAddr, wants: Vec<(Kind, Name)>) -> Result<Sleeper, Full> {
        let seat = self.0.crowd.enter(address)?;
        let bell = Arc::new(Bell::default());
        let wants = with_any(wants);
        for (kind, _) in wants.iter().filter(|(_, name)| &**name == ANY) {
            bell.ring(*kind);
        }
        let mut table = self.0.table();
        let id = table.next;
        table.next += 1;
        table.bells.insert(id, Arc::clone(&bell));
        table.roster.enter(id, &wants);
        self.0.asleep.store(table.bells.len(), Ordering::Release);
        drop(table);
        Ok(Sleeper { house: Arc::clone(&self.0), id, bell, wants, _seat: seat })
    }

    /// Wakes some for jobs that entered the queue.
    pub(super) fn wake(&self, entered: &[Entered]) {
        let mut table = self.0.table();
        for Entered { request, jobs, wish } in entered {
            let woken = table.roster.call(*request, wish, *jobs);
            table.ring(wish.kind, &woken);
        }
    }

    /// Wakes more for jobs that nobody took, here and at the edge; tells for how many requests.
    pub(crate) async fn look_after(&self, desk: &DeskHandle, outbox: Option<&Outbox>) -> Result<u64, Unavailable> {
        let unsure = self.0.table().roster.unsure();
        if unsure.is_empty() {
            return Ok(0);
        }
        let look = move |desk: &Desk| -> Vec<(Unsure<RequestId>, Wish<Kind>, usize)> {
            let wished =
                |unsure: Unsure<RequestId>| wish_of(desk, unsure.what).map(|(wish, left)| (unsure, wish, left));
            unsure.into_iter().filter_map(wished).filter(|(_, _, left)| *left > 0).collect()
        };
        let left = desk.read(look).await?;
        let count = left.len() as u64;
        if let Some(outbox) = outbox {
            outbox.add_work(left.iter().map(|(unsure, wish, left)| (wish, unsure.jobs(*left))));
        }
        // The desk may not wait for this lock: it is held for one request at a time, and every bell is rung once.
        let mut rung: HashMap<u64, (Arc<Bell>, Vec<Kind>)> = HashMap::new();
        for (unsure, wish, left) in left {
            {
                let mut table = self.0.table();
                for id in table.roster.call_again(unsure, &wish, left) {
                    let Some(bell) = table.bells.get(&id) else { continue };
                    let (_, kinds) = rung.entry(id).or_insert_with(|| (Arc::clone(bell), Vec::new()));
                    if !kinds.contains(&wish.kind) {
                        kinds.push(wish.kind);
                    }
                }
            }
            tokio::task::yield_now().await;
        }
        for (bell, kinds) in rung.into_values() {
            for kind in kinds {
                bell.ring(kind);
            }
        }
        Ok(count)
    }

    /// Wakes everybody: it is not known for whom there is work.
    pub(super) fn wake_all(&self) {
        for bell in self.0.table().bells.values() {
            for kind in Kind::ALL {
                bell.ring(kind);
            }
        }
    }
}

impl Dormitory {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn ring(&self, kind: Kind, woken: &[u64]) {
        for bell in woken.iter().filter_map(|id| self.bells.get(id)) {
            bell.ring(kind);
        }
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
        table.roster.leave(self.id, &self.wants);
        self.house.asleep.store(table.bells.len(), Ordering::Release);
    }
}

/// What a request needs now, and for how many jobs; nothing if it is forgotten.
fn wish_of(desk: &Desk, request: RequestId) -> Option<(Wish<Kind>, usize)> {
    let (record, waiting) = desk.request(request)?;
    let request = &record.request;
    let forms = request.alchemy().into_iter().flat_map(|work| work.forms.iter().map(|form| form.name.clone()));
    let names = request.models.iter().cloned().chain(forms).collect();
    Some((Wish::of(request.kind(), names), usize::try_from(waiting).unwrap_or(usize::MAX)))
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

    fn entered(kind: Kind, names: &[&str], jobs: usize) -> Entered {
        let names = names.iter().map(|name| Name::from(*name)).collect();
        Entered { request: RequestId(uuid::Uuid::nil()), jobs, wish: Wish::of(kind, names) }
    }

    fn woken(sleepers: &[Sleeper]) -> Vec<usize> {
        let rung = |sleeper: &Sleeper| sleeper.bell.kinds.swap(0, Ordering::AcqRel) != 0;
        sleepers.iter().enumerate().filter(|(_, sleeper)| rung(sleeper)).map(|(at, _)| at).collect()
    }

    #[test]
    fn a_job_wakes_few_and_whoever_was_woken_longest_ago() {
        let house = Sleepers::new(false);
        let beds: Vec<Sleeper> = (0..4).map(|_| bed(&house, &["fables"])).collect();
        house.wake(&[entered(Kind::Text, &["fables"], 1)]);
        assert_eq!(woken(&beds), [0, 1, 2]);
        house.wake(&[entered(Kind::Text, &["fables"], 1)]);
        assert_eq!(woken(&beds), [0, 1, 3]);
        house.wake(&[entered(Kind::Text, &["fables"], 7)]);
        assert_eq!(woken(&beds), [0, 1, 2, 3]);
        assert_eq!(house.0.table().roster.unsure().len(), 2, "the last one woke everybody");
    }

    #[test]
    fn only_those_are_woken_who_serve_what_is_wanted() {
        let house = Sleepers::new(false);
        let beds = [bed(&house, &["fables"]), bed(&house, &["llama", "fables"]), bed(&house, &["llama"])];
        house.wake(&[entered(Kind::Text, &["llama"], 7)]);
        assert_eq!(woken(&beds), [1, 2]);
        house.wake(&[entered(Kind::Text, &[], 7)]);
        assert_eq!(woken(&beds), [0, 1, 2]);
        house.wake(&[entered(Kind::Image, &["llama"], 7), entered(Kind::Image, &[], 7)]);
        assert_eq!(woken(&beds), Vec::<usize>::new());
    }

    #[test]
    fn nothing_is_remembered_of_whoever_leaves() {
        let house = Sleepers::new(false);
        let beds = [bed(&house, &["fables"]), bed(&house, &["fables"])];
        assert_eq!(house.count(), 2);
        drop(beds);
        assert_eq!((house.count(), house.0.table().roster.is_empty(), house.0.crowd.count()), (0, true, 0));
    }

    #[tokio::test]
    async fn a_bell_that_rang_before_anybody_listened_is_heard() {
        let house = Sleepers::new(false);
        let sleeper = bed(&house, &["fables"]);
        house.wake(&[entered(Kind::Text, &["fables"], 1)]);
        assert_eq!(sleeper.rung().await, [Kind::Text]);
    }
}
