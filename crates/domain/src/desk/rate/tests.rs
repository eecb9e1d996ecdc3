//! When pictures can be rated, and who is rewarded.

use super::*;
use crate::kit::{START, SeededIds, ask, dreamer, image, open_desk, picture as wanted, register};
use crate::limits::TAX_IMAGE;
use crate::rating::Rating;
use crate::refusal::RatingRefusal as R;
use crate::request::Request;
use crate::standing::Roles;
use crate::time::Span;

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
        let mut ids = SeededIds::new(5);
        let ada = register(&mut desk, "ada", START, &mut out);
        let bob = register(&mut desk, "bob", START, &mut out);
        assert!(desk.grant(ada, Kudos::whole(1_000), START, &mut ids, &mut out));
        Self { desk, out, ids, ada, bob }
    }

    fn asks(&mut self, user: UserId, n: u16, shared: bool) -> RequestId {
        let request = Request { shared, ..wanted(user, n) };
        self.desk.ask(&ask(request), START, &mut self.ids, &mut self.out).expect("admitted").request
    }

    /// Has everything made that waits; returns the pictures.
    fn makes_all(&mut self) -> Vec<GenerationId> {
        let mut made = Vec::new();
        loop {
            let offer = dreamer(self.bob, "rig");
            let popped = self.desk.pop(&offer, START, &mut self.ids, &mut self.out).expect("popped");
            let Some(work) = popped.assignment else { return made };
            for id in work.generations {
                let at = START + Span::seconds(9);
                self.desk.submit(self.bob, id, &image(7), at, &mut self.ids, &mut self.out).expect("taken");
                made.push(id);
            }
        }
    }

    fn rates(&mut self, id: RequestId, opinion: &Opinion) -> Result<Kudos, R> {
        self.desk.rate(id, opinion, START + Span::seconds(60), &mut self.ids, &mut self.out)
    }
}

fn likes(pictures: &[GenerationId]) -> Opinion {
    let rating = |generation: &GenerationId| Rating { generation: *generation, rating: 8, artifacts: Some(1) };
    Opinion { ratings: pictures.iter().map(rating).collect(), ..Opinion::default() }
}

#[test]
fn pictures_are_rated_once_when_all_are_in_and_shared() {
    let mut scene = Scene::new();
    let (ada, id) = (scene.ada, scene.asks(scene.ada, 2, true));
    assert_eq!(scene.rates(id, &likes(&[])), Err(R::NotCompleted));
    let made = scene.makes_all();
    assert_eq!(made.len(), 2);
    assert_eq!(scene.rates(id, &likes(&[])), Err(R::Nothing));
    let before = scene.desk.user(ada).expect("ada");
    let reward = scene.rates(id, &likes(&made)).expect("rated");
    let after = scene.desk.user(ada).expect("ada");
    let consumed = scene.desk.check(id, Kind::Image, START).expect("a request").consumed;
    assert_eq!(reward, Kudos::whole(20).at_most(consumed - Kudos::whole(1)));
    assert!(reward.is_positive());
    assert_eq!((after.balance, after.record.counts.awarded), (before.balance + reward, reward));
    assert_eq!(scene.rates(id, &likes(&made)), Err(R::AlreadyRated));
    let taken: Vec<_> = scene
        .out
        .iter()
        .filter_map(|event| if let Event::RatingTaken(set) = event { Some(set) } else { None })
        .collect();
    assert_eq!((taken.len(), taken[0].pictures.len(), taken[0].pictures[0].rating), (1, 2, Some(8)));
    assert_eq!(scene.desk.audit(), Ok(()));

    let private = scene.asks(ada, 1, false);
    let made = scene.makes_all();
    assert_eq!(scene.rates(private, &likes(&made)), Err(R::NotShared));
    assert_eq!(scene.rates(RequestId(uuid::Uuid::nil()), &likes(&made)), Err(R::NotFound));
}

#[test]
fn whoever_has_nothing_makes_no_kudos_out_of_what_is_forgiven() {
    let mut scene = Scene::new();
    let cleo = register(&mut scene.desk, "cleo", START, &mut scene.out);
    let gets = |scene: &mut Scene| {
        let id = scene.asks(cleo, 2, true);
        let made = scene.makes_all();
        let consumed = scene.desk.check(id, Kind::Image, START).expect("a request").consumed;
        (scene.rates(id, &likes(&made)).expect("rated"), consumed)
    };
    assert_eq!(gets(&mut scene).0, Kudos::ZERO, "all of it was forgiven");
    // What comes in later does not count for what was forgiven before; what is left of the five pays the next pictures in part.
    let five = Kudos::whole(5);
    assert!(scene.desk.grant(cleo, five, START, &mut scene.ids, &mut scene.out));
    let (reward, consumed) = gets(&mut scene);
    assert!(consumed > Kudos::whole(10), "or this tells nothing: {consumed}");
    assert_eq!(reward, five - TAX_IMAGE, "admission took its part of them");
    assert!(scene.desk.grant(cleo, Kudos::whole(100), START, &mut scene.ids, &mut scene.out));
    let (reward, consumed) = gets(&mut scene);
    assert_eq!(reward, Kudos::whole(20).at_most(consumed - Kudos::whole(1)));
    assert_eq!(scene.desk.audit(), Ok(()));
    assert_eq!(Desk::replay(crate::kit::settings(), scene.out.iter().cloned()).records(), scene.desk.records());
}

#[test]
fn nobody_in_particular_and_nobody_in_bad_standing_is_rewarded() {
    let mut scene = Scene::new();
    for (user, roles) in [
        (UserId::ANONYMOUS, None),
        (scene.ada, Some(Roles { flagged: true, ..Roles::default() })),
        (scene.ada, Some(Roles { suspicious: true, ..Roles::default() })),
    ] {
        if let Some(roles) = roles {
            assert!(scene.desk.set_roles(user, roles, &mut scene.out));
        }
        let id = scene.asks(user, 2, true);
        let made = scene.makes_all();
        let before = scene.desk.user(user).expect("a user").balance;
        assert_eq!(scene.rates(id, &likes(&made)), Ok(Kudos::ZERO), "{user} {roles:?}");
        assert_eq!(scene.desk.user(user).expect("a user").balance, before);
        assert_eq!(scene.rates(id, &likes(&made)), Err(R::AlreadyRated), "it is taken in all the same");
    }
    assert_eq!(scene.desk.audit(), Ok(()));
}

#[test]
fn shared_pictures_are_told_apart_when_their_request_is_forgotten() {
    let mut scene = Scene::new();
    let (shared, private) = (scene.asks(scene.ada, 1, true), scene.asks(scene.ada, 1, false));
    assert_eq!(scene.makes_all().len(), 2);
    scene.out.clear();
    scene.desk.tick(START + Span::minutes(120), &mut scene.out);
    for (request, kept) in [(shared, 1), (private, 0)] {
        let forgotten = |event: &Event| match event {
            Event::RequestForgotten { request: id, images, shared } if *id == request => {
                Some((images.len(), shared.len()))
            }
            _ => None,
        };
        assert_eq!(scene.out.iter().find_map(forgotten), Some((1, kept)));
    }
}
