//! The index finds what a search through everything would find, in the same order, and hides nothing; and what a worker takes
//! home.

mod batches;
mod skipped;

use proptest::prelude::*;

use super::*;
use crate::desk::answer::Ask;
use crate::kit::{
    START, SeededIds, alchemist, alchemy, ask, dreamer, image, open_desk, picture, register, scribe, text,
};
use crate::request::{Lora, Source, SourceProcessing, Targeting};
use crate::{Event, Kind, Kudos};

fn desk(users: usize) -> (Desk, Vec<UserId>, SeededIds) {
    let mut out = Vec::new();
    let mut desk = open_desk(&mut out);
    let mut ids = SeededIds::new(7);
    let mut names = Vec::new();
    for number in 0..users {
        let user = register(&mut desk, &format!("user {number}"), START, &mut out);
        desk.grant(user, Kudos::whole(100_000), START, &mut ids, &mut out);
        names.push(user);
    }
    (desk, names, ids)
}

/// What is varied of a request: picture, text or alchemy, and some measures and wishes, each by a number.
#[derive(Clone, Debug)]
struct Wish {
    user: usize,
    kind: Kind,
    model: u8,
    size: u32,
    flags: u16,
    extras: u16,
    seconds: i64,
}

fn wish() -> impl Strategy<Value = Wish> {
    let kind = prop_oneof![5 => Just(Kind::Image), 2 => Just(Kind::Text), 3 => Just(Kind::Alchemy)];
    (0..4_usize, kind, 0..4_u8, 1..5_u32, any::<[u16; 2]>(), 0..100_i64).prop_map(
        |(user, kind, model, size, [flags, extras], seconds)| Wish { user, kind, model, size, flags, extras, seconds },
    )
}

/// Tells whether a wish's or an offer's flags hold a bit; each is set for a quarter of them.
fn flag(flags: u16, bit: u32) -> bool {
    (flags >> (2 * bit)) & 3 == 3
}

fn request(wish: &Wish, users: &[UserId], workers: &[WorkerId]) -> Request {
    let user = users[wish.user];
    let mut request = match wish.kind {
        Kind::Image => picture(user, 1),
        Kind::Text => text(user, 1),
        Kind::Alchemy => {
            alchemy(user, [&["caption"][..], &["nsfw", "GFPGAN"], &["caption", "nsfw"], &[]][usize::from(wish.model)])
        }
    };
    match wish.model {
        _ if wish.kind == Kind::Alchemy => request.slow_workers = flag(wish.flags, 5),
        0 => request.models.clear(),
        1 => request.models.push("throng-shapes".into()),
        2 => request.models = vec!["large".into(), "writer".into()],
        _ => {}
    }
    request.nsfw = flag(wish.flags, 0);
    request.trusted_workers = flag(wish.flags, 1);
    request.safe_address = !flag(wish.flags, 2);
    if flag(wish.flags, 3) && !workers.is_empty() {
        let worker = workers[usize::from(wish.flags) % workers.len()];
        request.targeting = Some(Targeting { deny: flag(wish.flags, 4), workers: vec![worker] });
    }
    match &mut request.work {
        Work::Image(image) => {
            image.width = 256 * wish.size;
            image.hires_fix = flag(wish.flags, 5);
            image.tiling = flag(wish.flags, 6);
            if flag(wish.flags, 7) {
                image.loras = vec![Lora { name: "x".into(), is_version: false }];
            }
            add_extras(image, wish.extras);
        }
        Work::Text(text) => {
            text.max_length = 64 * wish.size;
            text.max_context_length = if flag(wish.flags, 5) { 8192 } else { 1024 };
        }
        Work::Alchemy(alchemy) => alchemy.tiles = 30 * wish.size,
    }
    request
}

/// Asks for what only some workers and bridges do.
fn add_extras(image: &mut ImageWork, extras: u16) {
    let source = |processing| Some(Source { processing, image: "a".into(), mask: None });
    if flag(extras, 0) {
        image.source = source(SourceProcessing::Inpainting);
    } else if flag(extras, 1) {
        image.source = source(SourceProcessing::Img2img);
    }
    image.transparent = flag(extras, 2);
    image.control_type = flag(extras, 3).then(|| "canny".into());
    image.r2 = !flag(extras, 4);
    if flag(extras, 5) {
        image.post_processing = vec!["RestoreFormer".into()];
    }
    if flag(extras, 6) {
        image.sampler = "plms".into();
    }
    image.steps = if flag(extras, 7) { 40 } else { 20 };
}

