//! The life of forms at the desk: handed out one by one, made, failed, withdrawn, counted.

use super::*;
use crate::desk::answer::{AlchemyState, FormState};
use crate::id::{GenerationId, UserId};
use crate::kit::{START, SeededIds, alchemist, alchemy, ask, open_desk, register, told};
use crate::kudos::Kudos;
use crate::limits::FORM_ATTEMPTS_MAX;
use crate::refusal::{AskRefusal, SubmitRefusal};
use crate::request::{Request, Work};
use crate::standing::Roles;
use crate::time::Span;
use crate::{Desk, Kind};

struct Scene {
    desk: Desk,
    out: Vec<Event>,
    ids: SeededIds,
    ada: UserId,
    bob: UserId,
    /// When the next request is asked: each a second after the last.
    asking: Timestamp,
}

impl Scene {
    /// Ada, who can pay, and bob, who is trusted and brings alchemists.
    fn new() -> Self {
        let mut out = Vec::new();
        let mut desk = open_desk(&mut out);
        let ada = register(&mut desk, "ada", START, &mut out);
        let bob = register(&mut desk, "bob", START, &mut out);
        let mut ids = SeededIds::new(5);
        assert!(desk.grant(ada, Kudos::whole(100), START, &mut ids, &mut out));
        assert!(desk.set_roles(bob, Roles { trusted: true, ..Roles::default() }, &mut out));
        Self { desk, out, ids, ada, bob, asking: START }
    }

    fn asks(&mut self, request: Request) -> RequestId {
        let ask = ask(request);
        self.asking = self.asking + Span::seconds(1);
        self.desk.ask(&ask, self.asking, &mut self.ids, &mut self.out).expect("admitted").request
    }

    fn pops(&mut self, forms: &[&str], amount: u16, at: Timestamp) -> Vec<(RequestId, String, GenerationId)> {
        let offer = Offer { amount, ..alchemist(self.bob, "still", forms) };
        let popped = self.desk.pop(&offer, at, &mut self.ids, &mut self.out).expect("popped");
        assert_eq!(popped.assignment, None);
        let name = |form: &FormAssignment| {
            let work = form.request.alchemy().expect("alchemy");
            let job = self.desk.state.generations[&form.generation].job;
            (job.request, work.form(form.slot).expect("a form").name.to_string(), form.generation)
        };
        popped.forms.iter().map(name).collect()
    }

    fn submits(&mut self, id: GenerationId, form: &str) -> Result<Kudos, SubmitRefusal> {
        let product = told(form, "a cat");
        let at = START + Span::seconds(2);
        let done = self.desk.submit(self.bob, id, &product, at, &mut self.ids, &mut self.out)?;
        Ok(done.reward)
    }

    fn state(&self, request: RequestId) -> AlchemyState {
        self.desk.forms(request).expect("known").state
    }

    fn balance(&self, user: UserId) -> String {
        self.desk.user(user).expect("a user").balance.to_string()
    }

    fn is_sound(&self) {
        assert_eq!(self.desk.audit(), Ok(()));
    }
}

#[test]
fn a_pop_takes_known_forms_of_several_requests_and_leaves_the_others() {
    let mut scene = Scene::new();
    let ada = scene.ada;
    let first = scene.asks(alchemy(ada, &["caption", "GFPGAN", "caption"]));
    let second = scene.asks(alchemy(ada, &["nsfw", "caption"]));
    let taken = scene.pops(&["caption", "nsfw"], 4, START);
    let names: Vec<(RequestId, &str)> = taken.iter().map(|(request, form, _)| (*request, form.as_str())).collect();
    assert_eq!(names, [(first, "caption"), (first, "caption"), (second, "nsfw"), (second, "caption")]);
    assert!(scene.pops(&["caption", "nsfw"], 4, START).is_empty(), "only the post-processor waits");
    assert_eq!(scene.pops(&["GFPGAN", "unheard of"], 4, START).len(), 1);
    assert_eq!((scene.state(first), scene.state(second)), (AlchemyState::Processing, AlchemyState::Processing));
    scene.is_sound();
}

