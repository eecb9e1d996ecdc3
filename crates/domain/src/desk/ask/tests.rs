//! Who is admitted, on which terms, and where it stands in the queue.

use super::*;
use crate::desk::Settings;
use crate::desk::answer::Gift;
use crate::desk::restore::KeyHash;
use crate::kit::{START, SeededIds, ask, dreamer, image, open_desk, picture, register, scribe, settings, text, words};
use crate::limits::TAX_IMAGE;
use crate::refusal::TransferRefusal;
use crate::request::Targeting;
use crate::standing::Roles;
use crate::{Desk, Span, UserId, WorkerId};

fn scene(kudos: i64) -> (Desk, UserId, SeededIds, Vec<Event>) {
    let mut out = Vec::new();
    let mut desk = open_desk(&mut out);
    let ada = register(&mut desk, "ada", START, &mut out);
    let mut ids = SeededIds::new(5);
    desk.grant(ada, Kudos::whole(kudos), START, &mut ids, &mut out);
    (desk, ada, ids, out)
}

#[test]
fn refusals_come_in_their_order() {
    let (mut desk, ada, mut ids, mut out) = scene(1);
    let mut check = |expected: AskRefusal, change: &dyn Fn(&mut Request)| {
        let mut request = picture(ada, 2);
        change(&mut request);
        let before = out.len();
        let refused = desk.ask(&ask(request), START, &mut ids, &mut out);
        assert_eq!(refused, Err(expected));
        assert_eq!(out.len(), before, "a refusal changes nothing");
    };
    let nobody = WorkerId(uuid::Uuid::nil());
    check(AskRefusal::UnknownUser, &|request| request.user = UserId(99));
    check(AskRefusal::WorkerNotFound(nobody), &|request| {
        request.targeting = Some(Targeting { deny: true, workers: vec![nobody] });
        request.disable_batching = true;
    });
    check(AskRefusal::RequiresTrust, &|request| {
        request.disable_batching = true;
        request.n = 31;
    });
    check(AskRefusal::TooManyPrompts { awaited: 31, limit: 30 }, &|request| request.n = 31);
    let mut fast = picture(UserId(1), 2);
    fast.slow_workers = false;
    let needed = price::quote(&settings().models, &fast);
    let reason = UpfrontReason::NoSlowWorkers(1024);
    let available = Kudos::ZERO;
    check(AskRefusal::KudosUpfront { reason, needed, available }, &|request| {
        request.slow_workers = false;
    });
}

#[test]
fn nobody_in_particular_awaits_so_much_for_each_set_of_models() {
    let (mut desk, _, mut ids, mut out) = scene(1);
    let mut asks = |n, models: &[&str]| {
        let mut request = picture(UserId::ANONYMOUS, n);
        request.models = models.iter().map(|model| Name::from(*model)).collect();
        desk.ask(&ask(request), START, &mut ids, &mut out).map(drop)
    };
    let refused = |awaited| Err(AskRefusal::TooManyPrompts { awaited, limit: 500 });
    for _ in 0..10 {
        assert_eq!((asks(20, &["plain"]), asks(20, &["large"])), (Ok(()), Ok(())));
        assert_eq!(asks(5, &["plain", "large"]), Ok(()));
    }
    assert_eq!(asks(1, &["painter"]), Ok(()), "others are another matter");
    assert_eq!(asks(20, &["large", "plain"]), Ok(()));
    assert_eq!(asks(20, &["plain", "painter"]), Ok(()), "each request counts once");
    assert_eq!(asks(20, &["large", "plain"]), refused(510));
    assert_eq!(asks(20, &[]), refused(511), "whoever names none shares with all");
    assert_eq!(asks(20, &["plain"]), Ok(()));
}

#[test]
fn demanding_pictures_are_held_for_or_shrunk() {
    let (mut desk, ada, mut ids, mut out) = scene(40);
    let large = |user| {
        let mut request = picture(user, 1);
        if let Work::Image(image) = &mut request.work {
            (image.width, image.height, image.steps) = (2048, 1024, 60);
        }
        request
    };
    let asked = desk.ask(&ask(large(UserId::ANONYMOUS)), START, &mut ids, &mut out);
    assert!(matches!(asked, Err(AskRefusal::KudosUpfront { reason: UpfrontReason::ModelSteps(40), .. })));
    let shrunk = Ask { allow_downgrade: true, ..ask(large(UserId::ANONYMOUS)) };
    let asked = desk.ask(&shrunk, START, &mut ids, &mut out).expect("admitted");
    assert!(asked.downgraded);
    let status = desk.status(asked.request, Kind::Image, START).expect("known");
    let image = status.request.image().expect("a picture");
    assert_eq!((image.width, image.height, image.steps), (1472, 704, 30));
    // A hold of more than there is is refused.
    let dear = desk.ask(&ask(large(ada)), START, &mut ids, &mut out);
    assert!(matches!(dear, Err(AskRefusal::KudosUpfront { .. })));
    assert_eq!(desk.audit(), Ok(()));
}