fn offer(number: usize, flags: u16, users: &[UserId]) -> Offer {
    let owner = users[number % users.len()];
    let is_image = number.is_multiple_of(3) || number.is_multiple_of(2);
    let mut offer = if number % 4 == 1 {
        alchemist(
            owner,
            &format!("alchemist {number}"),
            if flags.is_multiple_of(2) { &["caption"] } else { &["nsfw", "GFPGAN"] },
        )
    } else if is_image {
        dreamer(owner, &format!("dreamer {number}"))
    } else {
        scribe(owner, &format!("scribe {number}"))
    };
    if offer.ability.kind() == Kind::Image && flag(flags, 0) {
        offer.models = vec!["throng-shapes".into(), "large".into()];
    }
    if offer.ability.kind() == Kind::Text && flag(flags, 0) {
        offer.models = vec!["writer".into(), "other".into()];
    }
    offer.nsfw = !flag(flags, 1);
    offer.allow_unsafe_address = !flag(flags, 2);
    if flag(flags, 3) {
        offer.blacklist = vec!["storm".into()];
    }
    if flag(flags, 4) {
        offer.priority_users = users[..2].to_vec();
    }
    if flag(flags, 5) {
        offer.bridge_agent = "AI Horde Worker reGen:4:u".into();
    }
    if let Ability::Dreamer(dreamer) = &mut offer.ability {
        dreamer.max_pixels = 512 * 256 * u64::from(flags % 4 + 1);
        dreamer.allow_lora = flag(flags, 6);
        dreamer.allow_img2img = !flag(flags, 7);
        dreamer.allow_painting = flags.is_multiple_of(3);
        dreamer.allow_controlnet = flags.is_multiple_of(5);
        dreamer.limit_max_steps = flags.is_multiple_of(7);
        if flags.is_multiple_of(11) {
            offer.models = vec!["painter".into()];
        }
    }
    offer
}

/// Searches everything in order, as a reader of the rules would.
fn by_hand(desk: &Desk, able: &Able<'_>, kind: Kind, first: &[UserId]) -> Option<RequestId> {
    let models = &desk.settings.models;
    let fits = |preferred: bool| {
        desk.state.queues.of(kind).order().map(|(key, _)| key.id()).find(|id| {
            let live = &desk.state.requests[id];
            let request = &live.record.request;
            (!preferred || first.contains(&request.user)) && eligible(able, request, &live.demand, models).is_ok()
        })
    };
    fits(true).or_else(|| fits(false))
}

