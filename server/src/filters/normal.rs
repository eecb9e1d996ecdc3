//! A prompt in the plain form in which filters look for words: weights, punctuation, spacing and foreign letters are seen through.

use std::sync::LazyLock;

use regex::Regex;

/// Divides what is wanted from what is not.
pub const DIVIDER: &str = "###";

/// Letters that stand alone are one word from so many on.
const SPACED_LETTERS: usize = 3;

/// `:1.2)` and its like: the weight at the end of a bracket.
static WEIGHT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r":\s*-?\d+(\.\d+)?\s*\)").ok());

/// Splits a prompt at the first divider.
pub fn split(prompt: &str) -> (&str, &str) {
    prompt.split_once(DIVIDER).unwrap_or((prompt, ""))
}

/// Brings the wanted part of a prompt into plain form.
pub fn normalise(positive: &str) -> String {
    let plain = ascii(positive);
    let plain = match &*WEIGHT {
        Some(weight) => weight.replace_all(&plain, ")"),
        None => plain.as_str().into(),
    };
    let words: String = plain.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { ' ' }).collect();
    joined(&words)
}

/// Writes foreign letters as a reader of English would spell them. What has no sound vanishes if it takes no room, else it is a space.
fn ascii(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii() {
            plain.push(letter);
        } else if letter.is_alphanumeric() {
            plain.push_str(deunicode::deunicode_char(letter).unwrap_or(" "));
        } else if !takes_no_room(letter) {
            plain.push(' ');
        }
    }
    plain
}

/// Whether a character is laid over its neighbours, or cannot be seen at all.
fn takes_no_room(letter: char) -> bool {
    matches!(u32::from(letter),
        0xAD | 0x34F | 0x300..=0x36F | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x200B..=0x200F | 0x202A..=0x202E
        | 0x2060..=0x2064 | 0x20D0..=0x20FF | 0xFE00..=0xFE0F | 0xFE20..=0xFE2F | 0xFEFF | 0xE0100..=0xE01EF)
}

/// One space between words, and words that were spelt out letter by letter as words.
fn joined(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    let mut letters: Vec<&str> = Vec::new();
    for word in words.split_ascii_whitespace() {
        if word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            letters.push(word);
        } else {
            put_letters(&mut out, &mut letters);
            put(&mut out, word);
        }
    }
    put_letters(&mut out, &mut letters);
    out
}

fn put_letters(out: &mut String, letters: &mut Vec<&str>) {
    if letters.len() >= SPACED_LETTERS {
        put(out, &letters.concat());
    } else {
        for letter in letters.iter() {
            put(out, letter);
        }
    }
    letters.clear();
}

fn put(out: &mut String, word: &str) {
    if !out.is_empty() {
        out.push(' ');
    }
    out.push_str(word);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_seen_through() {
        for (prompt, plain) in [
            ("a red circle", "a red circle"),
            ("a (red:1.3) circle", "a red circle"),
            ("((red:1.2) circle:0.5)", "red circle"),
            ("red_circle,  blue-square!", "red circle blue square"),
            ("a c i r c l e here", "acircle here"),
            ("a b red", "a b red"),
            ("сircle Žofie", "sircle Zofie"),
            ("ｒｅｄ 𝓬𝓲𝓻𝓬𝓵𝓮", "red circle"),
            ("ci\u{200b}rcl\u{301}e", "circle"),
            ("red 🦄 circle", "red circle"),
            ("   ", ""),
        ] {
            assert_eq!(normalise(prompt), plain, "{prompt}");
        }
    }

    #[test]
    fn the_first_divider_divides() {
        assert_eq!(split("a ### b ### c"), ("a ", " b ### c"));
        assert_eq!(split("a"), ("a", ""));
    }
}
