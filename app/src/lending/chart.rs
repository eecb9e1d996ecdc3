//! What was earned lately, drawn: one bar a minute. Gives SVG as text, and the same as a sentence for whoever cannot see it.

use std::fmt::Write as _;

use crate::words;

/// How many bars there are.
pub const BARS: usize = 20;
/// What each stands for, in milliseconds.
pub const BAR_MS: f64 = 60_000.0;
/// The drawing's height, and what a bar takes of its width.
const HEIGHT: i64 = 100;
const STEP: usize = 20;
const BAR_WIDTH: usize = 15;
/// A minute without earnings is still a minute: it has a foot to stand on.
const FOOT: i64 = 2;

/// Draws the bars, oldest first; the last one is the minute that runs.
pub fn svg(bars: &[i64]) -> String {
    let most = bars.iter().copied().max().unwrap_or(0).max(1);
    let width = bars.len() * STEP;
    let mut svg = String::with_capacity(120 + bars.len() * 72);
    // Writing to a string cannot fail.
    let _ = write!(
        svg,
        r#"<svg viewBox="0 0 {width} {HEIGHT}" preserveAspectRatio="none" aria-hidden="true" focusable="false">"#
    );
    for (at, amount) in bars.iter().enumerate() {
        let height = FOOT + amount.max(&0) * (HEIGHT - FOOT) / most;
        let class = match (*amount > 0, at + 1 == bars.len()) {
            (false, _) => "none",
            (true, true) => "now",
            (true, false) => "past",
        };
        let (x, y) = (at * STEP, HEIGHT - height);
        let _ = write!(svg, r#"<rect class="{class}" x="{x}" y="{y}" width="{BAR_WIDTH}" height="{height}"/>"#);
    }
    svg.push_str("</svg>");
    svg
}

/// The same in a sentence.
pub fn said(bars: &[i64]) -> String {
    let Some(first) = bars.iter().position(|amount| *amount > 0) else {
        return format!("Nothing was earned in the last {BARS} minutes of lending.");
    };
    let amounts: Vec<String> = bars[first..].iter().map(|amount| words::kudos_of(*amount)).collect();
    format!("Kudos in each minute, the running one last: {}.", amounts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_bar_fills_the_drawing_and_the_rest_keep_the_measure() {
        let svg = svg(&[0, 50, 100]);
        assert_eq!(svg.matches("<rect").count(), 3);
        assert!(svg.contains(r#"class="none" x="0" y="98" width="15" height="2""#), "{svg}");
        assert!(svg.contains(r#"class="past" x="20" y="49" width="15" height="51""#), "{svg}");
        assert!(svg.contains(r#"class="now" x="40" y="0" width="15" height="100""#), "{svg}");
    }

    #[test]
    fn nothing_earned_is_drawn_too() {
        assert_eq!(svg(&[0; BARS]).matches("class=\"none\"").count(), BARS);
        assert_eq!(said(&[0; BARS]), "Nothing was earned in the last 20 minutes of lending.");
    }

    #[test]
    fn the_sentence_begins_with_the_first_minute_that_earned() {
        assert_eq!(said(&[0, 0, 150, 0, 25]), "Kudos in each minute, the running one last: 1.5, 0, 0.25.");
    }
}