/// Checks that each request that waits, none of which the worker may take, is counted under the reason why, and none twice.
fn hides_nothing(desk: &mut Desk, worker: WorkerId, offer: &Offer) -> Result<(), TestCaseError> {
    let models = desk.state.workers[&worker].record.profile.models.clone();
    let found = desk.seek(&desk.state.workers[&worker], &models, offer);
    if found.request.is_some() {
        return Ok(());
    }
    // Later than the counts of its first pop are good for.
    let at = START + SKIPPED_AGE_MAX;
    let mut skipped = desk.skip_counts(worker, &models, offer, &found.passed, at);
    let able = desk.able(&desk.state.workers[&worker], &models);
    let queue = desk.state.queues.of(offer.ability.kind());
    let most = u32::try_from(queue.order().count()).unwrap_or(u32::MAX);
    for (key, _) in queue.order() {
        let live = &desk.state.requests[&key.id()];
        let may = eligible(&able, &live.record.request, &live.demand, &desk.settings.models);
        let Err(reason) = may else { return Err(TestCaseError::fail("there was something to take")) };
        let count = skipped.count_of(reason).map_or(0, |count| *count);
        prop_assert!((1..=most).contains(&count), "{reason:?}: {count} of {most}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_index_finds_what_a_search_through_everything_finds(
        wishes in prop::collection::vec(wish(), 0..60),
        offers in prop::collection::vec(any::<u16>(), 1..12),
    ) {
        let (mut desk, users, mut ids) = desk(4);
        let mut out: Vec<Event> = Vec::new();
        let mut workers = Vec::new();
        for (number, flags) in offers.iter().enumerate() {
            let offer = offer(number, *flags, &users);
            if let Ok(popped) = desk.pop(&offer, START, &mut ids, &mut out) {
                workers.push((popped.worker, offer));
            }
        }
        let names: Vec<WorkerId> = workers.iter().map(|(id, _)| *id).collect();
        for wish in &wishes {
            let ask = Ask { request: request(wish, &users, &names), allow_downgrade: true, id: None };
            let at = START + Span::seconds(wish.seconds);
            // Too many at once are refused, which is as well.
            let _ = desk.ask(&ask, at, &mut ids, &mut out);
        }
        for (id, offer) in &workers {
            let live = &desk.state.workers[id];
            let able = desk.able(live, &live.record.profile.models);
            let mut first = vec![offer.owner];
            first.extend(&offer.priority_users);
            let expected = by_hand(&desk, &able, offer.ability.kind(), &first);
            let found = desk.seek(live, &live.record.profile.models, offer);
            prop_assert_eq!(found.request, expected);
        }
        for (id, offer) in &workers {
            hides_nothing(&mut desk, *id, offer)?;
        }
        prop_assert_eq!(desk.audit(), Ok(()));
    }
}

#[test]
fn a_worker_takes_as_many_results_of_one_request_as_fit() {
    let (mut desk, users, mut ids) = desk(2);
    let mut out = Vec::new();
    desk.ask(&ask(picture(users[0], 5)), START, &mut ids, &mut out).expect("admitted");
    let mut offer = dreamer(users[1], "rig");
    offer.amount = 3;
    let first = desk.pop(&offer, START, &mut ids, &mut out).expect("popped").assignment.expect("work");
    assert_eq!(first.generations.len(), 3, "1 048 576 / 3.5 × 3 pixels hold three of 512×512");
    assert_eq!(first.lease_seconds, 150);
    let second = desk.pop(&offer, START, &mut ids, &mut out).expect("popped").assignment.expect("work");
    assert_eq!(second.generations.len(), 2);
    let third = desk.pop(&offer, START, &mut ids, &mut out).expect("popped");
    assert_eq!(third.assignment, None);
}

#[test]
fn the_owner_and_preferred_users_go_first() {
    let (mut desk, users, mut ids) = desk(3);
    let mut out = Vec::new();
    for user in [users[0], users[1], users[2]] {
        desk.ask(&ask(picture(user, 1)), START, &mut ids, &mut out).expect("admitted");
    }
    let mut offer = dreamer(users[2], "rig");
    offer.priority_users = vec![users[1]];
    let mut served = Vec::new();
    for _ in 0..3 {
        let popped = desk.pop(&offer, START, &mut ids, &mut out).expect("popped");
        served.push(popped.assignment.expect("work").request.user);
    }
    // Equal kudos and age: the preferred and the owner before the stranger who asked first.
    assert_eq!(served[2], users[0]);
}

#[test]
fn a_worker_in_maintenance_serves_only_its_owner() {
    let (mut desk, users, mut ids) = desk(2);
    let mut out = Vec::new();
    let offer = dreamer(users[1], "rig");
    let rig = desk.pop(&offer, START, &mut ids, &mut out).expect("registered").worker;
    desk.set_maintenance(rig, Some("being cleaned".into()), &mut out);
    desk.ask(&ask(picture(users[0], 1)), START, &mut ids, &mut out).expect("admitted");
    let refusal = desk.pop(&offer, START, &mut ids, &mut out).expect_err("maintenance");
    assert_eq!(refusal, PopRefusal::Maintenance { message: "being cleaned".into() });
    desk.ask(&ask(picture(users[1], 1)), START, &mut ids, &mut out).expect("admitted");
    let popped = desk.pop(&offer, START, &mut ids, &mut out).expect("its owner's");
    assert_eq!(popped.assignment.expect("work").request.user, users[1]);
}

#[test]
fn a_paused_worker_is_given_a_message_and_no_work() {
    let (mut desk, users, mut ids) = desk(2);
    let mut out = Vec::new();
    let offer = dreamer(users[1], "rig");
    let rig = desk.pop(&offer, START, &mut ids, &mut out).expect("registered").worker;
    desk.set_paused(rig, true, &mut out);
    desk.ask(&ask(picture(users[0], 1)), START, &mut ids, &mut out).expect("admitted");
    let popped = desk.pop(&offer, START, &mut ids, &mut out).expect("popped");
    assert_eq!((popped.assignment, popped.messages.len()), (None, 1));
}

#[test]
fn refusals_come_in_their_order() {
    let (mut desk, users, mut ids) = desk(2);
    let mut out = Vec::new();
    let mut pop = |offer: &Offer| desk.pop(offer, START, &mut ids, &mut out).map(|popped| popped.worker);
    assert_eq!(pop(&dreamer(UserId::ANONYMOUS, "rig")), Err(PopRefusal::AnonForbidden));
    assert_eq!(pop(&dreamer(UserId(99), "rig")), Err(PopRefusal::UnknownUser));
    assert_eq!(pop(&dreamer(users[0], "my Colab rig")), Err(PopRefusal::NameForbidden));
    let mut unknown = dreamer(users[0], "rig");
    unknown.models = vec!["nobody knows".into()];
    assert_eq!(pop(&unknown), Err(PopRefusal::UnknownModels));
    let rig = pop(&dreamer(users[0], "rig")).expect("registered");
    assert_eq!(pop(&dreamer(users[0], "rig")), Ok(rig));
    let name: Name = "rig".into();
    assert_eq!(pop(&dreamer(users[1], "rig")), Err(PopRefusal::WrongCredentials { name }));
    assert_eq!(pop(&scribe(users[1], "rig")), Err(PopRefusal::PolymorphicName(Kind::Image)));
    for number in 0..3 {
        pop(&dreamer(users[0], &format!("rig {number}"))).expect("registered");
    }
    let fifth = pop(&dreamer(users[0], "rig 4"));
    assert_eq!(fifth, Err(PopRefusal::TooManyWorkers { limit: 3 }));
}

#[test]
fn a_search_that_stops_goes_on_where_it_stopped() {
    let (mut desk, users, mut ids) = desk(2);
    let mut out = Vec::new();
    for (_, at) in (0..20).zip(0..) {
        let asked = picture(users[0], 1);
        desk.ask(&ask(asked), START + Span::seconds(at), &mut ids, &mut out).expect("admitted");
    }
    let mut last = picture(users[0], 1);
    last.prompt = "calm".into();
    let wanted = desk.ask(&ask(last), START + Span::seconds(60), &mut ids, &mut out).expect("admitted").request;
    let mut offer = dreamer(users[1], "rig");
    offer.blacklist = vec!["storm".into()];
    desk.pop(&offer, START, &mut ids, &mut out).expect("registered, and takes the last");
    desk.replace_in_queue(wanted);
    let worker = desk.state.names[&offer.name];
    let mut after = None;
    let mut rounds = 0;
    let found = loop {
        rounds += 1;
        let live = &desk.state.workers[&worker];
        let able = desk.able(live, &live.record.profile.models);
        let keys = desk.state.queues.of(Kind::Image).fitting(&able, true, after);
        match desk.first_eligible(&able, keys, 6, None) {
            (None, Some(key)) => after = Some(key),
            (found, _) => break found,
        }
    };
    assert_eq!((found, rounds), (Some(wanted), 4), "six at a time, twenty in front");
    let generation = GenerationId(uuid::Uuid::nil());
    let refused = desk.submit(users[1], generation, &image(1), START, &mut ids, &mut out);
    assert_eq!(refused, Err(crate::refusal::SubmitRefusal::InvalidJobId));
}

impl Desk {
    /// Lets a leased request's lease run out at once.
    fn replace_in_queue(&mut self, request: RequestId) {
        let live = &self.state.requests[&request];
        let generation = Arc::clone(&self.state.generations[&live.generations[0]]);
        let mut out = Vec::new();
        self.fail(&generation, GenerationState::Expired { at: START }, START, &mut out);
    }
}
