//! How long it will take, as a requester is told.

use super::*;
use crate::kit::{START, SeededIds, ask, dreamer, image, open_desk, picture, register};
use crate::kudos::Kudos;
use crate::request::Work;
use crate::time::Span;

#[test]
fn a_wait_is_what_is_ahead_at_the_speed_there_is_and_what_remains_of_what_is_begun() {
    let (mut out, mut ids) = (Vec::new(), SeededIds::new(2));
    let mut desk = open_desk(&mut out);
    let [ada, bob] = ["ada", "bob"].map(|name| register(&mut desk, name, START, &mut out));
    desk.grant(ada, Kudos::whole(1_000), START, &mut ids, &mut out);
    let with_steps = |steps| {
        let mut request = picture(ada, 1);
        if let Work::Image(image) = &mut request.work {
            image.steps = steps;
        }
        request
    };
    let first = desk.ask(&ask(with_steps(30)), START, &mut ids, &mut out).expect("admitted").request;
    let unknown = desk.check(first, Kind::Image, START).expect("known");
    assert_eq!(unknown.wait_seconds, 8, "7.86 megapixelsteps at one a second, while nothing is known");

    let rig = dreamer(bob, "rig");
    let job = desk.pop(&rig, START, &mut ids, &mut out).expect("popped").assignment.expect("work").generations[0];
    let at = START + Span::seconds(15);
    desk.submit(bob, job, &image(1), at, &mut ids, &mut out).expect("accepted");
    desk.tick(at, &mut out);

    let second = desk.ask(&ask(with_steps(31)), at, &mut ids, &mut out).expect("admitted").request;
    let waits = |desk: &Desk, at| desk.check(second, Kind::Image, at).expect("known").wait_seconds;
    assert_eq!(waits(&desk, at), 16, "a half more than the 15 seconds of 30 steps");
    desk.pop(&rig, at, &mut ids, &mut out).expect("popped").assignment.expect("work");
    assert_eq!(waits(&desk, at + Span::seconds(3)), 13);
    assert_eq!(waits(&desk, at + Span::seconds(60)), 0, "never less than nothing");
}
