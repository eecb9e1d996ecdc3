//! The throng, drawn: a crowd of small shapes in a sunflower spiral, which the page shows while one waits. In a queue, one of
//! them is you. Gives SVG as text; how it moves is in `style/stage.css`.

use std::fmt::Write as _;

/// How many shapes stand in the crowd.
pub const SIZE: u32 = 72;
/// Cosine and sine of the golden angle, 137.5°, which never repeats: what makes a spiral a sunflower.
const TURN: (f32, f32) = (-0.737_368_9, 0.675_490_3);
/// Distance between neighbours in a picture 2000 wide, so that the last shape still fits.
const SPACING: f32 = 106.0;

/// Draws the crowd. `place` is one's place in the queue: the first stands in the middle.
pub fn svg(place: Option<u32>) -> String {
    let you = place.and_then(|place| place.checked_sub(1));
    let mut svg = String::with_capacity(SIZE as usize * 96);
    svg.push_str(r#"<svg viewBox="-1000 -1000 2000 2000" aria-hidden="true" focusable="false">"#);
    let (mut x, mut y) = (1.0_f32, 0.0_f32);
    let mut ring = None;
    for i in 0..SIZE {
        let distance = (i as f32 + 0.4).sqrt();
        let (across, down) = ((SPACING * distance * x).round() as i32, (SPACING * distance * y).round() as i32);
        (x, y) = (x * TURN.0 - y * TURN.1, x * TURN.1 + y * TURN.0);
        // Shapes at one distance are one group and move as one: nine moving things cost a ninth of what 72 would.
        let its_ring = distance as u32;
        if ring != Some(its_ring) {
            let close = if ring.is_some() { "</g>" } else { "" };
            // Writing to a string cannot fail.
            let _ = write!(svg, r#"{close}<g class="w{its_ring}">"#);
            ring = Some(its_ring);
        }
        let colour = ["red", "teal", "gold"][(i * 7 % 5 % 3) as usize];
        let mark = if you == Some(i) { " you" } else { "" };
        let outline = outline(i);
        let _ = write!(
            svg,
            r#"<g transform="translate({across} {down}) scale(10)"><path class="{colour}{mark}" d="{outline}"/></g>"#
        );
    }
    svg.push_str("</g></svg>");
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
        assert_eq!(svg.matches("<g ").count() - SIZE as usize, 9, "rings");
        assert_eq!(svg.matches("<g ").count(), svg.matches("</g>").count());
        for part in svg.split("translate(").skip(1) {
            let (pair, _) = part.split_once(')').unwrap();
            for side in pair.split(' ') {
                assert!(side.parse::<i32>().unwrap().abs() < 950, "{pair}");
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
