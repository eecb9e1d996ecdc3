//! What a worker is told that is given nothing, where no index tells it.

use super::*;
use crate::desk::Settings;
use crate::desk::restore::KeyHash;
use crate::kit::settings;

#[test]
fn what_is_kept_for_friends_is_counted() {
    let (mut out, mut ids) = (Vec::new(), SeededIds::new(7));
    let mut desk = Desk::new(Settings { matched_targeting: true, ..settings() });
    desk.open(KeyHash([0; 32]), START, &mut out);
    let [ada, bob] = ["ada", "bob"].map(|name| register(&mut desk, name, START, &mut out));
    desk.grant(ada, Kudos::whole(1_000), START, &mut ids, &mut out);
    let mut offer = dreamer(bob, "rig");
    let rig = desk.pop(&offer, START, &mut ids, &mut out).expect("registered").worker;
    for nsfw in [false, true] {
        let targeting = Some(Targeting { deny: false, workers: vec![rig] });
        let asked = Request { targeting, nsfw, ..picture(ada, 1) };
        desk.ask(&ask(asked), START, &mut ids, &mut out).expect("admitted");
    }
    let mut pop = |offer: &Offer, seconds| {
        let popped = desk.pop(offer, START + Span::seconds(seconds), &mut ids, &mut out).expect("popped");
        (popped.assignment.is_some(), popped.skipped.worker_id, popped.skipped.nsfw)
    };
    offer.nsfw = false;
    assert_eq!(pop(&offer, 3), (false, 2, 1), "ada is no friend, and one of hers is lewd");
    offer.priority_users = vec![ada];
    assert_eq!(pop(&offer, 6), (true, 0, 0));
    assert_eq!(pop(&offer, 9), (false, 0, 1), "it would be hers if it were not lewd");
}

#[test]
fn what_was_passed_over_is_summed_up_over_several_pops() {
    let (mut desk, users, mut ids) = desk(2);
    let mut out = Vec::new();
    let mut offer = dreamer(users[1], "rig");
    offer.blacklist = vec!["storm".into()];
    let worker = desk.pop(&offer, START, &mut ids, &mut out).expect("registered").worker;
    for at in 0..20 {
        desk.ask(&ask(picture(users[0], 1)), START + Span::seconds(at), &mut ids, &mut out).expect("admitted");
    }
    let live = &desk.state.workers[&worker];
    let able = desk.able(live, &live.record.profile.models);
    let mut passed = Skipped::default();
    let keys = desk.state.queues.of(Kind::Image).fitting(&able, true, None);
    let (_, stopped_at) = desk.first_eligible(&able, keys, 6, Some(&mut passed));
    assert_eq!(passed.blacklist, 6);
    let stop = Stop { at: stopped_at.expect("more to see"), passed };
    desk.state.workers.get_mut(&worker).expect("registered").stop = Some(stop);
    for (at, why) in [(22, "six before the stop, the rest after it"), (25, "all, from the front")] {
        let popped = desk.pop(&offer, START + Span::seconds(at), &mut ids, &mut out).expect("popped");
        assert_eq!(popped.skipped.blacklist, 20, "{why}");
    }
}

#[test]
fn the_models_of_a_pop_decide_even_between_two_check_ins() {
    let (mut desk, users, mut ids) = desk(2);
    let mut out = Vec::new();
    let offer = dreamer(users[1], "rig");
    let painter = Offer { models: vec!["painter".into()], ..offer.clone() };
    let mut pop = |desk: &mut Desk, offer: &Offer, seconds| {
        let popped = desk.pop(offer, START + Span::seconds(seconds), &mut ids, &mut out).expect("popped");
        (popped.assignment.map(|work| work.model.to_string()), popped.skipped.models)
    };
    pop(&mut desk, &offer, 0);
    pop(&mut desk, &offer, 40);
    let (mut other_ids, mut other_out) = (SeededIds::new(8), Vec::new());
    let any = Request { models: Vec::new(), ..picture(users[0], 1) };
    desk.ask(&ask(any), START, &mut other_ids, &mut other_out).expect("admitted");
    assert_eq!(pop(&mut desk, &painter, 45), (None, 1), "there is nothing to paint into");
    assert_eq!(pop(&mut desk, &offer, 48), (Some("plain".to_owned()), 0));
}
