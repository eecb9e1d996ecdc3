//! How the page says numbers: seconds, places in a queue, kudos. Nothing here knows the wire or the screen.

/// Seconds in a minute, for spans long enough to be said in minutes.
const MINUTE_SECONDS: u32 = 60;

/// A span of time, rounded as a person would say it.
pub fn span(seconds: u32) -> String {
    if seconds < 2 * MINUTE_SECONDS {
        return format!("{seconds} s");
    }
    format!("{} min", (seconds + MINUTE_SECONDS / 2) / MINUTE_SECONDS)
}

/// A span measured in milliseconds, with a decimal while it is short.
pub fn span_ms(ms: u32) -> String {
    if ms < 10_000 {
        return format!("{}.{} s", ms / 1_000, ms % 1_000 / 100);
    }
    span(ms / 1_000)
}

/// A place in a queue, in words while it is small.
pub fn ordinal(place: u32) -> String {
    const FEW: [&str; 9] = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"];
    let small = usize::try_from(place).ok().and_then(|place| place.checked_sub(1)).and_then(|i| FEW.get(i));
    small.map_or_else(|| format!("number {}", thousands(u64::from(place))), |word| (*word).to_owned())
}

/// A whole number with thin spaces between the thousands.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut said = String::with_capacity(digits.len() + digits.len() / 3 * 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            said.push('\u{2009}');
        }
        said.push(digit);
    }
    said
}

/// Kudos with at most two decimals and none that say nothing.
pub fn kudos(amount: f64) -> String {
    kudos_of(hundredths_of(amount))
}

/// Kudos counted in hundredths, said the same way.
pub fn kudos_of(hundredths: i64) -> String {
    let sign = if hundredths < 0 { "−" } else { "" };
    let hundredths = hundredths.unsigned_abs();
    format!("{sign}{}{}", thousands(hundredths / 100), decimals(hundredths))
}

/// Kudos as the wire says them, in hundredths: it never means less than one.
pub fn hundredths_of(kudos: f64) -> i64 {
    (kudos * 100.0).round() as i64
}

/// A setting with at most two decimals. Goes by way of whole numbers: printing floats is a large part of a small program.
pub fn decimal(number: f64) -> String {
    let hundredths = (number.max(0.0) * 100.0).round() as u64;
    format!("{}{}", hundredths / 100, decimals(hundredths))
}

fn decimals(hundredths: u64) -> String {
    match hundredths % 100 {
        0 => String::new(),
        rest if rest % 10 == 0 => format!(".{}", rest / 10),
        rest => format!(".{rest:02}"),
    }
}

/// Reads a number typed with a point or a comma, in hundredths; what is beyond two decimals is rounded.
pub fn hundredths(typed: &str) -> Option<u64> {
    let (whole, rest) = typed.split_once(['.', ',']).unwrap_or((typed, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && rest.is_empty()) || !digits(whole) || !digits(rest) {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let place = |i: usize| rest.as_bytes().get(i).map_or(0, |b| u64::from(b - b'0'));
    let up = u64::from(place(2) >= 5);
    whole.checked_mul(100)?.checked_add(place(0) * 10 + place(1) + up)
}

/// A count with its noun: "1 worker", "3 workers".
pub fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", thousands(count))
}

/// A file name that says what is inside: the first words of the prompt, the seed, the ending.
pub fn file_name(prompt: &str, seed: &str, ending: &str) -> String {
    /// Long enough to recognise, short enough for every file system.
    const STEM_CHARS_MAX: usize = 48;
    let mut stem = String::new();
    for c in prompt.chars().take(STEM_CHARS_MAX) {
        if c.is_alphanumeric() {
            stem.push(c.to_ascii_lowercase());
        } else if !stem.ends_with('-') && !stem.is_empty() {
            stem.push('-');
        }
    }
    let stem = stem.trim_matches('-');
    let stem = if stem.is_empty() { "throng" } else { stem };
    let seed: String = seed.chars().filter(char::is_ascii_alphanumeric).take(20).collect();
    if seed.is_empty() { format!("{stem}.{ending}") } else { format!("{stem}-{seed}.{ending}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_said_in_seconds_then_in_minutes() {
        assert_eq!([span(0), span(8), span(119), span(120), span(151)], ["0 s", "8 s", "119 s", "2 min", "3 min"]);
        assert_eq!([span_ms(940), span_ms(3_210), span_ms(12_900)], ["0.9 s", "3.2 s", "12 s"]);
    }

    #[test]
    fn places_are_words_up_to_nine() {
        assert_eq!([ordinal(1), ordinal(9), ordinal(10)], ["first", "ninth", "number 10"]);
        assert_eq!(ordinal(12_345), "number 12\u{2009}345");
    }

    #[test]
    fn kudos_have_two_decimals_at_most_and_no_idle_zeros() {
        assert_eq!([kudos(10.0), kudos(3.5), kudos(0.75), kudos(0.05)], ["10", "3.5", "0.75", "0.05"]);
        assert_eq!([kudos(-50.0), kudos(-0.001), kudos(25_000.0)], ["−50", "0", "25\u{2009}000"]);
        assert_eq!([kudos_of(7_505), kudos_of(-1), kudos_of(0)], ["75.05", "−0.01", "0"]);
        assert_eq!([hundredths_of(75.05), hundredths_of(-0.1)], [7_505, -10]);
    }

    #[test]
    fn settings_are_read_and_said_in_hundredths() {
        assert_eq!(
            [hundredths("7"), hundredths("7,256"), hundredths(".5"), hundredths("0.8")],
            [Some(700), Some(726), Some(50), Some(80)]
        );
        for nonsense in ["", ".", "-1", "1e3", "NaN", "1.2.3", "99999999999999999999"] {
            assert_eq!(hundredths(nonsense), None, "{nonsense}");
        }
        assert_eq!([decimal(4.0), decimal(7.26), decimal(0.8)], ["4", "7.26", "0.8"]);
    }

    #[test]
    fn one_is_singular() {
        assert_eq!(
            [counted(0, "worker"), counted(1, "worker"), counted(2, "worker")],
            ["0 workers", "1 worker", "2 workers"]
        );
    }

    #[test]
    fn file_names_are_safe_and_recognisable() {
        assert_eq!(
            file_name("A red circle, left of a blue square!", "42", "webp"),
            "a-red-circle-left-of-a-blue-square-42.webp"
        );
        assert_eq!(file_name("../../etc", "", "txt"), "etc.txt");
        assert_eq!(file_name("???", "7", "txt"), "throng-7.txt");
    }
}