#[test]
fn whoever_has_just_what_is_held_pays_admission_out_of_it() {
    let (mut desk, ada, mut ids, mut out) = scene(14);
    let mut fast = picture(ada, 3);
    fast.slow_workers = false;
    let needed = desk.quote(&fast);
    assert!(desk.grant(ada, needed, START, &mut ids, &mut out));
    desk.ask(&ask(fast), START, &mut ids, &mut out).expect("just enough");
    let (view, left) = (desk.user(ada).expect("ada"), needed - TAX_IMAGE);
    assert_eq!((view.balance, view.held), (Kudos::whole(14) + left, left));
    let is_forgiven = |event: &Event| matches!(event, Event::Transferred(one) if one.code == TransferCode::Forgiveness);
    assert!(!out.iter().any(is_forgiven));
    assert_eq!(desk.audit(), Ok(()));
}

#[test]
fn a_dry_run_tells_the_price_or_why_there_is_none() {
    let (desk, ada, _, _) = scene(40);
    assert_eq!(desk.try_ask(&ask(picture(ada, 2)), START), Ok(desk.quote(&picture(ada, 2))));
    let mut large = picture(ada, 1);
    if let Work::Image(image) = &mut large.work {
        (image.width, image.height, image.steps) = (2048, 1024, 60);
    }
    let refused = desk.try_ask(&ask(large.clone()), START);
    assert!(matches!(refused, Err(AskRefusal::KudosUpfront { .. })), "{refused:?}");
    let shrunk = desk.try_ask(&Ask { allow_downgrade: true, ..ask(large.clone()) }, START).expect("shrunk");
    assert!(shrunk < desk.quote(&large), "the price is that of what would be made");
    let crowd = AskRefusal::TooManyPrompts { awaited: 31, limit: 30 };
    assert_eq!(desk.try_ask(&ask(picture(ada, 31)), START), Err(crowd));
}

#[test]
fn codes_are_drawn_one_result_at_a_time() {
    let (mut desk, ada, mut ids, mut out) = scene(1_000);
    let mut request = picture(ada, 3);
    if let Work::Image(image) = &mut request.work {
        image.workflow = Some("qr_code".into());
    }
    let asked = desk.ask(&ask(request), START, &mut ids, &mut out).expect("no trust is needed for it");
    let status = desk.status(asked.request, Kind::Image, START).expect("known");
    assert!(status.request.disable_batching);
}

#[test]
fn pictures_of_a_school_are_kept_safe_and_texts_are_as_they_were() {
    let (mut desk, ada, mut ids, mut out) = scene(1_000);
    assert!(desk.set_roles(ada, Roles { education: true, ..Roles::default() }, &mut out));
    let lewd = Request { nsfw: true, shared: true, ..picture(ada, 1) };
    let asked = desk.ask(&ask(lewd), START, &mut ids, &mut out).expect("admitted");
    let safe = desk.status(asked.request, Kind::Image, START).expect("known").request;
    assert_eq!((safe.nsfw, safe.shared, safe.trusted_workers), (false, false, true));
    assert!(safe.image().is_some_and(|image| image.censor_nsfw));
    let asked = desk.ask(&ask(text(ada, 1)), START, &mut ids, &mut out).expect("admitted");
    assert!(!desk.status(asked.request, Kind::Text, START).expect("known").request.trusted_workers);
}

#[test]
fn long_texts_are_free_only_while_little_waits() {
    let (mut desk, _, mut ids, mut out) = scene(1);
    let mut long = text(UserId::ANONYMOUS, 1);
    if let Work::Text(work) = &mut long.work {
        work.max_length = 512;
    }
    desk.ask(&ask(long.clone()), START, &mut ids, &mut out).expect("free while nothing waits");
    let refused = desk.ask(&ask(long), START, &mut ids, &mut out);
    let reason = UpfrontReason::Length(511);
    assert!(matches!(refused, Err(AskRefusal::KudosUpfront { reason: found, .. }) if found == reason));
}

