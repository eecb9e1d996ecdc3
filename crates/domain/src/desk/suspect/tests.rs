//! What counts against whom, and what comes of it.

use super::*;
use crate::desk::modes::ModesChange;
use crate::id::GenerationId;
use crate::kit::{START, SeededIds, ask, dreamer, image, open_desk, picture, register, scribe, text, words};
use crate::kudos::Kudos;
use crate::limits::{ABORTS_PER_HOUR_MAX, ABORTS_PER_HOUR_RAID_MAX};
use crate::offer::{Address, Product};
use crate::request::{Request, Work};

struct Scene {
    desk: Desk,
    ids: SeededIds,
    out: Vec<Event>,
    ada: UserId,
    bob: UserId,
}

impl Scene {
    fn new() -> Self {
        let mut out = Vec::new();
        let mut desk = open_desk(&mut out);
        let mut ids = SeededIds::new(5);
        let [ada, bob] = ["ada", "bob"].map(|name| register(&mut desk, name, START, &mut out));
        desk.grant(ada, Kudos::whole(100_000), START, &mut ids, &mut out);
        Self { desk, ids, out, ada, bob }
    }

    fn takes(&mut self, request: Request) -> (WorkerId, GenerationId) {
        let kind = request.kind();
        self.desk.ask(&ask(request), START, &mut self.ids, &mut self.out).expect("admitted");
        let offer = match kind {
            Kind::Image => dreamer(self.bob, "rig"),
            Kind::Text => scribe(self.bob, "quill"),
            Kind::Alchemy => panic!("forms are not judged by their speed"),
        };
        let popped = self.desk.pop(&offer, START, &mut self.ids, &mut self.out).expect("popped");
        (popped.worker, popped.assignment.expect("work").generations[0])
    }

    /// Bob's worker does a request in so many seconds.
    fn makes(&mut self, request: Request, product: &Product, seconds: i64) -> WorkerId {
        let (worker, id) = self.takes(request);
        let at = START + Span::seconds(seconds);
        self.desk.submit(self.bob, id, product, at, &mut self.ids, &mut self.out).expect("accepted");
        worker
    }

    fn of_worker(&self, worker: WorkerId) -> (u32, bool) {
        let record = self.desk.worker(worker, START).expect("a worker").record;
        (record.counts.suspicions.total(), record.paused)
    }

    fn of_bob(&self) -> (u32, bool) {
        let record = self.desk.user(self.bob).expect("bob").record;
        (record.counts.suspicions.total(), record.roles.suspicious)
    }
}

/// Nine megapixelsteps for each second that it may take at the fastest, and a little more.
fn large(user: UserId) -> Request {
    let mut request = picture(user, 1);
    if let Work::Image(image) = &mut request.work {
        (image.width, image.height, image.steps) = (1024, 1024, 40);
    }
    request
}

#[test]
fn a_picture_faster_than_any_machine_is_odd() {
    let mut scene = Scene::new();
    let ada = scene.ada;
    let rig = scene.makes(large(ada), &image(1), 3);
    assert_eq!(scene.of_worker(rig), (0, false), "14 megapixelsteps a second");
    scene.makes(large(ada), &image(1), 2);
    assert_eq!((scene.of_worker(rig), scene.of_bob()), ((1, false), (1, false)), "21 megapixelsteps a second");
    scene.makes(picture(ada, 1), &image(1), 0);
    assert_eq!(scene.of_worker(rig), (1, false), "less than a second is taken for one");
}

#[test]
fn larger_text_models_are_odd_at_lower_speeds() {
    let mut scene = Scene::new();
    let ada = scene.ada;
    let fables = "once upon a time ".repeat(40);
    // 80 tokens of a model with 70 billion parameters: odd below 2.67 seconds.
    let quill = scene.makes(text(ada, 1), &words(&fables), 3);
    assert_eq!(scene.of_worker(quill), (0, false));
    scene.makes(text(ada, 1), &words(&fables), 2);
    assert_eq!(scene.of_worker(quill), (1, false));
    assert_eq!(scene.desk.fastest_scribe("nobody knows it"), TEXT_FASTEST_PER_SECOND);
    assert_eq!(scene.desk.fastest_scribe("writer"), 30);
}

