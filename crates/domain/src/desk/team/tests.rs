//! Who founds teams, and that they count exactly what their workers do while they are members.

use super::*;
use crate::desk::answer::{TeamChoice, WorkerEdit};
use crate::kit::{START, SeededIds, ask, dreamer, image, open_desk, picture, register, scribe, text, words};
use crate::kudos::Kudos;
use crate::limits::UPTIME_REWARD_SECONDS;
use crate::offer::{Offer, Product};
use crate::request::Request;
use crate::standing::Roles;
use crate::time::Span;

struct Scene {
    desk: Desk,
    ids: SeededIds,
    out: Vec<Event>,
    ada: UserId,
    now: Timestamp,
}

impl Scene {
    /// Ada is trusted and has kudos to spend.
    fn new() -> Self {
        let mut out = Vec::new();
        let mut desk = open_desk(&mut out);
        let mut ids = SeededIds::new(5);
        let ada = register(&mut desk, "ada", START, &mut out);
        desk.set_roles(ada, Roles { trusted: true, ..Roles::default() }, &mut out);
        desk.grant(ada, Kudos::whole(100_000), START, &mut ids, &mut out);
        Self { desk, ids, out, ada, now: START }
    }

    fn founds(&mut self, caller: UserId, name: &str) -> Result<TeamId, R> {
        let new = NewTeam { name: said(name), info: Some(said("we make light")) };
        self.desk.found_team(caller, &new, self.now, &mut self.ids, &mut self.out).map(|team| team.id)
    }

    fn chooses(&mut self, worker: WorkerId, choice: TeamChoice) {
        let edit = WorkerEdit { team: Some(choice), ..WorkerEdit::default() };
        self.desk.edit_worker(self.ada, worker, &edit, &mut self.out).expect("changed");
    }

    fn pops(&mut self, offer: &Offer) -> WorkerId {
        self.desk.pop(offer, self.now, &mut self.ids, &mut self.out).expect("popped").worker
    }

    /// One result from ask to submit; tells what the worker's owner was paid.
    fn makes(&mut self, offer: &Offer, request: Request, product: &Product) -> Kudos {
        self.desk.ask(&ask(request), self.now, &mut self.ids, &mut self.out).expect("admitted");
        let popped = self.desk.pop(offer, self.now, &mut self.ids, &mut self.out).expect("popped");
        let id = popped.assignment.expect("work").generations[0];
        let earned =
            |scene: &Self| scene.desk.worker(popped.worker, scene.now).expect("a worker").record.counts.generated;
        let before = earned(self);
        self.desk.submit(self.ada, id, product, self.now, &mut self.ids, &mut self.out).expect("accepted");
        earned(self) - before
    }

    fn counts(&self, team: TeamId) -> TeamCounts {
        self.desk.team(team, self.now).expect("the team").record.counts
    }
}

fn said(text: &str) -> Said {
    Said { text: text.into(), foul: text.contains("foul") }
}

#[test]
fn only_the_trusted_found_teams_of_new_and_decent_names() {
    let mut scene = Scene::new();
    let (ada, bob) = (scene.ada, register(&mut scene.desk, "bob", START, &mut scene.out));
    assert_eq!(scene.founds(UserId::ANONYMOUS, "Lamps"), Err(R::AnonForbidden));
    assert_eq!(scene.founds(bob, "Lamps"), Err(R::Untrusted));
    assert!(scene.founds(ada, "Lamps").is_ok());
    assert_eq!(scene.founds(ada, "LAMPS"), Err(R::NameTaken));
    assert_eq!(scene.founds(ada, "foul lamps"), Err(R::FoulName));
    for number in 1..TEAMS_PER_FOUNDER_MAX {
        assert!(scene.founds(ada, &format!("team {number}")).is_ok());
    }
    assert_eq!(scene.founds(ada, "one more"), Err(R::TooMany { limit: TEAMS_PER_FOUNDER_MAX }));
}

