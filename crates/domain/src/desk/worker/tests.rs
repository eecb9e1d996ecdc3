//! Who may change what about a worker, and when it can be deleted.

use super::*;
use crate::desk::answer::{NewTeam, WorkerEdit};
use crate::kit::{START, SeededIds, ask, dreamer, open_desk, picture, register};
use crate::offer::{Address, Seen};
use crate::refusal::PopRefusal;
use crate::request::Targeting;
use crate::standing::Roles;
use crate::time::Span;

struct Scene {
    desk: Desk,
    ids: SeededIds,
    out: Vec<Event>,
    owner: UserId,
    other: UserId,
    moderator: UserId,
    rig: WorkerId,
}

impl Scene {
    fn new() -> Self {
        let mut out = Vec::new();
        let mut desk = open_desk(&mut out);
        let mut ids = SeededIds::new(5);
        let [owner, other, moderator] =
            ["owner", "other", "moderator"].map(|name| register(&mut desk, name, START, &mut out));
        desk.set_roles(moderator, Roles { moderator: true, ..Roles::default() }, &mut out);
        let rig = desk.pop(&dreamer(owner, "rig one"), START, &mut ids, &mut out).expect("popped").worker;
        Self { desk, ids, out, owner, other, moderator, rig }
    }

    fn edits(&mut self, caller: UserId, edit: &WorkerEdit) -> Result<WorkerEdited, R> {
        self.desk.edit_worker(caller, self.rig, edit, &mut self.out)
    }

    fn record(&self) -> Arc<WorkerRecord> {
        self.desk.worker(self.rig, START).expect("the worker").record
    }
}

fn said(text: &str) -> Said {
    Said { text: text.into(), foul: text.contains("foul") }
}

#[test]
fn each_change_has_those_who_may_make_it() {
    let nothing = WorkerEdit::default();
    let changes = [
        (WorkerEdit { maintenance: Some(true), ..nothing.clone() }, true, R::NotOwner),
        (WorkerEdit { paused: Some(true), ..nothing.clone() }, false, R::NotModerator),
        (WorkerEdit { info: Some(said("quick")), ..nothing.clone() }, true, R::NotOwner),
        (WorkerEdit { name: Some(said("rig two")), ..nothing.clone() }, true, R::NotModerator),
        (WorkerEdit { team: Some(TeamChoice::Leave), ..nothing.clone() }, true, R::NotModerator),
    ];
    for (edit, owner_may, refusal) in changes {
        let mut scene = Scene::new();
        let (owner, other, moderator) = (scene.owner, scene.other, scene.moderator);
        assert_eq!(scene.edits(other, &edit), Err(refusal), "{edit:?}");
        assert_eq!(scene.edits(owner, &edit).is_ok(), owner_may, "{edit:?}");
        assert!(scene.edits(moderator, &edit).is_ok(), "{edit:?}");
    }
    let mut scene = Scene::new();
    let owner = scene.owner;
    assert_eq!(scene.edits(owner, &nothing), Err(R::Nothing));
    assert_eq!(scene.edits(UserId::ANONYMOUS, &nothing), Err(R::AnonForbidden));
}

#[test]
fn a_refused_part_leaves_the_whole_worker_as_it_was() {
    let mut scene = Scene::new();
    let (owner, before) = (scene.owner, scene.record());
    let edit = WorkerEdit { maintenance: Some(true), paused: Some(true), ..WorkerEdit::default() };
    assert_eq!(scene.edits(owner, &edit), Err(R::NotModerator));
    assert_eq!(scene.record(), before);
}

#[test]
fn maintenance_tells_workers_what_they_look_for() {
    let mut scene = Scene::new();
    let owner = scene.owner;
    for (message, told) in [
        (None, "This worker has been put into maintenance mode by its owner."),
        (Some("new fans"), "This worker has been put into maintenance mode by its owner: new fans"),
        (Some("Back from maintenance mode at noon"), "Back from maintenance mode at noon"),
    ] {
        let edit = WorkerEdit {
            maintenance: Some(true),
            maintenance_message: message.map(Arc::from),
            ..WorkerEdit::default()
        };
        scene.edits(owner, &edit).expect("changed");
        let popped = scene.desk.pop(&dreamer(owner, "rig one"), START, &mut scene.ids, &mut scene.out);
        assert_eq!(popped, Err(PopRefusal::Maintenance { message: told.into() }));
    }
    scene.edits(owner, &WorkerEdit { maintenance: Some(false), ..WorkerEdit::default() }).expect("changed");
    assert!(scene.desk.pop(&dreamer(owner, "rig one"), START, &mut scene.ids, &mut scene.out).is_ok());
}

#[test]
fn a_name_is_had_by_one_worker_at_a_time() {
    let mut scene = Scene::new();
    let (owner, other) = (scene.owner, scene.other);
    let theirs =
        scene.desk.pop(&dreamer(other, "theirs"), START, &mut scene.ids, &mut scene.out).expect("popped").worker;
    let called = |name| WorkerEdit { name: Some(said(name)), ..WorkerEdit::default() };
    assert_eq!(scene.edits(owner, &called("theirs")), Err(R::NameTaken));
    assert!(scene.edits(owner, &called("rig one")).is_ok(), "its own name is free for it");
    assert!(scene.edits(owner, &called("rig two")).is_ok());
    assert!(scene.desk.edit_worker(other, theirs, &called("rig one"), &mut scene.out).is_ok(), "an old name is free");
    assert_eq!(scene.desk.audit(), Ok(()));
}

