//! A seeded simulation of the desk: random asks, pops, results (late, double, by the wrong owner), faults, cancels, gifts, leaps of the
//! clock, and crashes that lose everything not yet committed. After every step the books, the leases and the queue are audited; a failure
//! tells its seed. `THRONG_SEED=n` runs that one alone, `THRONG_STEPS=n` makes each longer.

#[path = "simulate/kit.rs"]
mod kit;
#[path = "simulate/order.rs"]
mod order;

use std::collections::{BTreeMap, BTreeSet};

use kit::{
    START, SeededIds, alchemist, alchemy, ask, dreamer, image, open_desk, picture, register, scribe, text, told, words,
};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use throng_domain::desk::answer::{Ask, FormState, FormStatus, Gift};
use throng_domain::desk::restore::GenerationState;
use throng_domain::offer::{Ability, Offer};
use throng_domain::refusal::SubmitRefusal;
use throng_domain::request::{Request, Source, SourceProcessing, Targeting, Work};
use throng_domain::standing::Roles;
use throng_domain::{
    Desk, Event, GenerationId, Kind, Kudos, RequestId, SharedKeyId, Span, Timestamp, UserId, WorkerId,
};

/// Steps of one run, and how many runs there are: together some seconds on one core.
const STEPS: u32 = 2_000;
const SEEDS: u64 = 6;

/// Forms that are asked for; each alchemist knows two of them.
const FORMS: [&str; 4] = ["caption", "interrogation", "GFPGAN", "nsfw"];

struct Lease {
    id: GenerationId,
    owner: UserId,
    kind: Kind,
}