#[test]
fn too_much_of_it_pauses_the_worker_and_makes_the_owner_suspicious() {
    let mut scene = Scene::new();
    let ada = scene.ada;
    for count in 1..SUSPICIONS_MAX {
        let rig = scene.makes(large(ada), &image(1), 0);
        assert_eq!((scene.of_worker(rig), scene.of_bob()), ((count, false), (count, false)));
    }
    let rig = scene.makes(large(ada), &image(1), 0);
    let most = (SUSPICIONS_MAX, true);
    assert_eq!((scene.of_worker(rig), scene.of_bob()), (most, most));
    let bob = scene.bob;
    assert!(scene.desk.reset_suspicion(bob, &mut scene.out));
    assert_eq!((scene.of_worker(rig), scene.of_bob()), ((0, true), (0, false)), "cleared, but still paused");
    scene.desk.set_roles(bob, Roles { trusted: true, ..Roles::default() }, &mut scene.out);
    assert_eq!(scene.of_worker(rig), (0, false), "trust lets it go on");
    assert_eq!(Desk::replay(crate::kit::settings(), scene.out.iter().cloned()).records(), scene.desk.records());
}

#[test]
fn nothing_counts_against_the_trusted_and_the_shared_account() {
    let mut scene = Scene::new();
    let (ada, bob) = (scene.ada, scene.bob);
    scene.desk.set_roles(bob, Roles { trusted: true, ..Roles::default() }, &mut scene.out);
    let rig = scene.makes(large(ada), &image(1), 0);
    assert_eq!((scene.of_worker(rig), scene.of_bob()), ((0, false), (0, false)));
    scene.desk.suspect_user(UserId::ANONYMOUS, Reason::CorruptPrompt, &mut scene.out);
    let anonymous = scene.desk.user(UserId::ANONYMOUS).expect("everybody").record;
    assert_eq!(anonymous.counts.suspicions.total(), 0);
}

#[test]
fn long_names_and_hidden_addresses_are_odd() {
    let mut scene = Scene::new();
    let bob = scene.bob;
    let mut offer = dreamer(bob, "rig");
    offer.seen.name_chars = 201;
    offer.seen.address = Address::Watched;
    let rig = scene.desk.pop(&offer, START, &mut scene.ids, &mut scene.out).expect("popped").worker;
    assert_eq!(scene.of_worker(rig), (3, false));
    let later = START + Span::minutes(1);
    scene.desk.pop(&offer, later, &mut scene.ids, &mut scene.out).expect("popped");
    assert_eq!(scene.of_worker(rig), (3, false), "the same tells nothing new");
}

#[test]
fn too_many_failed_attempts_are_odd_besides_maintenance() {
    let mut scene = Scene::new();
    let (ada, bob) = (scene.ada, scene.bob);
    let mut rig = None;
    for _ in 0..=ABORTS_PER_HOUR_MAX {
        let (worker, id) = scene.takes(picture(ada, 1));
        scene.desk.fault(bob, id, Kind::Image, START, &mut scene.out).expect("noticed");
        // The request would be offered to the same worker first.
        let request = scene.desk.lease(id).expect("a lease").request_id;
        scene.desk.cancel(request, Kind::Image, START, &mut scene.out).expect("cancelled");
        rig = Some(worker);
    }
    let rig = rig.expect("a worker");
    assert_eq!(scene.of_worker(rig), (1, false));
    assert!(scene.desk.worker(rig, START).expect("a worker").record.maintenance.is_some());
}

#[test]
fn under_a_raid_fewer_failed_attempts_are_odd_and_the_worker_is_not_told() {
    let mut scene = Scene::new();
    let (ada, bob) = (scene.ada, scene.bob);
    let raid = ModesChange { raid: Some(true), ..ModesChange::default() };
    scene.desk.set_modes(raid, START, &mut scene.out);
    for count in 0..=ABORTS_PER_HOUR_RAID_MAX {
        let (rig, id) = scene.takes(picture(ada, 1));
        assert_eq!(scene.of_worker(rig), (0, false), "after {count}");
        scene.desk.fault(bob, id, Kind::Image, START, &mut scene.out).expect("noticed");
        let request = scene.desk.lease(id).expect("a lease").request_id;
        scene.desk.cancel(request, Kind::Image, START, &mut scene.out).expect("cancelled");
    }
    let (rig, _) = scene.takes(picture(ada, 1));
    assert_eq!((scene.of_worker(rig), scene.of_bob()), ((1, false), (1, false)));
    assert!(scene.desk.worker(rig, START).expect("a worker").record.maintenance.is_none());
}