#[test]
fn the_queue_tells_places_and_whether_anybody_could_serve() {
    let (mut desk, ada, mut ids, mut out) = scene(1_000);
    let poor = desk.ask(&ask(picture(UserId::ANONYMOUS, 2)), START, &mut ids, &mut out);
    let poor = poor.expect("admitted");
    assert!(!poor.possible, "nobody is there");
    let rich = desk.ask(&ask(picture(ada, 1)), START, &mut ids, &mut out).expect("admitted");
    let now = START + Span::seconds(2);
    desk.tick(now, &mut out);
    let place = |desk: &Desk, id| desk.check(id, Kind::Image, now).expect("known").queue_position;
    assert_eq!((place(&desk, rich.request), place(&desk, poor.request)), (1, 2));

    let bob = register(&mut desk, "bob", START, &mut out);
    let popped = desk.pop(&dreamer(bob, "rig"), now, &mut ids, &mut out).expect("popped");
    assert_eq!(popped.assignment.expect("work").request_id, rich.request);
    desk.tick(now + Span::seconds(2), &mut out);
    assert_eq!((place(&desk, rich.request), place(&desk, poor.request)), (0, 1));
    assert!(desk.check(poor.request, Kind::Image, now).expect("known").possible);
    let load = desk.performance(now).image;
    assert_eq!((load.queued_requests, load.workers, load.threads), (2, 1, 1));
    let models = desk.models(Kind::Image, now);
    assert_eq!((&*models[0].name, models[0].threads, models[0].jobs), ("plain", 1, 3));
}

#[test]
fn among_friends_named_workers_serve_whom_they_prefer_for_next_to_nothing() {
    let (mut out, mut ids) = (Vec::new(), SeededIds::new(5));
    let mut desk = Desk::new(Settings { matched_targeting: true, ..settings() });
    desk.open(KeyHash([0; 32]), START, &mut out);
    let [ada, bob] = ["ada", "bob"].map(|name| register(&mut desk, name, START, &mut out));
    for (mut request, mut offer, product) in
        [(picture(ada, 1), dreamer(bob, "rig"), image(1)), (text(ada, 1), scribe(bob, "quill"), words("A short text."))]
    {
        let worker = desk.pop(&offer, START, &mut ids, &mut out).expect("registered").worker;
        request.targeting = Some(Targeting { deny: false, workers: vec![worker] });
        let asked = desk.ask(&ask(request), START, &mut ids, &mut out).expect("admitted");
        let given = desk.pop(&offer, START, &mut ids, &mut out).expect("popped").assignment;
        assert_eq!(given, None, "it prefers nobody");
        offer.priority_users = vec![ada];
        let given = desk.pop(&offer, START, &mut ids, &mut out).expect("popped").assignment.expect("a friend's");
        let done = desk.submit(bob, given.generations[0], &product, START, &mut ids, &mut out).expect("paid");
        let least = Kudos::from_hundredths(10);
        assert_eq!((asked.price, done.reward), (least, least));
    }
    let rig = desk.worker_by_name("rig", START).expect("known").record.id;
    let mut others = picture(ada, 1);
    others.targeting = Some(Targeting { deny: true, workers: vec![rig] });
    let asked = desk.ask(&ask(others), START, &mut ids, &mut out).expect("admitted");
    assert!(asked.price > Kudos::whole(1), "who may not serve is no friend: {}", asked.price);
    assert_eq!(desk.audit(), Ok(()));
}

#[test]
fn gifts_move_only_what_is_there_and_not_straight_back() {
    let (mut desk, ada, mut ids, mut out) = scene(100);
    let bob = register(&mut desk, "bob", START, &mut out);
    let mut give = |from, to, kudos, seconds| {
        let at = START + Span::seconds(seconds);
        desk.transfer(&Gift::new(from, to, Kudos::whole(kudos)), at, &mut ids, &mut out).map(|done| done.amount)
    };
    use TransferRefusal as R;
    assert_eq!(give(UserId::ANONYMOUS, ada, 1, 0), Err(R::FromAnon));
    assert_eq!(give(ada, UserId(99), 1, 0), Err(R::InvalidTarget));
    assert_eq!(give(ada, UserId::ANONYMOUS, 1, 0), Err(R::ToAnon));
    assert_eq!(give(ada, ada, 1, 0), Err(R::ToSelf));
    assert_eq!(give(ada, bob, -1, 0), Err(R::Negative));
    assert_eq!(give(ada, bob, 0, 0), Err(R::Zero));
    let available = Kudos::whole(86);
    assert_eq!(give(ada, bob, 87, 0), Err(R::NotEnough { available }), "the floor stays");
    assert_eq!(give(ada, bob, 86, 0), Ok(available));
    assert_eq!(give(bob, ada, 1, 59), Err(R::TooFast));
    assert_eq!(give(bob, ada, 1, 60), Ok(Kudos::whole(1)));
    assert_eq!(desk.audit(), Ok(()));
}