struct World {
    desk: Desk,
    ids: SeededIds,
    dice: ChaCha8Rng,
    now: Timestamp,
    committed: Vec<Event>,
    /// Events of the batch that is not yet committed.
    batch: Vec<Event>,
    users: Vec<UserId>,
    requests: Vec<(RequestId, Kind)>,
    leases: Vec<Lease>,
    workers: Vec<WorkerId>,
    keys: Vec<SharedKeyId>,
    /// Generations paid for; each must be paid at most once.
    paid: BTreeMap<GenerationId, Kudos>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut batch = Vec::new();
        let mut desk = open_desk(&mut batch);
        let mut ids = SeededIds::new(seed);
        let mut users = vec![UserId::ANONYMOUS];
        for name in ["ada", "bob", "cleo", "dan", "eve"] {
            users.push(register(&mut desk, name, START, &mut batch));
        }
        desk.grant(users[1], Kudos::whole(5_000), START, &mut ids, &mut batch);
        desk.grant(users[2], Kudos::whole(60), START, &mut ids, &mut batch);
        let trusted = Roles { trusted: true, ..Roles::default() };
        assert!(desk.set_roles(users[3], trusted, &mut batch));
        Self {
            desk,
            ids,
            dice: ChaCha8Rng::seed_from_u64(seed ^ 0x5eed),
            now: START,
            committed: batch,
            batch: Vec::new(),
            users,
            requests: Vec::new(),
            leases: Vec::new(),
            workers: Vec::new(),
            keys: Vec::new(),
            paid: BTreeMap::new(),
        }
    }

    fn user(&mut self) -> UserId {
        self.users[self.dice.random_range(0..self.users.len())]
    }

    fn step(&mut self) {
        match self.dice.random_range(0..100) {
            0..24 => self.asks(),
            24..52 => self.pops(),
            52..76 => self.submits(),
            76..79 => self.faults(),
            79..80 => self.cancels(),
            80..81 => self.gives(),
            81..83 => self.rallies(),
            83..85 => self.mends(),
            85..86 => self.governs(),
            86..91 => self.ticks(),
            91..99 => self.commits(),
            _ => self.crashes(),
        }
    }

    fn asks(&mut self) {
        let (user, n) = (self.user(), self.dice.random_range(1..=4));
        let mut request = match self.dice.random_range(0..10) {
            0..5 => picture(user, n),
            5..8 => text(user, n),
            _ => self.forms(user),
        };
        let dice = &mut self.dice;
        request.nsfw = dice.random_bool(0.2);
        request.trusted_workers = dice.random_bool(0.1);
        request.slow_workers = dice.random_bool(0.85);
        request.safe_address = dice.random_bool(0.9);
        match dice.random_range(0..4) {
            _ if request.kind() == Kind::Alchemy => {}
            0 => request.models.clear(),
            1 => request.models.push("throng-shapes".into()),
            _ => {}
        }
        if let Some(worker) = self.workers.choose(dice).filter(|_| dice_says(dice, 0.15)) {
            request.targeting = Some(Targeting { deny: dice.random(), workers: vec![*worker] });
        }
        match &mut request.work {
            Work::Image(image) => {
                image.width = 64 * dice.random_range(1..=16);
                image.steps = dice.random_range(1..=60);
                image.hires_fix = dice.random_bool(0.1);
                if dice.random_bool(0.1) {
                    let processing = SourceProcessing::Img2img;
                    image.source = Some(Source { processing, image: "a".into(), mask: None });
                }
            }
            Work::Text(text) => text.max_length = 16 * dice.random_range(1..=40),
            Work::Alchemy(alchemy) => alchemy.tiles = dice.random_range(1..=100),
        }
        request.shared_key = self.keys.choose(dice).copied().filter(|_| dice_says(dice, 0.2));
        let kind = request.kind();
        let ask = Ask { allow_downgrade: dice.random_bool(0.3), ..ask(request) };
        if let Ok(asked) = self.desk.ask(&ask, self.now, &mut self.ids, &mut self.batch) {
            self.requests.push((asked.request, kind));
        }
    }

    /// Some forms, perhaps the same several times, perhaps none.
    fn forms(&mut self, user: UserId) -> Request {
        let count = self.dice.random_range(0..=6);
        let forms: Vec<&str> = (0..count).filter_map(|_| FORMS.choose(&mut self.dice).copied()).collect();
        alchemy(user, &forms)
    }

    fn offer(&mut self) -> Offer {
        let owner = self.user();
        let number = self.dice.random_range(0..3);
        let dice = &mut self.dice;
        let mut offer = match dice.random_range(0..10) {
            0..5 => dreamer(owner, &format!("dreamer {owner} {number}")),
            5..8 => scribe(owner, &format!("scribe {owner} {number}")),
            _ => alchemist(owner, &format!("alchemist {owner} {number}"), &FORMS[number..number + 2]),
        };
        offer.nsfw = number != 0;
        offer.amount = dice.random_range(1..=4);
        offer.require_upfront_kudos = number == 2;
        offer.extra_slow = number == 1 && dice.random_bool(0.5);
        if number == 1 {
            offer.bridge_agent = "AI Horde Worker reGen:4:u".into();
            offer.blacklist = vec!["storm".into()];
        }
        if let Ability::Dreamer(dreamer) = &mut offer.ability {
            dreamer.max_pixels = if number == 0 { 1 << 18 } else { 1 << 20 };
        }
        offer
    }

    fn pops(&mut self) {
        let offer = self.offer();
        let kind = offer.ability.kind();
        let Ok(popped) = self.desk.pop(&offer, self.now, &mut self.ids, &mut self.batch) else {
            return;
        };
        self.workers.push(popped.worker);
        let forms = popped.forms.iter().map(|form| form.generation);
        for id in popped.assignment.into_iter().flat_map(|given| given.generations).chain(forms) {
            self.leases.push(Lease { id, owner: offer.owner, kind });
        }
    }

    fn submits(&mut self) {
        if self.leases.is_empty() {
            return;
        }
        let index = self.dice.random_range(0..self.leases.len());
        let Lease { id, owner, kind } = self.leases[index];
        let caller = if self.dice.random_bool(0.95) { owner } else { self.user() };
        let product = match kind {
            Kind::Image => image(self.dice.random_range(0..2)),
            Kind::Text => words("Once upon a time there was a lamp."),
            Kind::Alchemy => told("caption", ["a lamp", "a light"][self.dice.random_range(0..2)]),
        };
        let before = self.batch.len();
        let (now, ids) = (self.now, &mut self.ids);
        match self.desk.submit(caller, id, &product, now, ids, &mut self.batch) {
            Ok(done) if done.repeated => {
                assert_eq!(self.paid.get(&id), Some(&done.reward), "a repeat pays as before");
                assert_eq!(self.batch.len(), before, "a repeat moves nothing");
            }
            Ok(done) => {
                let paid = self.paid.insert(id, done.reward);
                assert_eq!(paid, None, "generation {id} was paid twice");
                assert_eq!(caller, owner);
            }
            Err(refusal) => {
                assert_eq!(self.batch.len(), before, "a refusal changes nothing");
                assert!(refusal != SubmitRefusal::WrongCredentials || caller != owner);
            }
        }
        // Sometimes the same lease is tried again.
        if self.dice.random_bool(0.7) {
            self.leases.swap_remove(index);
        }
    }

    fn faults(&mut self) {
        let Some(lease) = self.leases.choose(&mut self.dice) else { return };
        let _ = self.desk.fault(lease.owner, lease.id, lease.kind, self.now, &mut self.batch);
    }

    fn cancels(&mut self) {
        let Some((id, kind)) = self.requests.choose(&mut self.dice).copied() else { return };
        if kind == Kind::Alchemy {
            return self.withdraws(id);
        }
        if let Ok(status) = self.desk.cancel(id, kind, self.now, &mut self.batch) {
            assert_eq!(status.progress.waiting, 0);
        }
    }

    /// A requester takes forms back, those being made too.
    fn withdraws(&mut self, id: RequestId) {
        let before = self.batch.len();
        let (now, ids) = (self.now, &mut self.ids);
        if let Ok(status) = self.desk.cancel_forms(id, now, ids, &mut self.batch) {
            let open = |form: &FormStatus| matches!(form.state, FormState::Waiting | FormState::Processing);
            assert!(!status.forms.iter().any(open), "{status:?}");
        }
        for event in &self.batch[before..] {
            if let Event::GenerationEnded { generation, state } = event
                && let GenerationState::Done(finished) = &**state
            {
                assert_eq!(self.paid.insert(*generation, finished.reward), None, "{generation} was paid twice");
            }
        }
    }

    fn gives(&mut self) {
        let (from, to) = (self.user(), self.user());
        let amount = Kudos::from_hundredths(self.dice.random_range(-100..20_000));
        let balance = self.desk.user(from).map(|user| user.balance);
        let (now, ids) = (self.now, &mut self.ids);
        if self.desk.transfer(&Gift::new(from, to, amount), now, ids, &mut self.batch).is_ok() {
            assert!(balance.is_some_and(|balance| balance >= amount), "nobody gives what is not there");
        }
    }

    /// An owner takes a worker out of maintenance, or a moderator pauses one or lets it go on.
    fn mends(&mut self) {
        let Some(worker) = self.workers.choose(&mut self.dice).copied() else { return };
        let paused = self.dice.random_bool(0.2);
        self.desk.set_maintenance(worker, None, &mut self.batch);
        self.desk.set_paused(worker, paused, &mut self.batch);
    }

    fn ticks(&mut self) {
        let leap = match self.dice.random_range(0..20) {
            0 => 1_000,
            1 => 160,
            _ => self.dice.random_range(0..8),
        };
        self.now = self.now + Span::seconds(leap);
        self.desk.tick(self.now, &mut self.batch);
    }

    fn commits(&mut self) {
        self.committed.append(&mut self.batch);
        // A desk built from its records is the same, and sound.
        let records = self.desk.records();
        let restored = Desk::restore(kit::settings(), records.clone());
        assert_eq!(restored.records(), records);
        assert_eq!(restored.audit(), Ok(()));
    }

    fn crashes(&mut self) {
        let lost: BTreeSet<_> = self
            .batch
            .drain(..)
            .filter_map(|event| match event {
                Event::GenerationEnded { generation, .. } => Some(generation),
                _ => None,
            })
            .collect();
        self.paid.retain(|id, _| !lost.contains(id));
        self.desk = Desk::replay(kit::settings(), self.committed.iter().cloned());
    }

    fn audit(&self) {
        if let Err(faults) = self.desk.audit() {
            panic!("the audit found: {}", faults.join("; "));
        }
    }
}

fn dice_says(dice: &mut ChaCha8Rng, chance: f64) -> bool {
    dice.random_bool(chance)
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn run(seed: u64, steps: u64) {
    let mut world = World::new(seed);
    for _ in 0..steps {
        world.now = world.now + Span(world.dice.random_range(0..200_000));
        world.step();
        world.audit();
    }
    world.commits();
    let replayed = Desk::replay(kit::settings(), world.committed.iter().cloned());
    assert_eq!(replayed.records(), world.desk.records(), "replaying gives the same desk");
    assert!(world.paid.len() > 60, "only {} results were paid", world.paid.len());
}

#[test]
fn a_desk_keeps_its_books_through_random_days() {
    let steps = number("THRONG_STEPS").unwrap_or(u64::from(STEPS));
    let seeds = number("THRONG_SEED").map_or(1..=SEEDS, |seed| seed..=seed);
    for seed in seeds {
        let result = std::panic::catch_unwind(|| run(seed, steps));
        assert!(result.is_ok(), "the simulation failed with THRONG_SEED={seed}");
    }
}
