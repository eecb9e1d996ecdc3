//! What is never left to a model that makes lewd pictures: words and signs of the young. Not here: the moderators' own filters.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// Children, babies and what stands for them. Skin tones and families are sequences that hold one of these.
const YOUNG_EMOJI: [char; 11] = [
    '\u{1F466}', // boy
    '\u{1F467}', // girl
    '\u{1F476}', // baby
    '\u{1F47C}', // baby angel
    '\u{1F931}', // breast-feeding
    '\u{1F37C}', // baby bottle, and whoever feeds with it
    '\u{1F46A}', // family
    '\u{1F424}', // baby chick
    '\u{1F425}', // front-facing baby chick
    '\u{1F6BC}', // baby symbol
    '\u{1F6B8}', // children crossing
];

/// The model whose vocabulary counts people: `1girl` is a tag there, and no statement of age.
pub const COUNTS_PEOPLE: &str = "Hentai Diffusion";

struct Words {
    young: Regex,
    girl: Regex,
    boy: Regex,
}

static WORDS: LazyLock<Option<Words>> = LazyLock::new(|| {
    Some(Words {
        young: Regex::new(r"(?i)student|\byoung\b|litt?le|\blil\b|small?\b|\btiny").ok()?,
        girl: Regex::new(r"(?i)(1?)(girl|nina)").ok()?,
        boy: Regex::new(r"(?i)\b(boys?|sons?)\b").ok()?,
    })
});

/// Finds an emoji of the young.
pub fn young_emoji(prompt: &str) -> Option<char> {
    prompt.chars().find(|sign| YOUNG_EMOJI.contains(sign))
}

/// Tells whether a plain prompt names the young. With `counted`, what follows the digit 1 is a tag.
pub fn names_young(plain: &str, counted: bool) -> bool {
    let Some(words) = &*WORDS else { return true };
    let girl = words.girl.captures_iter(plain).any(|found| !(counted && is_counted(&found)));
    girl || words.young.is_match(plain) || words.boy.is_match(plain)
}

/// Puts adults in the place of the young.
pub fn grown_up(plain: &str, counted: bool) -> String {
    let Some(words) = &*WORDS else { return String::new() };
    let plain = words.young.replace_all(plain, "adult");
    let plain = words.girl.replace_all(&plain, |found: &Captures<'_>| {
        if counted && is_counted(found) { found[0].to_owned() } else { format!("{}adult woman", &found[1]) }
    });
    words.boy.replace_all(&plain, "adult man").into_owned()
}

fn is_counted(found: &Captures<'_>) -> bool {
    !found[1].is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_young_are_named_in_many_ways() {
        for (plain, names, grown) in [
            ("a student", true, "a adult"),
            ("a Young man", true, "a adult man"),
            ("youngster", false, "youngster"),
            ("litle", true, "adult"),
            ("lil thing", true, "adult thing"),
            ("a smal one", true, "a adult one"),
            ("tinywoman", true, "adultwoman"),
            ("girls", true, "adult womans"),
            ("1girl", true, "1adult woman"),
            ("two sons", true, "two adult man"),
            ("season", false, "season"),
            ("an old man", false, "an old man"),
        ] {
            assert_eq!(names_young(plain, false), names, "{plain}");
            assert_eq!(grown_up(plain, false), grown, "{plain}");
        }
        assert!(!names_young("1girl", true));
        assert_eq!(grown_up("1girl and a girl", true), "1girl and a adult woman");
    }

    #[test]
    fn emoji_of_the_young_are_found_in_sequences() {
        for prompt in ["👧🏽", "👨‍👩‍👦", "👩🏿‍🍼", "🚸", "🐥"] {
            assert!(young_emoji(prompt).is_some(), "{prompt}");
        }
        assert_eq!(young_emoji("🐔 👩 🦄"), None);
    }
}
