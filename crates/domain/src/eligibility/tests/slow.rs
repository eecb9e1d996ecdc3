//! Who is too slow for those who mind.

use super::*;
use crate::kit::{alchemist, alchemy, image, told, words};
use crate::model::TextModel;
use crate::offer::Product;
use crate::time::Span;

/// Lets bob's worker do one thing in so many seconds, and tells what becomes of the same from somebody who minds slow workers.
fn hasty_after(seconds: i64, offer: &Offer, request: impl Fn(UserId) -> Request, product: &Product) -> bool {
    let mut scene = scene();
    let (ada, bob) = (scene.ada, scene.bob);
    let Scene { desk, out, ids, .. } = &mut scene;
    let offer = Offer { owner: bob, ..offer.clone() };
    let given = |desk: &mut Desk, ids: &mut SeededIds, out: &mut Vec<Event>| {
        let popped = desk.pop(&offer, START, ids, out).expect("popped");
        let form = popped.forms.first().map(|form| form.generation);
        (popped.assignment.map(|work| work.generations[0]).or(form), popped.skipped.performance)
    };
    let ask = |request: Request| Ask { request, allow_downgrade: false, id: None };
    desk.ask(&ask(request(ada)), START, ids, out).expect("admitted");
    let (first, _) = given(desk, ids, out);
    let at = START + Span::seconds(seconds);
    desk.submit(bob, first.expect("work"), product, at, ids, out).expect("accepted");

    let hasty = Request { slow_workers: false, ..request(ada) };
    desk.ask(&ask(hasty), START, ids, out).expect("admitted");
    let (second, too_slow) = given(desk, ids, out);
    assert_eq!(second.is_some(), too_slow == 0, "who is refused is told why");
    desk.ask(&ask(request(ada)), START, ids, out).expect("admitted");
    assert!(given(desk, ids, out).0.is_some(), "the patient are always served");
    second.is_some()
}

#[test]
fn a_dreamer_is_slow_below_half_a_megapixelstep_a_second() {
    let offer = dreamer(UserId::ANONYMOUS, "rig");
    // 512×512 in 30 steps are 7.86 megapixelsteps.
    for (seconds, fast) in [(15, true), (16, false)] {
        assert_eq!(hasty_after(seconds, &offer, |user| picture(user, 1), &image(1)), fast, "{seconds}");
    }
}

#[test]
fn a_scribe_may_be_slower_the_larger_its_first_model_is() {
    // 80 tokens, with 70 billion parameters at three a second, with an unknown model at five.
    let product = words(&"once upon a time ".repeat(40));
    for (model, seconds, fast) in
        [("writer", 26, true), ("writer", 27, false), ("other", 16, true), ("other", 17, false)]
    {
        let offer = Offer { models: vec![model.into()], ..scribe(UserId::ANONYMOUS, "quill") };
        let request = |user| Request { models: vec![model.into()], ..text(user, 1) };
        assert_eq!(hasty_after(seconds, &offer, request, &product), fast, "{model} in {seconds}");
    }
    let milli = |parameters| {
        let mut reference = ModelReference::built_in();
        reference.texts.insert("sized".into(), TextModel { parameters, nsfw: false });
        slow_tokens_milli(&reference, &["sized".into()])
    };
    let billions = [20, 19, 13, 12].map(|count| milli(count * 1_000_000_000));
    assert_eq!(billions, [3_000, 4_000, 4_000, 5_000]);
    assert_eq!(slow_tokens_milli(&ModelReference::built_in(), &[]), 3_000, "no model: the slowest that is fast");
}

#[test]
fn an_alchemist_is_slow_from_ten_seconds_a_form_on() {
    let offer = alchemist(UserId::ANONYMOUS, "still", &["caption"]);
    for (seconds, fast) in [(9, true), (10, false)] {
        let request = |user| alchemy(user, &["caption"]);
        assert_eq!(hasty_after(seconds, &offer, request, &told("caption", "a cat")), fast, "{seconds}");
    }
}
