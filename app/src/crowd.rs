//! The throng, drawn: a crowd of small shapes in a sunflower spiral, which the page shows while one waits. In a queue, one of
//! them is you. Gives SVG as text; how it moves is in `style/stage.css`.

use std::f32::consts::PI;
use std::fmt::Write as _;

/// How many shapes stand in the crowd.
pub const SIZE: u32 = 72;
/// The angle that never repeats: what makes a spiral a sunflower.
const GOLDEN_ANGLE: f32 = PI * 0.763_932_02;
/// Distance between neighbours, in units of a picture 200 wide, so that the last shape still fits.
const SPACING: f32 = 10.6;

/// Draws the crowd. `place` is one's place in the queue: the first stands in the middle.
pub fn svg(place: Option<u32>) -> String {
    let you = place.and_then(|place| place.checked_sub(1));
    let mut svg = String::with_capacity(SIZE as usize * 96);
    svg.push_str(r#"<svg viewBox="-100 -100 200 200" aria-hidden="true" focusable="false">"#);
    for i in 0..SIZE {
        let (step, angle) = (i as f32, i as f32 * GOLDEN_ANGLE);
        let radius = SPACING * (step + 0.4).sqrt();
        let (x, y) = (radius * angle.cos(), radius * angle.sin());
        let colour = ["red", "teal", "gold"][(i * 7 % 5 % 3) as usize];
        // The wave runs outwards: shapes at one distance move together.
        let ring = ((step + 0.4).sqrt() as u32).min(8);
        let mark = if you == Some(i) { " you" } else { "" };
        // Writing to a string cannot fail.
        let _ = write!(svg, r#"<g transform="translate({x:.1} {y:.1})"><path class="{colour} w{ring}{mark}" d="{}"/></g>"#, outline(i));
    }
    svg.push_str("</svg>");
    svg
}

/// One of four outlines, each about nine units wide.
fn outline(i: u32) -> &'static str {
    match i * 3 % 4 {
        0 => "M-4.4 0a4.4 4.4 0 1 0 8.8 0a4.4 4.4 0 1 0-8.8 0z",
        1 => "M-3.8-3.8h7.6v7.6h-7.6z",
        2 => "M0-4.8 4.6 3.4h-9.2z",
        _ => "M0-5 1.4-1.6 5-1.5 2.1.9 3.1 4.4 0 2.3-3.1 4.4-2.1.9-5-1.5-1.4-1.6z",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_there_and_inside_the_picture() {
        let svg = svg(None);
        assert_eq!(svg.matches("<path").count(), SIZE as usize);
        for part in svg.split("translate(").skip(1) {
            let (pair, _) = part.split_once(')').unwrap();
            for side in pair.split(' ') {
                assert!(side.parse::<f32>().unwrap().abs() < 95.0, "{pair}");
            }
        }
    }

    #[test]
    fn one_of_them_is_you_while_you_are_within_sight() {
        assert_eq!(svg(Some(1)).matches(" you").count(), 1);
        assert_eq!(svg(Some(SIZE)).matches(" you").count(), 1);
        for nobody in [None, Some(0), Some(SIZE + 1)] {
            assert_eq!(svg(nobody).matches(" you").count(), 0);
        }
    }

    #[test]
    fn all_four_outlines_are_used() {
        let mut seen: Vec<_> = (0..SIZE).map(outline).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 4);
    }
}