#[test]
fn founder_and_moderators_change_a_team_and_nobody_else() {
    let mut scene = Scene::new();
    let (ada, bob) = (scene.ada, register(&mut scene.desk, "bob", START, &mut scene.out));
    let (lamps, other) = (scene.founds(ada, "Lamps").expect("founded"), scene.founds(ada, "Candles").expect("founded"));
    let name = |text| TeamEdit { name: Some(said(text)), info: None };
    let info = TeamEdit { name: None, info: Some(said("brighter")) };
    let mut edits =
        |caller, edit: &TeamEdit| scene.desk.edit_team(caller, lamps, edit, &mut scene.out).map(|edited| edited.name);
    assert_eq!(edits(bob, &name("Dark")), Err(R::NotModerator));
    assert_eq!(edits(bob, &info), Err(R::NotOwner));
    assert_eq!(edits(ada, &TeamEdit::default()), Err(R::Nothing));
    assert_eq!(edits(ada, &name("candles")), Err(R::NameTaken));
    assert_eq!(edits(ada, &name("foul")), Err(R::FoulName));
    assert_eq!(edits(ada, &name("lamps")), Ok(Some("lamps".into())), "its own name in other letters");
    assert_eq!(edits(ada, &info), Ok(None));
    assert_eq!(scene.desk.dissolve_team(bob, other, &mut scene.out).map(drop), Err(R::NotModerator));
    scene.desk.set_roles(bob, Roles { moderator: true, ..Roles::default() }, &mut scene.out);
    assert_eq!(scene.desk.dissolve_team(bob, other, &mut scene.out).map(drop), Ok(()));
}

#[test]
fn a_team_counts_what_its_workers_make_while_they_are_members() {
    let mut scene = Scene::new();
    let ada = scene.ada;
    let team = scene.founds(ada, "Lamps").expect("founded");
    let (rig, quill) = (dreamer(ada, "rig one"), scribe(ada, "quill one"));
    let (worker, writer) = (scene.pops(&rig), scene.pops(&quill));
    scene.makes(&rig, picture(ada, 1), &image(1));
    assert_eq!(scene.counts(team), TeamCounts::default(), "what was made before does not count");

    scene.chooses(worker, TeamChoice::Join(team));
    scene.chooses(writer, TeamChoice::Join(team));
    let earned = scene.makes(&rig, picture(ada, 1), &image(2)) + scene.makes(&rig, picture(ada, 1), &image(3));
    scene.makes(&quill, text(ada, 1), &words("Once upon a time."));
    let steps = picture(ada, 1).things();
    let counts = scene.counts(team);
    assert_eq!((counts.fulfilments, counts.contributions, counts.kudos), (2, 2 * steps, earned), "pictures alone");

    scene.chooses(worker, TeamChoice::Leave);
    scene.makes(&rig, picture(ada, 1), &image(4));
    assert_eq!(scene.counts(team), counts, "what is made after does not count, what was made before stays");
}

#[test]
fn a_team_counts_rewarded_uptime_of_all_kinds() {
    let mut scene = Scene::new();
    let ada = scene.ada;
    let team = scene.founds(ada, "Lamps").expect("founded");
    let quill = scribe(ada, "quill one");
    let writer = scene.pops(&quill);
    scene.chooses(writer, TeamChoice::Join(team));
    for _ in 0..4 {
        scene.now = scene.now + Span::seconds(200);
        scene.pops(&quill);
    }
    assert_eq!(scene.counts(team).uptime_seconds, UPTIME_REWARD_SECONDS);
    assert_eq!(scene.counts(team).kudos, Kudos::ZERO);
}

#[test]
fn a_dissolved_team_lets_its_workers_go() {
    let mut scene = Scene::new();
    let ada = scene.ada;
    let team = scene.founds(ada, "Lamps").expect("founded");
    let worker = scene.pops(&dreamer(ada, "rig one"));
    scene.chooses(worker, TeamChoice::Join(team));
    scene.desk.dissolve_team(ada, team, &mut scene.out).expect("dissolved");
    assert_eq!(scene.desk.worker(worker, START).expect("a worker").record.team, None);
    assert_eq!(scene.desk.teams(START), []);
    assert_eq!(scene.desk.audit(), Ok(()));
    assert_eq!(Desk::replay(crate::kit::settings(), scene.out.iter().cloned()).records(), scene.desk.records());
    assert_eq!(Desk::restore(crate::kit::settings(), scene.desk.records()).records(), scene.desk.records());
}
