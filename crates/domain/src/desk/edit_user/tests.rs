//! Tests of changes to users.

use super::*;
use crate::desk::answer::{FoulText, Gift};
use crate::desk::restore::{KeyHash, Passkey};
use crate::kit::{START, SeededIds, open_desk, register, settings, words};
use crate::limits::TRUST_AGE;
use crate::refusal::TransferRefusal;
use crate::suspicion::Reason;

struct Scene {
    desk: Desk,
    ids: SeededIds,
    out: Vec<Event>,
    ada: UserId,
    bob: UserId,
}

fn scene() -> Scene {
    let mut out = Vec::new();
    let mut desk = open_desk(&mut out);
    let (ada, bob) = (register(&mut desk, "ada", START, &mut out), register(&mut desk, "bob", START, &mut out));
    Scene { desk, ids: SeededIds::new(1), out, ada, bob }
}

impl Scene {
    fn edit(&mut self, caller: UserId, admin: bool, user: UserId, edit: &UserEdit) -> Result<UserView, EditRefusal> {
        let before = self.out.len();
        let by = Authority { caller, admin };
        let edited = self.desk.edit_user(by, user, edit, None, START, &mut self.ids, &mut self.out);
        assert!(edited.is_ok() || self.out.len() == before, "a refusal changes nothing");
        assert_eq!(self.desk.audit(), Ok(()));
        edited
    }
}

#[test]
fn each_change_needs_its_rights() {
    let mut scene = scene();
    let (ada, bob) = (scene.ada, scene.bob);
    let edit = UserEdit::default();
    let kudos = UserEdit { kudos: Some(Kudos::whole(1)), ..edit.clone() };
    let moderator = UserEdit { moderator: Some(true), ..edit.clone() };
    let trusted = UserEdit { trusted: Some(true), ..edit.clone() };
    let name = UserEdit { name: Some("Ada L.".into()), ..edit.clone() };
    let undelete = UserEdit { undelete: true, ..edit.clone() };
    let passkey = Passkey { seed: 1, hash: KeyHash([7; 32]) };
    let passkey = UserEdit { passkey: Some(passkey), ..edit.clone() };
    let long = UserEdit { name: Some("a".repeat(31).into()), ..edit.clone() };
    let rude = UserEdit { foul: Some(FoulText::Name), ..name.clone() };
    let nobody = UserId::ANONYMOUS;
    use EditRefusal as R;
    for (caller, admin, user, edit, expected) in [
        (ada, false, UserId(99), &name, R::NotFound),
        (UserId(99), false, ada, &name, R::UnknownCaller),
        (nobody, false, nobody, &name, R::Anonymous),
        (ada, false, ada, &kudos, R::NotAdmin),
        (ada, false, ada, &moderator, R::NotAdmin),
        (ada, false, ada, &trusted, R::NotModerator),
        (bob, false, ada, &name, R::NotModerator),
        (ada, false, ada, &long, R::NameLength),
        (bob, false, ada, &rude, R::NotModerator),
        (ada, false, ada, &rude, R::Foul(FoulText::Name)),
        (ada, false, ada, &passkey, R::NotService),
        (ada, false, ada, &undelete, R::NotDeleted),
        (ada, false, ada, &edit, R::Nothing),
        (ada, true, nobody, &trusted, R::Anonymous),
    ] {
        assert_eq!(scene.edit(caller, admin, user, edit), Err(expected), "{edit:?}");
    }
    assert_eq!(&*scene.edit(ada, false, ada, &name).expect("her own name").record.name, "Ada L.");
    assert!(scene.edit(ada, true, bob, &moderator).expect("an administrator may").record.roles.trusted);
    assert!(scene.edit(bob, false, ada, &trusted).expect("a moderator may").record.roles.trusted);
    assert_eq!(scene.edit(bob, false, ada, &kudos), Err(R::NotAdmin));
    let service = UserEdit { service: Some(true), ..passkey };
    assert!(scene.edit(bob, false, ada, &service).expect("both at once").record.profile.passkey.is_some());
}

