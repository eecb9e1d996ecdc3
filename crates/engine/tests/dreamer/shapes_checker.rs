//! Looks at a picture of flat shapes and says what is where: colours by nearest named colour, shapes by their outline.
//!
//! It knows nothing of how the picture was made. Its own tests show that it tells right from nearly right.

use image::imageops::{FilterType, resize};
use image::{Rgb, RgbImage};

/// The names a pixel may get: the colours of the built-in model's world, and its pale backgrounds.
const PALETTE: [(&str, [u8; 3]); 15] = [
    ("red", [222, 38, 40]),
    ("orange", [250, 140, 20]),
    ("yellow", [252, 216, 40]),
    ("green", [36, 160, 64]),
    ("cyan", [40, 200, 214]),
    ("blue", [34, 84, 220]),
    ("purple", [132, 46, 176]),
    ("pink", [250, 130, 184]),
    ("brown", [128, 76, 36]),
    ("black", [20, 20, 24]),
    ("grey", [136, 138, 142]),
    ("white", [252, 252, 252]),
    ("pale", [250, 250, 248]),
    ("pale", [250, 242, 222]),
    ("pale", [228, 236, 244]),
];
/// Pictures are looked at with this short side: large enough to tell a circle from a square, small enough to be quick.
const SIDE: u32 = 96;
/// A blob smaller than this part of the picture is a blur at an edge, not a thing.
const THING_MIN: f64 = 0.012;

/// A connected patch of one colour.
#[derive(Debug, Clone)]
pub(crate) struct Thing {
    pub(crate) colour: &'static str,
    pub(crate) x: f64,
    pub(crate) y: f64,
    points: Vec<(u32, u32)>,
}

impl Thing {
    /// How much of the smallest circle around it (about its centre) it fills: 1 for a disc, 0.64 for a square.
    fn roundness(&self) -> f64 {
        let reach = self
            .points
            .iter()
            .fold(0.0_f64, |most, &(x, y)| most.max((f64::from(x) - self.x).hypot(f64::from(y) - self.y)));
        // Half a pixel: the outermost point's own extent.
        self.points.len() as f64 / (std::f64::consts::PI * (reach + 0.5).powi(2))
    }

    /// How much of its upright bounding box it fills: 1 for a square, 0.79 for a disc, 0.5 for a triangle.
    fn fullness(&self) -> f64 {
        let (wide, high) = self.extent();
        self.points.len() as f64 / f64::from(wide * high)
    }

    fn extent(&self) -> (u32, u32) {
        let span = |side: fn(&(u32, u32)) -> u32| {
            let (low, high) =
                self.points.iter().map(side).fold((u32::MAX, 0), |(low, high), v| (low.min(v), high.max(v)));
            high - low + 1
        };
        (span(|point| point.0), span(|point| point.1))
    }

    fn even(&self) -> bool {
        let (wide, high) = self.extent();
        f64::from(wide.max(high)) / f64::from(wide.min(high)) < 1.25
    }

    /// Whether it looks like a circle.
    pub(crate) fn is_circle(&self) -> bool {
        self.even() && self.roundness() > 0.82 && self.fullness() < 0.88
    }

    /// Whether it looks like an upright square.
    pub(crate) fn is_square(&self) -> bool {
        self.even() && self.fullness() > 0.88
    }
}

/// Every thing in the picture that is not the background, largest first.
pub(crate) fn things(picture: &RgbImage) -> Vec<Thing> {
    let short = picture.width().min(picture.height());
    let scaled = |side: u32| (side * SIDE).div_ceil(short);
    let small = resize(picture, scaled(picture.width()), scaled(picture.height()), FilterType::Triangle);
    let (width, height) = small.dimensions();
    let names: Vec<&str> = small.pixels().map(|pixel| name(*pixel)).collect();
    let background = most_common_at_the_border(&names, width, height);
    let mut seen = vec![false; names.len()];
    let mut found = Vec::new();
    for start in 0..names.len() {
        if seen[start] || names[start] == background || same_backdrop(names[start], background) {
            continue;
        }
        let points = flood(&names, &mut seen, start, width, height);
        // A rim of mixed colour around a shape is one pixel wide: it has no inside.
        let inside = |&(x, y): &(u32, u32)| {
            let around = [(x.wrapping_sub(1), y), (x + 1, y), (x, y.wrapping_sub(1)), (x, y + 1)];
            around.into_iter().all(|(x, y)| x < width && y < height && names[(y * width + x) as usize] == names[start])
        };
        let core = points.iter().filter(|point| inside(point)).count() as f64;
        if core >= THING_MIN * names.len() as f64 * 0.5 && points.len() as f64 >= THING_MIN * names.len() as f64 {
            let count = points.len() as f64;
            let x = points.iter().map(|point| f64::from(point.0)).sum::<f64>() / count;
            let y = points.iter().map(|point| f64::from(point.1)).sum::<f64>() / count;
            found.push(Thing { colour: names[start], x, y, points });
        }
    }
    found.sort_by_key(|thing| std::cmp::Reverse(thing.points.len()));
    found
}