#[test]
fn a_style_of_somebody_else_is_tipped_out_of_the_price_of_admission() {
    let (mut desk, ada, mut ids, mut out) = scene(1_000);
    let maker = register(&mut desk, "maker", START, &mut out);
    let mut admit = |user, mut request: Request, owner| {
        (request.user, request.style_owner) = (user, owner);
        let begun = out.len();
        desk.ask(&ask(request), START, &mut ids, &mut out).expect("admitted");
        let transfers = out[begun..].iter().filter_map(|event| match event {
            Event::Transferred(transfer) if transfer.code != TransferCode::Forgiveness => Some(transfer),
            _ => None,
        });
        let mut moved: Vec<_> = transfers.map(|one| (one.code, one.credit, one.amount)).collect();
        moved.sort();
        moved
    };
    let tax = |kudos| (TransferCode::Tax, AccountId::BURN, Kudos::whole(kudos));
    let tip = (TransferCode::Tip, AccountId::of(maker), Kudos::whole(2));
    assert_eq!(admit(ada, picture(ada, 2), None), [tax(3)]);
    assert_eq!(admit(ada, picture(ada, 2), Some(maker)), [tax(1), tip]);
    assert_eq!(admit(ada, picture(ada, 2), Some(ada)), [tax(3)]);
    assert_eq!(admit(ada, text(ada, 1), None), [tax(1)]);
    assert_eq!(admit(ada, text(ada, 1), Some(maker)), [tax(1), tip]);
    assert_eq!(admit(ada, text(ada, 1), Some(ada)), [tax(3)], "one's own style for a text costs as much");
    assert_eq!(admit(UserId::ANONYMOUS, text(ada, 1), Some(maker)), [tax(1), tip]);
    assert_eq!(admit(ada, picture(ada, 1), Some(UserId(99))), [tax(3)], "nobody made it");

    let made = desk.user(maker).expect("known");
    let counts = made.record.counts;
    assert_eq!(made.balance, Kudos::whole(6), "tips are no debts and lift no balance");
    assert_eq!((counts.styled, counts.styles_image, counts.styles_text), (Kudos::whole(6), 1, 2));
    assert_eq!(desk.user(ada).expect("known").record.counts.accumulated, Kudos::whole(-19));
    assert_eq!(desk.audit(), Ok(()));
}

#[test]
fn nobody_tips_who_is_refused_or_only_asks_the_price() {
    let (mut desk, ada, mut ids, mut out) = scene(1_000);
    let maker = register(&mut desk, "maker", START, &mut out);
    let mut request = picture(ada, 31);
    request.style_owner = Some(maker);
    let refused = desk.ask(&ask(request.clone()), START, &mut ids, &mut out);
    assert!(matches!(refused, Err(AskRefusal::TooManyPrompts { .. })));
    desk.quote(&request);
    assert_eq!(desk.user(maker).expect("known").balance, Kudos::ZERO);
}

#[test]
fn who_has_left_gets_no_tip() {
    let (mut desk, ada, mut ids, mut out) = scene(1_000);
    let maker = register(&mut desk, "maker", START, &mut out);
    let deleted = crate::standing::Roles { deleted: true, ..Default::default() };
    assert!(desk.set_roles(maker, deleted, &mut out));
    let before = desk.user(ada).expect("known").balance;
    let mut request = picture(ada, 1);
    request.style_owner = Some(maker);
    desk.ask(&ask(request), START, &mut ids, &mut out).expect("admitted");
    assert_eq!(desk.user(maker).expect("known").balance, Kudos::ZERO);
    assert_eq!(before - desk.user(ada).expect("known").balance, Kudos::whole(3), "the price is the same");
}
