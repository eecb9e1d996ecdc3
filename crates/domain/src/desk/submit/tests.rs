//! What a result moves, and when it is refused.

use super::*;
use crate::kit::{START, SeededIds, ask, dreamer, image, open_desk, picture, register, scribe, text, words};
use crate::limits::{ABORTS_PER_HOUR_MAX, FAULTS_MAX};
use crate::request::Request;
use crate::standing::Roles;
use crate::time::Span;
use crate::{Desk, RequestId};

struct Scene {
    desk: Desk,
    out: Vec<Event>,
    ids: SeededIds,
    ada: UserId,
    bob: UserId,
}

impl Scene {
    fn new() -> Self {
        let mut out = Vec::new();
        let mut desk = open_desk(&mut out);
        let ada = register(&mut desk, "ada", START, &mut out);
        let bob = register(&mut desk, "bob", START, &mut out);
        Self { desk, out, ids: SeededIds::new(3), ada, bob }
    }

    fn grant(&mut self, user: UserId, kudos: i64) {
        assert!(self.desk.grant(user, Kudos::whole(kudos), START, &mut self.ids, &mut self.out));
    }

    fn trust(&mut self, user: UserId) {
        let trusted = Roles { trusted: true, ..Roles::default() };
        assert!(self.desk.set_roles(user, trusted, &mut self.out));
    }

    fn asks(&mut self, request: Request) -> RequestId {
        let ask = ask(request);
        self.desk.ask(&ask, START, &mut self.ids, &mut self.out).expect("admitted").request
    }

    fn pops(&mut self, kind: Kind, at: Timestamp) -> GenerationId {
        let offer = match kind {
            Kind::Image => dreamer(self.bob, "rig"),
            Kind::Text => scribe(self.bob, "quill"),
            Kind::Alchemy => panic!("alchemists have tests of their own, in desk/pop/forms"),
        };
        let popped = self.desk.pop(&offer, at, &mut self.ids, &mut self.out).expect("popped");
        popped.assignment.expect("work").generations[0]
    }

    fn submits(&mut self, id: GenerationId, product: &Product) -> Result<Submitted, SubmitRefusal> {
        let at = START + Span::seconds(2);
        self.desk.submit(self.bob, id, product, at, &mut self.ids, &mut self.out)
    }

    fn balance(&self, user: UserId) -> String {
        let view = self.desk.user(user).expect("a user");
        format!("{} + {}", view.balance, view.escrow)
    }

    fn held(&self, user: UserId) -> Kudos {
        self.desk.user(user).expect("a user").held
    }

    fn is_sound(&self) {
        assert_eq!(self.desk.audit(), Ok(()));
    }
}

/// What the kit's picture earns.
fn earned() -> Kudos {
    price::image_base(picture(UserId(1), 1).image().expect("a picture"))
}

/// A balance and an escrow as a scene shows them.
fn shown(balance: Kudos, escrow: Kudos) -> String {
    format!("{balance} + {escrow}")
}

#[test]
fn kudos_move_from_requester_to_owner_and_half_waits_in_escrow() {
    let mut scene = Scene::new();
    let (ada, bob) = (scene.ada, scene.bob);
    scene.grant(ada, 100);
    let request = scene.asks(picture(ada, 1));
    assert_eq!(scene.balance(ada), "97.0 + 0.0", "the tax is taken at once");
    let id = scene.pops(Kind::Image, START);
    let submitted = scene.submits(id, &image(1)).expect("accepted");
    assert_eq!(submitted.reward, earned());
    let left = Kudos::whole(97 - 1) - earned();
    assert_eq!(scene.balance(ada), shown(left, Kudos::ZERO), "the reward and one on top");
    assert_eq!(scene.balance(bob), shown(earned() - earned().half(), earned().half()));
    let status = scene.desk.status(request, Kind::Image, START).expect("known");
    assert!(status.progress.done && !status.progress.faulted);
    assert_eq!((status.progress.finished, status.results.len()), (1, 1));
    scene.is_sound();
}

