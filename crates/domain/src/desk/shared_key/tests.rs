//! Tests of shared keys.

use super::*;
use crate::desk::answer::{Asked, Gift, Recipient, UserEdit};
use crate::kit::{START, SeededIds, ask, dreamer, image, open_desk, picture, register, settings, text};
use crate::refusal::TransferRefusal;
use crate::time::Span;

struct Scene {
    desk: Desk,
    ids: SeededIds,
    out: Vec<Event>,
    ada: UserId,
    bob: UserId,
}

/// Ada has kudos, Bob a dreamer.
fn scene() -> Scene {
    let (mut out, mut ids) = (Vec::new(), SeededIds::new(3));
    let mut desk = open_desk(&mut out);
    let (ada, bob) = (register(&mut desk, "ada", START, &mut out), register(&mut desk, "bob", START, &mut out));
    assert!(desk.grant(ada, Kudos::whole(10_000), START, &mut ids, &mut out));
    Scene { desk, ids, out, ada, bob }
}

impl Scene {
    fn key(&mut self, wish: &SharedKeyChange) -> SharedKeyId {
        let made = self.desk.make_shared_key(self.ada, wish, None, START, &mut self.ids, &mut self.out);
        made.expect("a key").record.id
    }

    fn ask(
        &mut self,
        key: SharedKeyId,
        change: impl FnOnce(&mut crate::desk::answer::Ask),
    ) -> Result<Asked, AskRefusal> {
        let mut wish = ask(picture(UserId::ANONYMOUS, 1));
        wish.request.shared_key = Some(key);
        change(&mut wish);
        let asked = self.desk.ask(&wish, START, &mut self.ids, &mut self.out);
        assert_eq!(self.desk.audit(), Ok(()));
        asked
    }

    fn of(&self, key: SharedKeyId) -> SharedKeyRecord {
        SharedKeyRecord::clone(&self.desk.shared_key(key).expect("the key").record)
    }

    fn balance(&self) -> Kudos {
        self.desk.user(self.ada).expect("ada").balance
    }
}

fn allowing(kudos: i64) -> SharedKeyChange {
    SharedKeyChange { allowance: Some(Some(Kudos::whole(kudos))), ..SharedKeyChange::default() }
}

#[test]
fn what_a_key_spends_its_owner_pays_and_its_allowance_loses() {
    let mut scene = scene();
    let key = scene.key(&allowing(100));
    let before = scene.balance();
    scene.ask(key, |_| ()).expect("asked");
    let bob = scene.bob;
    let Scene { desk, ids, out, .. } = &mut scene;
    let popped = desk.pop(&dreamer(bob, "rig"), START, ids, out).expect("popped");
    let generation = popped.assignment.expect("work").generations[0];
    desk.submit(bob, generation, &image(1), START, ids, out).expect("paid");
    let (paid, record) = (before - scene.balance(), scene.of(key));
    assert!(paid > Kudos::whole(4), "tax, reward and surcharge, not {paid}");
    assert_eq!((record.utilized, record.allowance), (paid, Some(Kudos::whole(100) - paid)));
    let replayed = Desk::replay(settings(), scene.out);
    assert_eq!(replayed.records(), scene.desk.records());
}

#[test]
fn what_is_asked_for_already_counts_against_the_allowance() {
    let mut scene = scene();
    let one = scene.desk.needed(&picture(UserId::ANONYMOUS, 1));
    // Enough for two with their taxes, not for three.
    let key = scene.key(&SharedKeyChange { allowance: Some(Some(one.times(2) + Kudos::whole(6))), ..allowing(0) });
    scene.ask(key, |_| ()).expect("the first");
    scene.ask(key, |_| ()).expect("the second");
    let refused = scene.ask(key, |_| ());
    assert!(
        matches!(refused, Err(AskRefusal::SharedKeyInsufficientKudos { needed, .. }) if needed == one),
        "{refused:?}"
    );
    let shrunk = scene.ask(key, |wish| wish.allow_downgrade = true).expect("last in the queue");
    assert!(shrunk.downgraded);
}

#[test]
fn empty_expired_and_unknown_keys_are_refused() {
    let mut scene = scene();
    let empty = scene.key(&allowing(0));
    assert_eq!(scene.ask(empty, |_| ()), Err(AskRefusal::SharedKeyEmpty));
    let before = scene.balance();
    assert!(scene.ask(empty, |wish| wish.allow_downgrade = true).expect("as nobody").downgraded);
    assert_eq!(scene.balance(), before, "nobody pays for it");
    let late = scene.key(&SharedKeyChange { life: Some(Some(Span::seconds(0))), ..allowing(10) });
    assert_eq!(scene.ask(late, |_| ()), Err(AskRefusal::SharedKeyExpired));
    assert_eq!(scene.ask(SharedKeyId(uuid::Uuid::nil()), |_| ()), Err(AskRefusal::UnknownUser));
}

