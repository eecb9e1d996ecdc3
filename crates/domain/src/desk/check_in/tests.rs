//! What a worker that checks in may serve, what is taken down of it, what its presence earns, and how many an owner may bring.

use super::*;
use crate::desk::answer::{Authority, UserEdit};
use crate::desk::modes::ModesChange;
use crate::kit::{START, SeededIds, alchemist, ask, dreamer, open_desk, picture, register, scribe};
use crate::model::{Baseline, ImageModel};
use crate::standing::Roles;
use crate::time::Span;

/// How often the workers of these tests pop: often enough to count as there, seldom enough that each pop is taken down.
const STEP: Span = Span::seconds(40);

struct Scene {
    desk: Desk,
    ids: SeededIds,
    out: Vec<Event>,
    ada: UserId,
    now: Timestamp,
}

impl Scene {
    fn new() -> Self {
        let mut out = Vec::new();
        let mut desk = open_desk(&mut out);
        let ada = register(&mut desk, "ada", START, &mut out);
        Self { desk, ids: SeededIds::new(5), out, ada, now: START }
    }

    fn becomes(&mut self, roles: Roles) {
        assert!(self.desk.set_roles(self.ada, roles, &mut self.out));
    }

    fn pops(&mut self, offer: &Offer) -> Result<WorkerId, PopRefusal> {
        self.desk.pop(offer, self.now, &mut self.ids, &mut self.out).map(|popped| popped.worker)
    }

    /// The worker pops for so long, whatever it is told.
    fn stays(&mut self, offer: &Offer, seconds: i64) {
        for _ in 0..seconds / STEP.as_seconds() {
            self.now = self.now + STEP;
            let _ = self.pops(offer);
        }
    }

    fn record(&self, worker: WorkerId) -> Arc<WorkerRecord> {
        self.desk.worker(worker, self.now).expect("a worker").record
    }

    /// What Ada can spend, and what waits for her trust.
    fn has(&self) -> (Kudos, Kudos) {
        let ada = self.desk.user(self.ada).expect("ada");
        (ada.balance, ada.escrow)
    }
}

fn serving(mut offer: Offer, models: &[&str]) -> Offer {
    offer.models = models.iter().map(|model| Name::from(*model)).collect();
    offer
}

#[test]
fn a_model_that_is_marked_as_somebodys_is_served_by_its_owner_alone() {
    let mut scene = Scene::new();
    let ada = scene.ada;
    let foreign = || Err(PopRefusal::ForeignModel { owner: "bob#2".into() });
    assert_eq!(scene.pops(&serving(scribe(ada, "quill"), &["writer", "writer::bob#2"])), foreign());
    let own = ["writer::ada#1", "no::mark::bob#2"];
    let quill = scene.pops(&serving(scribe(ada, "quill"), &own)).expect("her own");
    assert_eq!(scene.record(quill).profile.models.len(), 2);

    let special = ["plain", "horde_special::ada#1", "nobody knows it"];
    let rig = scene.pops(&serving(dreamer(ada, "rig"), &special)).expect("one is known");
    assert_eq!(scene.record(rig).profile.models, [Name::from("plain")]);
    scene.becomes(Roles { special: true, ..Roles::default() });
    scene.now = scene.now + STEP;
    assert_eq!(scene.pops(&serving(dreamer(ada, "rig"), &["horde_special::bob#2"])), foreign());
    assert_eq!(scene.pops(&serving(dreamer(ada, "rig"), &special)), Ok(rig));
    assert_eq!(scene.record(rig).profile.models, [Name::from("plain"), Name::from("horde_special::ada#1")]);
}

