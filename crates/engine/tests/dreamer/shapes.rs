//! The built-in picture model keeps its promise: what the prompt says is what the picture shows.

use std::path::Path;

use throng_engine::dreamer::{Dream, Dreamer, Sampler};
use throng_engine::{Device, Flow};

use crate::shapes_checker::shows_a_red_circle_left_of_a_blue_square;

/// Pictures that must be right, of ten.
const RIGHT_MIN: usize = 8;

#[test]
fn a_red_circle_left_of_a_blue_square_is_just_that_for_eight_seeds_of_ten() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/throng-shapes");
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
    let mut right = 0;
    for (seed, picture) in dream.seeds.iter().zip(&pictures) {
        match shows_a_red_circle_left_of_a_blue_square(picture) {
            Ok(()) => right += 1,
            Err(why) => eprintln!("seed {seed}: {why}"),
        }
    }
    eprintln!("{right} of {} pictures are right", pictures.len());
    assert!(right >= RIGHT_MIN, "{right} of {} pictures are right", pictures.len());
}