#[test]
fn trusted_owners_are_paid_in_full_and_other_bridges_in_part() {
    let mut scene = Scene::new();
    let (ada, bob) = (scene.ada, scene.bob);
    scene.grant(ada, 100);
    scene.trust(bob);
    scene.asks(picture(ada, 1));
    let mut offer = dreamer(bob, "rig");
    offer.bridge_agent = "stranger:1:u".into();
    let popped = scene.desk.pop(&offer, START, &mut scene.ids, &mut scene.out).expect("popped");
    let id = popped.assignment.expect("work").generations[0];
    let submitted = scene.submits(id, &image(1)).expect("accepted");
    assert_eq!(submitted.reward, earned(), "the worker is told the whole");
    assert_eq!(scene.balance(bob), shown(earned().scaled(3, 4), Kudos::ZERO), "three quarters");
    let left = Kudos::whole(97 - 1) - earned();
    assert_eq!(scene.balance(ada), shown(left, Kudos::ZERO), "what the bridge forgoes is burned");
    scene.is_sound();
}

#[test]
fn a_debt_below_the_floor_is_forgiven() {
    let mut scene = Scene::new();
    let ada = scene.ada;
    scene.asks(picture(ada, 1));
    assert_eq!(scene.balance(ada), "14.0 + 0.0", "the first debit lifts to the floor");
    let id = scene.pops(Kind::Image, START);
    scene.submits(id, &image(1)).expect("accepted");
    assert_eq!(scene.balance(ada), "14.0 + 0.0");
    assert_eq!(scene.balance(scene.bob), shown(earned() - earned().half(), earned().half()));
    scene.is_sound();
}

#[test]
fn a_censored_result_costs_only_the_surcharge_and_pays_the_worker() {
    let mut scene = Scene::new();
    let ada = scene.ada;
    scene.grant(ada, 100);
    scene.asks(picture(ada, 1));
    let id = scene.pops(Kind::Image, START);
    let Product::Image(mut product) = image(1) else { panic!("a picture") };
    product.censored = true;
    scene.submits(id, &Product::Image(product)).expect("accepted");
    assert_eq!(scene.balance(ada), "96.0 + 0.0");
    assert_eq!(scene.balance(scene.bob), shown(earned() - earned().half(), earned().half()));
    scene.is_sound();
}

#[test]
fn a_text_pays_by_its_length() {
    let mut scene = Scene::new();
    let ada = scene.ada;
    scene.grant(ada, 100);
    scene.asks(text(ada, 1));
    assert_eq!(scene.balance(ada), "99.0 + 0.0");
    let id = scene.pops(Kind::Text, START);
    let submitted = scene.submits(id, &words("A short text.")).expect("accepted");
    assert_eq!(submitted.reward.to_string(), "19.0", "twenty tokens of seventy billion");
    assert_eq!(scene.balance(ada), "79.0 + 0.0");
    scene.is_sound();
}

#[test]
fn a_hold_is_posted_and_what_is_left_of_it_is_free() {
    let mut scene = Scene::new();
    let ada = scene.ada;
    scene.grant(ada, 100);
    let mut request = picture(ada, 2);
    request.slow_workers = false;
    let id = scene.asks(request);
    let each = (earned() + Kudos::whole(1)).scaled(12, 10);
    assert_eq!(scene.held(ada), each.times(2) + Kudos::whole(1), "both, and one for being asked");
    let generation = scene.pops(Kind::Image, START);
    scene.submits(generation, &image(1)).expect("accepted");
    let half = scene.held(ada);
    assert!(half.is_positive() && half <= each + Kudos::whole(1), "one is paid: {half}");
    scene.is_sound();
    let cancelled = scene.desk.cancel(id, Kind::Image, START, &mut scene.out).expect("cancelled");
    assert!(cancelled.progress.done);
    assert_eq!(scene.held(ada), Kudos::ZERO);
    scene.is_sound();
}