#[test]
fn schools_await_more_and_give_nothing() {
    let mut scene = scene();
    let (ada, bob) = (scene.ada, scene.bob);
    let school = |on| UserEdit { education: Some(on), ..UserEdit::default() };
    assert_eq!(scene.edit(bob, true, ada, &school(true)).expect("a school").record.concurrency, 200);
    scene.desk.grant(ada, Kudos::whole(100), START, &mut scene.ids, &mut scene.out);
    scene.desk.grant(bob, Kudos::whole(100), START, &mut scene.ids, &mut scene.out);
    let mut give = |from, to| {
        let gift = Gift::new(from, to, Kudos::whole(5));
        scene.desk.transfer(&gift, START, &mut scene.ids, &mut scene.out)
    };
    assert_eq!(give(ada, bob), Err(TransferRefusal::EducationCannotSend));
    assert!(give(bob, ada).is_ok());
    let counts = scene.desk.user(bob).expect("bob").record.counts;
    assert_eq!((counts.donated, counts.gifted), (Kudos::whole(-5), Kudos::ZERO));
    assert_eq!(scene.edit(bob, true, ada, &school(false)).expect("no school").record.concurrency, 30);
    let both = UserEdit { concurrency: Some(77), ..school(true) };
    assert_eq!(scene.edit(bob, true, ada, &both).expect("as said").record.concurrency, 77);
}

#[test]
fn what_is_taken_stops_at_the_floor_and_the_books_still_balance() {
    let mut scene = scene();
    let (ada, bob) = (scene.ada, scene.bob);
    let kudos = |kudos| UserEdit { kudos: Some(Kudos::whole(kudos)), ..UserEdit::default() };
    assert_eq!(scene.edit(bob, true, ada, &kudos(100)).expect("given").balance, Kudos::whole(100));
    assert_eq!(scene.edit(bob, true, ada, &kudos(-40)).expect("taken").balance, Kudos::whole(60));
    assert_eq!(scene.edit(bob, true, ada, &kudos(-500)).expect("taken").balance, Kudos::whole(14));
    let replayed = Desk::replay(settings(), scene.out);
    assert_eq!(replayed.records(), scene.desk.records());
}

#[test]
fn trust_pays_the_escrow_out_and_lets_paused_workers_go_on() {
    let mut scene = scene();
    let (ada, bob) = (scene.ada, scene.bob);
    let Scene { desk, ids, out, .. } = &mut scene;
    desk.ask(&crate::kit::ask(crate::kit::text(bob, 1)), START, ids, out).expect("asked");
    let popped = desk.pop(&crate::kit::scribe(ada, "pen"), START, ids, out).expect("popped");
    let generation = popped.assignment.expect("work").generations[0];
    desk.submit(ada, generation, &words("Once upon a time"), START, ids, out).expect("paid");
    desk.set_paused(popped.worker, true, out);
    let before = desk.user(ada).expect("ada");
    assert!(before.escrow.is_positive());
    let trusted = UserEdit { trusted: Some(true), ..UserEdit::default() };
    let after = scene.edit(bob, true, ada, &trusted).expect("trusted");
    assert_eq!((after.balance, after.escrow), (before.balance + before.escrow, Kudos::ZERO));
    assert_eq!(after.record.counts.accumulated, after.balance, "all of it was earned by generating");
    assert!(!scene.desk.worker(popped.worker, START).expect("pen").record.paused);
}

#[test]
fn a_reset_clears_a_user_and_its_workers_for_good() {
    let mut scene = scene();
    let (ada, bob) = (scene.ada, scene.bob);
    let Scene { desk, ids, out, .. } = &mut scene;
    let rig = desk.pop(&crate::kit::dreamer(ada, "rig"), START, ids, out).expect("popped").worker;
    for _ in 0..SUSPICIONS_MAX {
        desk.suspect_worker(rig, Reason::UnreasonablyFast, out);
    }
    assert!(desk.user(ada).expect("ada").record.roles.suspicious);
    let reset = UserEdit { reset_suspicion: true, ..UserEdit::default() };
    let view = scene.edit(bob, true, ada, &reset).expect("cleared");
    assert_eq!((view.record.roles.suspicious, view.record.counts.suspicions.total()), (false, 0));
    let worker = scene.desk.worker(rig, START).expect("the rig").record;
    assert_eq!((worker.counts.suspicions.total(), worker.paused), (0, true), "cleared, but still paused");
    scene.desk.suspect_user(ada, Reason::CorruptPrompt, &mut scene.out);
    assert!(!scene.desk.user(ada).expect("ada").record.roles.suspicious, "one odd thing is not five");
}

