//! Looking at pictures by their pixels: which colours there are, and where each one lies.

use image::RgbImage;

/// The share of a picture's pixels that a colour must cover to count as there: a small shape of the built-in
/// pictures covers about two hundredths.
const SHARE_MIN: f64 = 0.01;

/// A colour to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Mostly red.
    Red,
    /// Mostly blue.
    Blue,
}

/// The centre of all pixels of a colour, in shares of width and height, if there are enough of them.
pub fn centre(picture: &RgbImage, colour: Colour) -> Option<(f64, f64)> {
    let (mut count, mut x_sum, mut y_sum) = (0_u64, 0.0, 0.0);
    for (x, y, pixel) in picture.enumerate_pixels() {
        if is(colour, pixel.0) {
            count += 1;
            x_sum += f64::from(x);
            y_sum += f64::from(y);
        }
    }
    let total = f64::from(picture.width()) * f64::from(picture.height());
    if count as f64 / total < SHARE_MIN {
        return None;
    }
    let count = count as f64;
    Some((x_sum / count / f64::from(picture.width()), y_sum / count / f64::from(picture.height())))
}

fn is(colour: Colour, [red, green, blue]: [u8; 3]) -> bool {
    let (red, green, blue) = (i32::from(red), i32::from(green), i32::from(blue));
    match colour {
        Colour::Red => red > 110 && red - green > 60 && red - blue > 60,
        Colour::Blue => blue > 110 && blue - red > 60 && blue - green > 30,
    }
}
