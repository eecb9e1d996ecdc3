//! The built-in picture model keeps the promise of its card, whatever that is at the time.
//!
//! The card says either that the target (eight of ten seeds right) is reached, and then it must be, or that these
//! weights do not reach it yet; then the pictures must at least show something in the colours that were asked for.

use std::path::Path;

use throng_engine::dreamer::{Dream, Dreamer, Sampler};
use throng_engine::{Device, Flow};

use crate::shapes_checker::{shows_a_red_circle_left_of_a_blue_square, things};

/// Pictures that must be right, of ten.
const RIGHT_MIN: usize = 8;
/// How the card says that its weights are early.
const EARLY: &str = "**not** reached by this checkpoint";

#[test]
fn a_red_circle_left_of_a_blue_square_shows_what_the_card_promises() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/throng-shapes");
    let card = std::fs::read_to_string(folder.join("README.md")).unwrap();
    // Lines of the card are wrapped: compared without regard to where.
    let early = card.split_whitespace().collect::<Vec<_>>().join(" ").contains(EARLY);
    let dreamer = Dreamer::load(&folder, &Device::cpu()).unwrap();
    // As the wire asks when the requester says nothing else.
    let dream = Dream {
        sampler: Sampler::EulerAncestral,
        karras: true,
        steps: 30,
        cfg_scale: 5.0,
        seeds: (0..10).collect(),
        ..Dream::new("a red circle left of a blue square")
    };
    let pictures = pollster::block_on(dreamer.dream(&dream, &mut |_| Flow::Continue)).unwrap();
    let (mut right, mut coloured) = (0, 0);
    for (seed, picture) in dream.seeds.iter().zip(&pictures) {
        assert_eq!(picture.dimensions(), (512, 512));
        match shows_a_red_circle_left_of_a_blue_square(picture) {
            Ok(()) => right += 1,
            Err(why) => eprintln!("seed {seed}: {why}"),
        }
        coloured += usize::from(things(picture).iter().any(|thing| matches!(thing.colour, "red" | "blue")));
    }
    eprintln!("{right} of {} pictures are right, {coloured} show something red or blue", pictures.len());
    if early {
        assert!(coloured >= RIGHT_MIN, "only {coloured} of {} pictures show red or blue", pictures.len());
    } else {
        assert!(right >= RIGHT_MIN, "only {right} of {} pictures are right", pictures.len());
    }
}