#[test]
fn forms_are_paid_by_their_price_and_one_or_two_on_top() {
    let mut scene = Scene::new();
    let (ada, bob) = (scene.ada, scene.bob);
    let mut request = alchemy(ada, &["caption", "interrogation", "GFPGAN"]);
    if let Work::Alchemy(work) = &mut request.work {
        work.tiles = 4;
    }
    let hasty = Request { slow_workers: false, ..alchemy(ada, &["palette"]) };
    let id = scene.asks(request);
    scene.asks(hasty);
    assert_eq!(scene.balance(ada), "100.0", "asking costs nothing");
    let forms = ["caption", "interrogation", "GFPGAN", "palette"];
    let rewards: Vec<String> = scene
        .pops(&forms, 4, START)
        .into_iter()
        .map(|(_, form, id)| scene.submits(id, &form).expect("accepted").to_string())
        .collect();
    assert_eq!(rewards, ["1.0", "3.0", "12.0", "1.0"]);
    assert_eq!(scene.balance(bob), "17.0");
    assert_eq!(scene.balance(ada), "76.0", "17 earned, 2 on top of three, 1 on top of the hasty one");
    assert_eq!(scene.state(id), AlchemyState::Done);
    let counts = scene.desk.user(ada).expect("a user").record.counts;
    assert_eq!((counts.requests_alchemy, counts.requests_image), (4, 0));
    assert_eq!(scene.desk.user(bob).expect("a user").record.counts.fulfilments_alchemy, 4);
    scene.is_sound();
}

#[test]
fn a_form_that_fails_four_times_is_given_up_and_the_others_live_on() {
    let mut scene = Scene::new();
    let (ada, bob) = (scene.ada, scene.bob);
    let request = scene.asks(alchemy(ada, &["caption", "nsfw"]));
    let mut at = START;
    for round in 0..FORM_ATTEMPTS_MAX {
        let taken = scene.pops(&["caption"], 1, at);
        assert_eq!(taken.len(), 1, "round {round}");
        if round % 2 == 0 {
            scene.desk.fault(bob, taken[0].2, Kind::Alchemy, at, &mut scene.out).expect("noted");
        } else {
            at = at + Span::seconds(181);
            scene.desk.tick(at, &mut scene.out);
        }
    }
    assert!(scene.pops(&["caption"], 1, at).is_empty());
    let status = scene.desk.forms(request).expect("known");
    let states: Vec<&FormState> = status.forms.iter().map(|form| &form.state).collect();
    assert_eq!(states, [&FormState::Faulted, &FormState::Waiting]);
    assert_eq!(status.state, AlchemyState::Waiting);
    let (_, form, id) = scene.pops(&["nsfw"], 1, at).remove(0);
    scene.submits(id, &form).expect("accepted");
    assert_eq!(scene.state(request), AlchemyState::Partial);
    scene.is_sound();
}

#[test]
fn cancelled_forms_in_progress_are_paid_and_nothing_is_handed_in_after_that() {
    let mut scene = Scene::new();
    let (ada, bob) = (scene.ada, scene.bob);
    let request = scene.asks(alchemy(ada, &["caption", "interrogation", "nsfw"]));
    let taken = scene.pops(&["caption", "interrogation"], 2, START);
    scene.submits(taken[0].2, "caption").expect("accepted");
    let status = scene.desk.cancel_forms(request, START, &mut scene.ids, &mut scene.out).expect("known");
    let states: Vec<bool> = status.forms.iter().map(|form| form.state == FormState::Cancelled).collect();
    assert_eq!((states, status.state), (vec![false, true, true], AlchemyState::Partial));
    assert_eq!((scene.balance(bob), scene.balance(ada)), ("4.0".to_owned(), "92.0".to_owned()));
    assert_eq!(scene.submits(taken[1].2, "interrogation"), Err(SubmitRefusal::DuplicateGen));
    let again = scene.desk.cancel_forms(request, START, &mut scene.ids, &mut scene.out).expect("known");
    assert_eq!((again, scene.balance(bob)), (status, "4.0".to_owned()));
    let still = scene.desk.worker_by_name("still", START).expect("a worker");
    assert_eq!(still.speed_milli, Some(2_000), "what was withdrawn tells nothing of the speed");
    scene.is_sound();
}