#[test]
fn presence_earns_every_ten_minutes_and_waits_in_escrow_until_its_owner_is_trusted() {
    let kinds: [fn(UserId) -> Offer; 3] =
        [|ada| dreamer(ada, "rig"), |ada| scribe(ada, "quill"), |ada| alchemist(ada, "still", &["caption"])];
    // Fifty and two for a model; ten times fifty-five for a large model; forty, which never waits.
    for (offer, worth, waits) in [(kinds[0], 52, true), (kinds[1], 550, true), (kinds[2], 40, false)] {
        for trusted in [false, true] {
            let mut scene = Scene::new();
            scene.becomes(Roles { trusted, ..Roles::default() });
            let offer = offer(scene.ada);
            let worker = scene.pops(&offer).expect("registered");
            scene.stays(&offer, 600);
            assert_eq!(scene.has(), (Kudos::ZERO, Kudos::ZERO), "ten minutes are not over");
            scene.stays(&offer, 640);
            let (once, none) = (Kudos::whole(worth), Kudos::ZERO);
            let expected = if waits && !trusted { (none, once) } else { (once, none) };
            assert_eq!(scene.has(), expected, "{worth}, trusted: {trusted}");
            let counts = scene.record(worker).counts.clone();
            assert_eq!((counts.uptime_seconds, counts.uptime_kudos), (1240, once));
            scene.stays(&offer, 80);
            assert_eq!(scene.record(worker).counts.uptime_kudos, once + once);
            assert_eq!(scene.desk.audit(), Ok(()));
        }
    }
}

#[test]
fn time_away_and_time_in_maintenance_are_no_presence() {
    let mut scene = Scene::new();
    let rig = dreamer(scene.ada, "rig");
    let worker = scene.pops(&rig).expect("registered");
    let told = |scene: &Scene| {
        let counts = &scene.record(worker).counts;
        (counts.uptime_seconds, counts.uptime_kudos)
    };
    scene.stays(&rig, 600);
    scene.now = scene.now + WORKER_ONLINE + Span::seconds(1);
    scene.pops(&rig).expect("back");
    scene.stays(&rig, 600);
    assert_eq!(told(&scene), (1200, Kudos::ZERO), "the ten minutes begin anew");
    for (maintained, paused) in [(true, false), (false, true)] {
        let message = maintained.then(|| Arc::from("new fans"));
        scene.desk.set_maintenance(worker, message, &mut scene.out);
        scene.desk.set_paused(worker, paused, &mut scene.out);
        scene.stays(&rig, 800);
        assert_eq!(told(&scene), (1200, Kudos::ZERO));
    }
    scene.desk.set_paused(worker, false, &mut scene.out);
    scene.stays(&rig, 640);
    assert_eq!(told(&scene), (1840, Kudos::whole(52)));
}

#[test]
fn what_a_worker_says_is_taken_down_now_and_then_but_serves_at_once() {
    let mut scene = Scene::new();
    let ada = scene.ada;
    let mut rig = dreamer(ada, "rig");
    let worker = scene.pops(&rig).expect("registered");
    scene.stays(&rig, 40);
    (rig.models, rig.threads) = (vec!["large".into()], 4);
    let mut large = picture(ada, 1);
    large.models = rig.models.clone();
    scene.desk.ask(&ask(large), scene.now, &mut scene.ids, &mut scene.out).expect("admitted");
    scene.now = scene.now + Span::seconds(29);
    let popped = scene.desk.pop(&rig, scene.now, &mut scene.ids, &mut scene.out).expect("popped");
    assert_eq!(popped.assignment.map(|given| given.model), Some("large".into()));
    let told = |scene: &Scene| (scene.record(worker).profile.models.clone(), scene.record(worker).profile.threads);
    assert_eq!(told(&scene), (vec!["plain".into()], 1));
    scene.now = scene.now + Span::seconds(1);
    scene.pops(&rig).expect("popped");
    assert_eq!(told(&scene), (vec!["large".into()], 4));
}

