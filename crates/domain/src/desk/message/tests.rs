//! Who speaks to whom, who hears it, and for how long.

use super::*;
use crate::kit::{START, SeededIds, dreamer, open_desk, register};
use crate::standing::Roles;
use crate::time::Span;

struct Scene {
    desk: Desk,
    ids: SeededIds,
    out: Vec<Event>,
    ada: UserId,
    bob: UserId,
    moderator: UserId,
    adas: WorkerId,
    bobs: WorkerId,
}

impl Scene {
    fn new() -> Self {
        let mut out = Vec::new();
        let mut desk = open_desk(&mut out);
        let mut ids = SeededIds::new(5);
        let [ada, bob, moderator] = ["ada", "bob", "mod"].map(|name| register(&mut desk, name, START, &mut out));
        desk.set_roles(moderator, Roles { moderator: true, ..Roles::default() }, &mut out);
        let [adas, bobs] = [(ada, "rig of ada"), (bob, "rig of bob")]
            .map(|(owner, name)| desk.pop(&dreamer(owner, name), START, &mut ids, &mut out).expect("popped").worker);
        Self { desk, ids, out, ada, bob, moderator, adas, bobs }
    }

    fn sends(&mut self, caller: UserId, worker: Option<WorkerId>, text: &str) -> Result<MessageId, R> {
        let new = NewMessage { worker, text: text.into(), origin: Some("the mayor".into()), life: None };
        self.desk.send_message(caller, &new, START, &mut self.ids, &mut self.out).map(|message| message.id)
    }

    fn heard(&mut self, owner: UserId, name: &str, now: Timestamp) -> Vec<String> {
        let popped = self.desk.pop(&dreamer(owner, name), now, &mut self.ids, &mut self.out).expect("popped");
        popped.messages.iter().map(|message| format!("{}: {}", message.origin, message.text)).collect()
    }

    fn lists(&self, caller: UserId, filter: MessageFilter) -> Result<usize, R> {
        self.desk.messages(caller, filter, START).map(|messages| messages.len())
    }
}

#[test]
fn owners_speak_to_their_own_workers_and_moderators_to_all() {
    let mut scene = Scene::new();
    let (ada, moderator, adas, bobs) = (scene.ada, scene.moderator, scene.adas, scene.bobs);
    let nobody = WorkerId(scene.ids.uuid(START));
    assert_eq!(scene.sends(UserId::ANONYMOUS, Some(adas), "x"), Err(R::AnonForbidden));
    assert_eq!(scene.sends(ada, None, "x"), Err(R::WorkerMissing));
    assert_eq!(scene.sends(ada, Some(nobody), "x"), Err(R::WorkerNotFound(nobody)));
    assert_eq!(scene.sends(ada, Some(bobs), "x"), Err(R::NotOwnWorker));
    scene.sends(ada, Some(adas), "rest a little").expect("sent");
    scene.sends(moderator, Some(bobs), "well done").expect("sent");
    scene.sends(moderator, None, "to everybody").expect("sent");
    let all = "the mayor: to everybody".to_owned();
    assert_eq!(scene.heard(ada, "rig of ada", START), [all.clone(), "1: rest a little".to_owned()]);
    let bob = scene.bob;
    assert_eq!(scene.heard(bob, "rig of bob", START), [all, "the mayor: well done".to_owned()]);
}

#[test]
fn a_message_is_repeated_until_it_expires_and_then_kept_for_a_while() {
    let mut scene = Scene::new();
    let (ada, adas) = (scene.ada, scene.adas);
    let id = scene.sends(ada, Some(adas), "x").expect("sent");
    let end = START + MESSAGE_LIFE;
    assert_eq!(scene.heard(ada, "rig of ada", end - Span::seconds(1)).len(), 1);
    assert_eq!(scene.heard(ada, "rig of ada", end).len(), 0);
    scene.desk.tick(end + MESSAGE_KEPT - Span::seconds(1), &mut scene.out);
    assert!(scene.desk.message(id).is_some());
    scene.desk.tick(end + MESSAGE_KEPT, &mut scene.out);
    assert!(scene.desk.message(id).is_none());
}

#[test]
fn everybody_lists_their_own_and_moderators_all() {
    let mut scene = Scene::new();
    let (ada, bob, moderator, adas, bobs) = (scene.ada, scene.bob, scene.moderator, scene.adas, scene.bobs);
    for (author, worker) in [(ada, Some(adas)), (bob, Some(bobs)), (moderator, None)] {
        scene.sends(author, worker, "x").expect("sent");
    }
    let all = MessageFilter::default();
    assert_eq!((scene.lists(moderator, all), scene.lists(ada, all)), (Ok(3), Ok(2)));
    let of_ada = MessageFilter { author: Some(ada), ..all };
    assert_eq!((scene.lists(moderator, of_ada), scene.lists(ada, of_ada)), (Ok(2), Ok(2)));
    assert_eq!(scene.lists(bob, of_ada), Err(R::Forbidden));
    let to_bobs = MessageFilter { worker: Some(bobs), ..all };
    assert_eq!((scene.lists(moderator, to_bobs), scene.lists(ada, to_bobs)), (Ok(1), Ok(0)));
    assert_eq!(scene.lists(moderator, MessageFilter { validity: Validity::Expired, ..all }), Ok(0));
    assert_eq!(scene.lists(moderator, MessageFilter { skip: 2, ..all }), Ok(1));
}

#[test]
fn a_message_is_taken_back_by_its_author_or_a_moderator() {
    let mut scene = Scene::new();
    let (ada, bob, moderator, adas) = (scene.ada, scene.bob, scene.moderator, scene.adas);
    for who in [ada, moderator] {
        let id = scene.sends(ada, Some(adas), "x").expect("sent");
        assert_eq!(scene.desk.delete_message(bob, id, &mut scene.out), Err(R::Forbidden));
        assert_eq!(scene.desk.delete_message(who, id, &mut scene.out), Ok(()));
        assert_eq!(scene.desk.delete_message(who, id, &mut scene.out), Err(R::NotFound));
    }
    assert_eq!(scene.heard(ada, "rig of ada", START).len(), 0);
}

#[test]
fn an_author_cannot_fill_the_memory() {
    let mut scene = Scene::new();
    let (ada, moderator, adas) = (scene.ada, scene.moderator, scene.adas);
    for _ in 0..MESSAGES_PER_AUTHOR_MAX {
        scene.sends(ada, Some(adas), "x").expect("sent");
    }
    assert_eq!(scene.sends(ada, Some(adas), "x"), Err(R::TooMany { limit: MESSAGES_PER_AUTHOR_MAX }));
    assert!(scene.sends(moderator, Some(adas), "enough").is_ok());
}

#[test]
fn messages_go_with_their_worker() {
    let mut scene = Scene::new();
    let (ada, adas) = (scene.ada, scene.adas);
    let id = scene.sends(ada, Some(adas), "x").expect("sent");
    scene.desk.delete_worker(ada, adas, &mut scene.out).expect("deleted");
    assert!(scene.desk.message(id).is_none());
    assert_eq!(scene.desk.audit(), Ok(()));
}