#[test]
fn the_same_result_again_is_answered_alike_and_another_is_refused() {
    let mut scene = Scene::new();
    scene.asks(picture(scene.ada, 1));
    let id = scene.pops(Kind::Image, START);
    let first = scene.submits(id, &image(1)).expect("accepted");
    let events = scene.out.len();
    let again = scene.submits(id, &image(1)).expect("accepted again");
    assert_eq!((again.reward, again.repeated), (first.reward, true));
    assert_eq!(scene.submits(id, &image(2)), Err(SubmitRefusal::DuplicateGen));
    assert_eq!(scene.out.len(), events, "neither moved anything");
}

#[test]
fn only_the_leaseholder_may_submit() {
    let mut scene = Scene::new();
    scene.asks(picture(scene.ada, 1));
    let id = scene.pops(Kind::Image, START);
    assert_eq!(scene.submits(id, &words("not a picture")), Err(SubmitRefusal::InvalidJobId));
    scene.bob = scene.ada;
    assert_eq!(scene.submits(id, &image(1)), Err(SubmitRefusal::WrongCredentials));
}

#[test]
fn a_late_worker_cannot_submit_and_another_takes_over() {
    let mut scene = Scene::new();
    let request = scene.asks(picture(scene.ada, 1));
    let late = scene.pops(Kind::Image, START);
    let after = START + Span::seconds(151);
    let ticked = scene.desk.tick(after, &mut scene.out);
    assert_eq!(ticked.rescued, 1);
    let live = scene.pops(Kind::Image, after);
    assert_eq!(scene.submits(late, &image(1)), Err(SubmitRefusal::AbortedGen));
    scene.submits(live, &image(1)).expect("accepted");
    let progress = scene.desk.check(request, Kind::Image, after).expect("known");
    assert_eq!((progress.finished, progress.restarted, progress.done), (1, 1, true));
    scene.is_sound();
}

#[test]
fn three_faults_give_a_request_up() {
    let mut scene = Scene::new();
    let request = scene.asks(picture(scene.ada, 1));
    for fault in 1..=FAULTS_MAX {
        let id = scene.pops(Kind::Image, START);
        scene.desk.fault(scene.bob, id, Kind::Image, START, &mut scene.out).expect("noted");
        let progress = scene.desk.check(request, Kind::Image, START).expect("known");
        assert_eq!((progress.faulted, progress.done), (fault == FAULTS_MAX, fault == FAULTS_MAX));
    }
    scene.is_sound();
}

#[test]
fn a_worker_that_faults_too_often_is_put_into_maintenance() {
    let mut scene = Scene::new();
    let mut faults = 0;
    let bob = scene.bob;
    let maintained = loop {
        scene.asks(picture(scene.ada, 1));
        let id = scene.pops(Kind::Image, START);
        scene.desk.fault(bob, id, Kind::Image, START, &mut scene.out).expect("noted");
        faults += 1;
        let worker = scene.desk.worker_by_name("rig", START).expect("known");
        if let Some(message) = worker.record.maintenance.clone() {
            break message;
        }
    };
    assert_eq!(faults, ABORTS_PER_HOUR_MAX + 1);
    assert!(maintained.contains("Please check your worker speed"));
}

#[test]
fn cancelling_lets_what_is_begun_be_delivered() {
    let mut scene = Scene::new();
    let ada = scene.ada;
    let request = scene.asks(picture(ada, 3));
    let id = scene.pops(Kind::Image, START);
    let status = scene.desk.cancel(request, Kind::Image, START, &mut scene.out).expect("cancelled");
    let progress = status.progress;
    assert_eq!((progress.waiting, progress.processing, progress.done), (0, 1, false));
    scene.submits(id, &image(1)).expect("accepted");
    let progress = scene.desk.check(request, Kind::Image, START).expect("known");
    assert_eq!((progress.finished, progress.done), (1, true));

    let request = scene.asks(text(ada, 2));
    let status = scene.desk.cancel(request, Kind::Text, START, &mut scene.out).expect("cancelled");
    assert!(!status.progress.done, "a cancelled text is forgotten, never done");
    let long_after = START + Span::minutes(21);
    assert_eq!(scene.desk.tick(long_after, &mut scene.out).forgotten, 2);
    assert!(scene.desk.status(request, Kind::Text, long_after).is_err());
    scene.is_sound();
}