#[test]
fn what_becomes_known_of_models_counts_at_once() {
    let mut scene = Scene::new();
    let ada = scene.ada;
    // Enough that the first of two requests stays before the second.
    assert!(scene.desk.grant(ada, Kudos::whole(1_000), START, &mut scene.ids, &mut scene.out));
    let rig = serving(dreamer(ada, "rig"), &["plain", "dream"]);
    let worker = scene.pops(&rig).expect("registered");
    assert_eq!(scene.record(worker).profile.models, [Name::from("plain")], "nobody knows the other one");
    let mut request = picture(ada, 1);
    request.models = vec!["dream".into()];
    let asked = scene.desk.ask(&ask(request), scene.now, &mut scene.ids, &mut scene.out).expect("admitted");
    let gets = |scene: &mut Scene| {
        let popped = scene.desk.pop(&rig, scene.now, &mut scene.ids, &mut scene.out).expect("popped");
        popped.assignment.map(|given| given.request_id)
    };
    assert_eq!(gets(&mut scene), None);
    let (mut known, before) = (crate::kit::reference(), scene.desk.quote(&picture(ada, 1)));
    known.images.insert("dream".into(), ImageModel::of(Baseline::Flux));
    // One that was thought to paint everything turns out to fill gaps alone.
    known.images.insert("plain".into(), ImageModel { inpainting: true, ..ImageModel::of(Baseline::Flux) });
    scene.desk.know_models(Arc::new(known));
    assert!(scene.desk.quote(&picture(ada, 1)) > before, "a larger family costs more");
    let plain = picture(ada, 1);
    scene.desk.ask(&ask(plain), scene.now, &mut scene.ids, &mut scene.out).expect("admitted");
    let only_plain = serving(dreamer(ada, "rig"), &["plain"]);
    let popped = scene.desk.pop(&only_plain, scene.now, &mut scene.ids, &mut scene.out).expect("popped");
    assert_eq!(popped.assignment, None, "it can no longer make whole pictures");
    scene.now = scene.now + STEP;
    assert_eq!(gets(&mut scene), Some(asked.request));
    assert_eq!(scene.record(worker).profile.models, [Name::from("plain"), Name::from("dream")]);
    assert_eq!(scene.desk.audit(), Ok(()));
}

#[test]
fn an_owner_brings_few_workers_untrusted_some_trusted_and_more_by_invitation() {
    let mut scene = Scene::new();
    let ada = scene.ada;
    let invited = |scene: &mut Scene, count| {
        let edit = UserEdit { worker_invited: Some(count), ..UserEdit::default() };
        let by = Authority { caller: ada, admin: true };
        scene.desk.edit_user(by, ada, &edit, None, START, &mut scene.ids, &mut scene.out).expect("invited");
    };
    let mut number = 0;
    let mut brings = |scene: &mut Scene| {
        number += 1;
        let mut offer = dreamer(ada, &format!("rig {number}"));
        offer.address = format!("192.0.2.{number}").into();
        scene.pops(&offer).map(drop)
    };
    for _ in 0..4 {
        assert_eq!(brings(&mut scene), Ok(()));
    }
    assert_eq!(brings(&mut scene), Err(PopRefusal::TooManyWorkers { limit: WORKERS_UNTRUSTED_MAX }));
    scene.becomes(Roles { trusted: true, ..Roles::default() });
    for _ in 4..=WORKERS_TRUSTED_MAX {
        assert_eq!(brings(&mut scene), Ok(()));
    }
    assert_eq!(brings(&mut scene), Err(PopRefusal::TooManyWorkersTrusted { limit: WORKERS_TRUSTED_MAX }));
    invited(&mut scene, 22);
    assert_eq!(brings(&mut scene), Ok(()));
    let closed = ModesChange { invite_only: Some(true), ..ModesChange::default() };
    scene.desk.set_modes(closed, START, &mut scene.out);
    assert_eq!(brings(&mut scene), Err(PopRefusal::InviteOnly), "twenty-two are there");
    invited(&mut scene, 23);
    assert_eq!(brings(&mut scene), Ok(()));
}
