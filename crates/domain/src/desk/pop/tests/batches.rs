//! How many jobs of one request a worker takes at once.

use super::*;

#[test]
fn a_batch_is_as_large_as_the_largest_picture_leaves_room_for() {
    let of = |change: fn(&mut Request, &mut ImageWork), amount| {
        let mut request = picture(UserId(1), 20);
        let mut image = request.image().expect("a picture").clone();
        change(&mut request, &mut image);
        request.work = Work::Image(image);
        let dreamer = Dreamer { max_pixels: 1 << 20, ..Dreamer::default() };
        batch(&request, &Ability::Dreamer(dreamer), amount)
    };
    assert_eq!(of(|_, _| {}, 3), 3, "3.43 fit, three are wanted");
    assert_eq!(of(|_, i| i.post_processing = vec!["GFPGAN".into()], 3), 2, "2.45");
    assert_eq!(of(|_, i| i.post_processing = vec!["GFPGAN".into(), "strip_background".into()], 3), 2, "1.90");
    assert_eq!(of(|_, i| i.post_processing = vec!["CodeFormers".into()], 3), 1, "1.36");
    assert_eq!(of(|_, i| i.transparent = true, 3), 2, "1.90");
    assert_eq!(of(|_, i| (i.width, i.height) = (1024, 1024), 5), 1, "1.43");
    assert_eq!(of(|_, i| (i.width, i.height) = (1024, 1024), 1), 1, "0.29, and never less than one");
    assert_eq!(of(|_, _| {}, 20), 20, "22.9");
    assert_eq!(of(|r, _| r.disable_batching = true, 20), 1);
}

#[test]
fn texts_are_taken_as_many_as_are_asked_for() {
    let scribe = Ability::Scribe(crate::offer::Scribe::default());
    assert_eq!(batch(&text(UserId(1), 9), &scribe, 7), 7);
    assert_eq!(batch(&text(UserId(1), 9), &scribe, 0), 1);
}