#[test]
fn ten_forms_may_be_awaited_for_each_result() {
    let mut scene = Scene::new();
    let ada = scene.ada;
    let first = scene.asks(alchemy(ada, &["caption"; 299]));
    scene.pops(&["caption"], 100, START);
    let mut ask_for = |forms: &[&str]| {
        let ask = ask(alchemy(ada, forms));
        scene.desk.ask(&ask, START, &mut scene.ids, &mut scene.out).map(|asked| asked.request)
    };
    let refused = ask_for(&["caption"; 2]);
    assert_eq!(refused, Err(AskRefusal::TooManyPrompts { awaited: 301, limit: 300 }), "those being made count too");
    assert!(ask_for(&["caption"]).is_ok());
    assert!(ask_for(&["caption"]).is_err());
    assert_eq!(scene.desk.performance(START).alchemy.queued_requests, 300);
    scene.desk.cancel_forms(first, START, &mut scene.ids, &mut scene.out).expect("known");
    assert_eq!(scene.desk.performance(START).alchemy.queued_requests, 1);
    scene.is_sound();
    scene.desk.tick(START + Span::minutes(60), &mut scene.out);
    assert_eq!(scene.desk.performance(START).alchemy.queued_requests, 0);
    scene.is_sound();
}

#[test]
fn no_forms_are_a_request_that_failed() {
    let mut scene = Scene::new();
    let ada = scene.ada;
    let request = scene.asks(alchemy(ada, &[]));
    assert_eq!(scene.state(request), AlchemyState::Faulted);
    scene.is_sound();
}

#[test]
fn too_many_tiles_and_slow_alchemists_are_passed_over() {
    let mut scene = Scene::new();
    let ada = scene.ada;
    let mut large = alchemy(ada, &["caption"]);
    if let Work::Alchemy(work) = &mut large.work {
        work.tiles = 81;
    }
    scene.asks(large);
    assert!(scene.pops(&["caption"], 1, START).is_empty(), "an alchemist takes 80 tiles unless it says more");
    let hasty = || Request { slow_workers: false, ..alchemy(ada, &["caption"]) };
    scene.asks(hasty());
    let (_, _, id) = scene.pops(&["caption"], 1, START).remove(0);
    let late = START + Span::seconds(11);
    scene.desk.submit(scene.bob, id, &told("caption", "a cat"), late, &mut scene.ids, &mut scene.out).expect("in time");
    scene.asks(hasty());
    assert!(scene.pops(&["caption"], 1, late).is_empty(), "eleven seconds a form is slow");
    scene.is_sound();
}

#[test]
fn presence_is_paid_at_once_and_alchemists_do_not_count_as_workers() {
    let mut scene = Scene::new();
    let (ada, mut at) = (scene.ada, START);
    for number in 0..6 {
        let offer = alchemist(ada, &format!("still {number}"), &["caption"]);
        scene.desk.pop(&offer, at, &mut scene.ids, &mut scene.out).expect("the sixth is welcome too");
    }
    let offer = alchemist(ada, "still 0", &["caption"]);
    for _ in 0..3 {
        at = at + Span::seconds(250);
        scene.desk.pop(&offer, at, &mut scene.ids, &mut scene.out).expect("popped");
    }
    let view = scene.desk.user(ada).expect("a user");
    assert_eq!((view.balance.to_string(), view.escrow), ("140.0".to_owned(), Kudos::ZERO));
    assert_eq!((view.workers.len(), view.alchemists), (6, 6));
    scene.is_sound();
}