#[test]
fn foul_words_are_refused_and_remembered() {
    let mut scene = Scene::new();
    let (owner, moderator) = (scene.owner, scene.moderator);
    let info = WorkerEdit { info: Some(said("a foul thing")), ..WorkerEdit::default() };
    assert_eq!(scene.edits(moderator, &info), Err(R::FoulInfo));
    assert_eq!(scene.record().counts.suspicions.total(), 0);
    let name = WorkerEdit { name: Some(said("foul rig")), ..WorkerEdit::default() };
    for edit in [info, name] {
        assert!(matches!(scene.edits(owner, &edit), Err(R::FoulInfo | R::FoulName)));
        assert_eq!(scene.record().counts.suspicions.total(), 1, "the same reason counts once");
    }
}

#[test]
fn a_worker_can_be_deleted_when_nothing_speaks_of_it() {
    let mut scene = Scene::new();
    let (owner, other, rig) = (scene.owner, scene.other, scene.rig);
    let mut targeted = picture(other, 1);
    targeted.models = vec!["none has it".into()];
    targeted.targeting = Some(Targeting { deny: false, workers: vec![rig] });
    scene.desk.ask(&ask(targeted), START, &mut scene.ids, &mut scene.out).expect("admitted");
    assert_eq!(scene.desk.delete_worker(other, rig, &mut scene.out), Err(R::NotModerator));
    assert_eq!(scene.desk.delete_worker(owner, rig, &mut scene.out), Err(R::Locked));
    scene.desk.tick(START + Span::minutes(60), &mut scene.out);
    assert!(scene.desk.delete_worker(owner, rig, &mut scene.out).is_ok());
    assert_eq!(scene.desk.delete_worker(owner, rig, &mut scene.out), Err(R::NotFound));
    assert!(scene.desk.worker_by_name("rig one", START).is_none());
    assert_eq!(scene.desk.user(owner).expect("the owner").workers, []);
    assert!(
        scene.desk.pop(&dreamer(other, "rig one"), START, &mut scene.ids, &mut scene.out).is_ok(),
        "the name is free"
    );
    let replayed = Desk::replay(crate::kit::settings(), scene.out.iter().cloned());
    assert_eq!(replayed.records(), scene.desk.records());
}

#[test]
fn a_worker_is_judged_by_where_it_comes_from() {
    let mut scene = Scene::new();
    let owner = scene.owner;
    let from = |address, timed_out_seconds| {
        let mut offer = dreamer(owner, "rig one");
        offer.seen = Seen { timed_out_seconds, address, ..Seen::default() };
        offer
    };
    let mut pops = |offer| scene.desk.pop(&offer, START, &mut scene.ids, &mut scene.out).map(drop);
    assert_eq!(pops(from(Address::Unknown, None)), Err(PopRefusal::UnknownAddress));
    assert_eq!(pops(from(Address::Unsafe, None)), Err(PopRefusal::UnsafeAddress));
    assert_eq!(pops(from(Address::Unsafe, Some(9))), Err(PopRefusal::TimedOut { seconds: 9 }));
    assert_eq!(pops(from(Address::Watched, None)), Ok(()));
    scene.desk.set_roles(owner, Roles { vpn: true, ..Roles::default() }, &mut scene.out);
    let mut pops = |offer| scene.desk.pop(&offer, START, &mut scene.ids, &mut scene.out).map(drop);
    assert_eq!(pops(from(Address::Unsafe, None)), Ok(()));
    assert_eq!(pops(from(Address::Safe, Some(9))), Err(PopRefusal::TimedOut { seconds: 9 }));
}

#[test]
fn new_workers_with_foul_names_are_refused_and_known_ones_are_not() {
    let mut scene = Scene::new();
    let owner = scene.owner;
    let mut foul = dreamer(owner, "foul rig");
    foul.seen.foul_name = true;
    assert_eq!(scene.desk.pop(&foul, START, &mut scene.ids, &mut scene.out), Err(PopRefusal::FoulName));
    let mut agent = dreamer(owner, "rig two");
    agent.seen.foul_agent = true;
    assert_eq!(scene.desk.pop(&agent, START, &mut scene.ids, &mut scene.out), Err(PopRefusal::FoulAgent));
    agent.name = "rig one".into();
    assert!(scene.desk.pop(&agent, START, &mut scene.ids, &mut scene.out).is_ok());
}

#[test]
fn a_worker_joins_a_team_that_exists() {
    let mut scene = Scene::new();
    let (owner, moderator) = (scene.owner, scene.moderator);
    scene.desk.set_roles(moderator, Roles { moderator: true, trusted: true, ..Roles::default() }, &mut scene.out);
    let new = NewTeam { name: Said { text: "Lamps".into(), foul: false }, info: None };
    let team = scene.desk.found_team(moderator, &new, START, &mut scene.ids, &mut scene.out).expect("founded").id;
    let choose = |choice| WorkerEdit { team: Some(choice), ..WorkerEdit::default() };
    let unknown = TeamChoice::Join(TeamId(scene.rig.0));
    assert_eq!(scene.edits(owner, &choose(unknown)), Err(R::TeamNotFound));
    assert_eq!(scene.edits(owner, &choose(TeamChoice::Unknown)), Err(R::TeamNotFound));
    let edited = scene.edits(owner, &choose(TeamChoice::Join(team))).expect("joined");
    assert_eq!(edited.team.as_deref(), Some("Lamps"));
    assert_eq!(scene.desk.team(team, START).expect("the team").workers.len(), 1);
    let edited = scene.edits(owner, &choose(TeamChoice::Leave)).expect("left");
    assert_eq!(edited.team.as_deref(), Some(""));
}