#[test]
fn limits_of_a_key_are_kept() {
    let mut scene = scene();
    let key = scene.key(&SharedKeyChange {
        max_image_pixels: Some(Some(512 * 512)),
        max_image_steps: Some(Some(30)),
        max_text_tokens: Some(Some(80)),
        ..allowing(5_000)
    });
    scene.ask(key, |_| ()).expect("within all limits");
    let larger = scene.ask(key, |wish| {
        if let Work::Image(image) = &mut wish.request.work {
            image.width = 576;
        }
    });
    assert_eq!(larger, Err(AskRefusal::SharedKeyLimit(SharedKeyLimit::Pixels(512 * 512))));
    let styled = scene.ask(key, |wish| {
        wish.request.key_of_style = true;
        if let Work::Image(image) = &mut wish.request.work {
            image.width = 576;
        }
    });
    assert!(styled.is_ok(), "what a style asks for is its maker's to decide: {styled:?}");
    let longer = scene.ask(key, |wish| {
        if let Work::Image(image) = &mut wish.request.work {
            image.steps = 31;
        }
    });
    assert_eq!(longer, Err(AskRefusal::SharedKeyLimit(SharedKeyLimit::Steps(30))));
    let wordy = scene.ask(key, |wish| {
        wish.request = crate::request::Request { shared_key: wish.request.shared_key, ..text(UserId::ANONYMOUS, 1) };
        if let Work::Text(text) = &mut wish.request.work {
            text.max_length = 81;
        }
    });
    assert_eq!(wordy, Err(AskRefusal::SharedKeyLimit(SharedKeyLimit::Tokens(80))));
}

#[test]
fn standing_decides_how_many_keys_there_may_be() {
    let mut scene = scene();
    let (ada, bob) = (scene.ada, scene.bob);
    let make = |scene: &mut Scene, owner| {
        let wish = SharedKeyChange::default();
        scene.desk.make_shared_key(owner, &wish, None, START, &mut scene.ids, &mut scene.out).map(|_| ())
    };
    assert_eq!(make(&mut scene, UserId::ANONYMOUS), Err(SharedKeyRefusal::Anonymous));
    let role = |scene: &mut Scene, edit: UserEdit| {
        let by = crate::desk::answer::Authority { caller: bob, admin: true };
        scene.desk.edit_user(by, ada, &edit, None, START, &mut scene.ids, &mut scene.out).expect("edited");
    };
    for limit in [SHARED_KEYS_MAX, SHARED_KEYS_TRUSTED_MAX] {
        while scene.desk.user(ada).expect("ada").shared_keys.len() < limit {
            assert_eq!(make(&mut scene, ada), Ok(()));
        }
        assert_eq!(make(&mut scene, ada), Err(SharedKeyRefusal::TooMany { limit }));
        role(&mut scene, UserEdit { trusted: Some(true), ..UserEdit::default() });
    }
    role(&mut scene, UserEdit { trusted: Some(false), education: Some(true), ..UserEdit::default() });
    assert_eq!(make(&mut scene, ada), Ok(()), "a school has one for each pupil");
}

#[test]
fn only_its_owner_changes_a_key_and_a_gift_raises_it() {
    let mut scene = scene();
    let key = scene.key(&allowing(10));
    let (ada, bob) = (scene.ada, scene.bob);
    let Scene { desk, ids, out, .. } = &mut scene;
    let more = allowing(20);
    use SharedKeyRefusal as R;
    assert_eq!(desk.change_shared_key(bob, key, &more, START, out).map(|_| ()), Err(R::NotOwner));
    let nothing = SharedKeyChange::default();
    assert_eq!(desk.change_shared_key(ada, key, &nothing, START, out).map(|_| ()), Err(R::Nothing));
    desk.change_shared_key(ada, key, &more, START, out).expect("changed");
    assert!(desk.grant(bob, Kudos::whole(100), START, ids, out));
    let gift = Gift { to: Recipient::Key(key), ..Gift::new(bob, ada, Kudos::whole(5)) };
    desk.transfer(&gift, START, ids, out).expect("given");
    assert_eq!(desk.shared_key(key).expect("the key").record.allowance, Some(Kudos::whole(25)));
    assert_eq!(desk.delete_shared_key(bob, key, out), Err(R::NotOwner));
    desk.delete_shared_key(ada, key, out).expect("deleted");
    assert_eq!(desk.transfer(&gift, START, ids, out), Err(TransferRefusal::InvalidTarget));
    assert_eq!(desk.audit(), Ok(()));
}

#[test]
fn the_same_wish_said_twice_makes_one_key_and_one_request() {
    let mut scene = scene();
    let id = SharedKeyId(uuid::Uuid::from_u128(7));
    let ada = scene.ada;
    for _ in 0..2 {
        let wish = allowing(50);
        let made = scene.desk.make_shared_key(ada, &wish, Some(id), START, &mut scene.ids, &mut scene.out);
        assert_eq!(made.expect("a key").record.id, id);
    }
    assert_eq!(scene.desk.user(ada).expect("ada").shared_keys, [id]);
    let before = scene.balance();
    let request = crate::id::RequestId(uuid::Uuid::from_u128(8));
    let first = scene.ask(id, |wish| wish.id = Some(request)).expect("asked");
    let paid = before - scene.balance();
    let again = scene.ask(id, |wish| wish.id = Some(request)).expect("asked again");
    assert_eq!((first.request, again), (request, first));
    assert_eq!(before - scene.balance(), paid);
}