#[test]
fn the_trusted_are_beyond_suspicion_until_they_are_trusted_no_longer() {
    let mut scene = scene();
    let (ada, bob) = (scene.ada, scene.bob);
    for _ in 0..SUSPICIONS_MAX {
        scene.desk.suspect_user(ada, Reason::UnreasonablyFast, &mut scene.out);
    }
    assert!(scene.desk.user(ada).expect("ada").record.roles.suspicious);
    for (trusted, suspicious) in [(true, false), (false, true), (false, true)] {
        let edit = UserEdit { trusted: Some(trusted), ..UserEdit::default() };
        let view = scene.edit(bob, true, ada, &edit).expect("changed");
        assert_eq!(view.record.roles.suspicious, suspicious, "trusted: {trusted}");
    }
}

#[test]
fn a_reset_forgets_all_that_was_counted_and_trust_lifts_suspicion() {
    let mut scene = scene();
    let (ada, bob) = (scene.ada, scene.bob);
    let odd = [
        Reason::WorkerNameLong,
        Reason::WorkerNameExtreme,
        Reason::WorkerProfanity,
        Reason::UnsafeAddress,
        Reason::CorruptPrompt,
    ];
    let becomes_suspicious = |scene: &mut Scene| {
        odd.into_iter().for_each(|reason| scene.desk.suspect_user(ada, reason, &mut scene.out));
        let record = scene.desk.user(ada).expect("ada").record;
        assert_eq!((record.counts.suspicions.total(), record.roles.suspicious), (5, true));
    };
    becomes_suspicious(&mut scene);
    let reset = UserEdit { reset_suspicion: true, ..UserEdit::default() };
    let record = scene.edit(bob, true, ada, &reset).expect("reset").record;
    assert_eq!((record.counts.suspicions.total(), record.roles.suspicious), (0, false));
    scene.desk.suspect_user(ada, Reason::CorruptPrompt, &mut scene.out);
    assert!(!scene.desk.user(ada).expect("ada").record.roles.suspicious, "one odd thing is no five");
    scene.edit(bob, true, ada, &reset).expect("reset");
    becomes_suspicious(&mut scene);
    let trusted = UserEdit { trusted: Some(true), ..UserEdit::default() };
    assert!(!scene.edit(bob, true, ada, &trusted).expect("trusted").record.roles.suspicious);
    assert_eq!(Desk::replay(settings(), scene.out.iter().cloned()).records(), scene.desk.records());
}

#[test]
fn a_grown_escrow_makes_an_old_account_trusted() {
    let mut out = Vec::new();
    let mut ids = SeededIds::new(1);
    let threshold = Some(Kudos::from_hundredths(1));
    let mut desk = Desk::new(crate::desk::Settings { trust_threshold: threshold, ..settings() });
    desk.open(KeyHash([0; 32]), START, &mut out);
    let (ada, bob) = (register(&mut desk, "ada", START, &mut out), register(&mut desk, "bob", START, &mut out));
    let mut write = |at| {
        desk.ask(&crate::kit::ask(crate::kit::text(bob, 1)), at, &mut ids, &mut out).expect("asked");
        let popped = desk.pop(&crate::kit::scribe(ada, "pen"), at, &mut ids, &mut out).expect("popped");
        let generation = popped.assignment.expect("work").generations[0];
        desk.submit(ada, generation, &words("Once upon a time"), at, &mut ids, &mut out).expect("paid");
        let ada = desk.user(ada).expect("ada");
        (ada.record.roles.trusted, ada.escrow)
    };
    assert!(!write(START).0, "too young");
    assert_eq!(write(START + TRUST_AGE), (true, Kudos::ZERO));
}