/// Whether the picture shows exactly a red circle left of a blue square; if not, why not.
pub(crate) fn shows_a_red_circle_left_of_a_blue_square(picture: &RgbImage) -> Result<(), String> {
    let things = things(picture);
    let colours: Vec<&str> = things.iter().map(|thing| thing.colour).collect();
    let one = |colour: &str| things.iter().find(|thing| thing.colour == colour);
    let (Some(red), Some(blue)) = (one("red"), one("blue")) else {
        return Err(format!("it shows {colours:?}"));
    };
    if things.len() != 2 {
        return Err(format!("it shows {} things: {colours:?}", things.len()));
    }
    if !red.is_circle() {
        return Err(format!("the red thing is no circle: {:.2} round, {:.2} full", red.roundness(), red.fullness()));
    }
    if !blue.is_square() {
        return Err(format!("the blue thing is no square: {:.2} round, {:.2} full", blue.roundness(), blue.fullness()));
    }
    // "Left of" means more to the side than up or down.
    if blue.x - red.x <= (blue.y - red.y).abs() {
        return Err(format!("red at {:.0},{:.0}, blue at {:.0},{:.0}", red.x, red.y, blue.x, blue.y));
    }
    Ok(())
}

fn name(pixel: Rgb<u8>) -> &'static str {
    let distance = |colour: &[u8; 3]| -> i32 {
        colour.iter().zip(pixel.0).map(|(a, b)| (i32::from(*a) - i32::from(b)).pow(2)).sum()
    };
    PALETTE.iter().min_by_key(|(_, colour)| distance(colour)).map_or("none", |(name, _)| name)
}

/// White and the pale backgrounds differ by less than a blur.
fn same_backdrop(a: &str, b: &str) -> bool {
    let light = |name: &str| matches!(name, "white" | "pale");
    light(a) && light(b)
}

fn most_common_at_the_border(names: &[&'static str], width: u32, height: u32) -> &'static str {
    let mut border: Vec<&str> = Vec::new();
    for x in 0..width {
        border.extend([names[x as usize], names[((height - 1) * width + x) as usize]]);
    }
    for y in 0..height {
        border.extend([names[(y * width) as usize], names[(y * width + width - 1) as usize]]);
    }
    let count = |name: &&&str| border.iter().filter(|other| other == name).count();
    border.iter().max_by_key(count).map_or("none", |name| *name)
}

fn flood(names: &[&str], seen: &mut [bool], start: usize, width: u32, height: u32) -> Vec<(u32, u32)> {
    let mut open = vec![start];
    let mut points = Vec::new();
    seen[start] = true;
    while let Some(at) = open.pop() {
        let (x, y) = (at as u32 % width, at as u32 / width);
        points.push((x, y));
        for (x, y) in [(x.wrapping_sub(1), y), (x + 1, y), (x, y.wrapping_sub(1)), (x, y + 1)] {
            let next = (y.wrapping_mul(width)).wrapping_add(x) as usize;
            if x < width && y < height && !seen[next] && names[next] == names[start] {
                seen[next] = true;
                open.push(next);
            }
        }
    }
    points
}

mod tests {
    use super::*;

    const RED: [u8; 3] = [220, 40, 40];
    const BLUE: [u8; 3] = [40, 80, 215];

    /// Draws discs (true) and squares (false) on a cream background.
    fn drawn(items: &[(bool, [u8; 3], f64, f64)]) -> RgbImage {
        RgbImage::from_fn(256, 256, |x, y| {
            let (x, y) = (f64::from(x), f64::from(y));
            let hit = items.iter().find(|(round, _, cx, cy)| {
                let (dx, dy) = (x - cx, y - cy);
                if *round { dx.hypot(dy) < 45.0 } else { dx.abs() < 40.0 && dy.abs() < 40.0 }
            });
            Rgb(hit.map_or([248, 240, 222], |item| item.1))
        })
    }

    fn verdict(items: &[(bool, [u8; 3], f64, f64)]) -> Result<(), String> {
        shows_a_red_circle_left_of_a_blue_square(&drawn(items))
    }

    #[test]
    fn the_checker_accepts_what_was_asked_for() {
        verdict(&[(true, RED, 70.0, 128.0), (false, BLUE, 186.0, 120.0)]).unwrap();
    }

    #[test]
    fn the_checker_refuses_what_is_nearly_right() {
        let swapped = verdict(&[(true, RED, 186.0, 128.0), (false, BLUE, 70.0, 128.0)]);
        assert!(swapped.unwrap_err().contains("red at"));
        let above = verdict(&[(true, RED, 110.0, 60.0), (false, BLUE, 140.0, 190.0)]);
        assert!(above.unwrap_err().contains("red at"));
        let colours_exchanged = verdict(&[(true, BLUE, 70.0, 128.0), (false, RED, 186.0, 128.0)]);
        assert!(colours_exchanged.unwrap_err().contains("the red thing is no circle"));
        let two_squares = verdict(&[(false, RED, 70.0, 128.0), (false, BLUE, 186.0, 128.0)]);
        assert!(two_squares.unwrap_err().contains("the red thing is no circle"));
        let two_discs = verdict(&[(true, RED, 70.0, 128.0), (true, BLUE, 186.0, 128.0)]);
        assert!(two_discs.unwrap_err().contains("the blue thing is no square"));
        let one_too_many =
            verdict(&[(true, RED, 50.0, 60.0), (false, BLUE, 186.0, 60.0), (true, [36, 160, 64], 128.0, 200.0)]);
        assert!(one_too_many.unwrap_err().contains("3 things"));
        assert!(verdict(&[]).is_err());
    }
}
