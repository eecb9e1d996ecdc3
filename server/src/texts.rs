//! Texts that people choose for others to read, names above all: what could be read as markup is made harmless, and foul words are
//! found. The words are in `texts/foul.txt`. Not here: prompts, which have filters of their own.

use std::collections::HashSet;
use std::sync::LazyLock;

use throng_domain::desk::answer::Said;

/// Foul words, one a line. A star at the end is for every word that begins so.
const FOUL: &str = include_str!("texts/foul.txt");

/// The words, by how they are looked for.
struct Words {
    whole: HashSet<&'static str>,
    beginnings: Vec<&'static str>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let lines = FOUL.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let (beginnings, whole): (Vec<_>, Vec<_>) = lines.partition(|line| line.ends_with('*'));
    Words {
        whole: whole.into_iter().collect(),
        beginnings: beginnings.into_iter().map(|word| word.trim_end_matches('*')).collect(),
    }
});

/// Takes out of a text what could be read as markup or break a line.
pub fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for letter in text.trim().chars().filter(|letter| !letter.is_control()) {
        match letter {
            '<' => clean.push_str("&lt;"),
            '>' => clean.push_str("&gt;"),
            '&' => clean.push_str("&amp;"),
            letter => clean.push(letter),
        }
    }
    clean
}

/// A text for the desk: cleaned and judged.
pub fn said(text: &str) -> Said {
    Said { text: clean(text).into(), foul: is_foul(text) }
}

/// Whether a text holds foul words, also when digits stand for letters, letters are doubled, or each stands by itself. Digits alone are
/// a number, not a word: a machine may be called `rig 455`.
pub fn is_foul(text: &str) -> bool {
    let mut spelled = String::new();
    for word in text.split(|letter: char| !letter.is_alphanumeric() && !"@$!".contains(letter)) {
        if word.chars().count() == 1 {
            spelled.push_str(word);
            continue;
        }
        if is_foul_disguised(&std::mem::take(&mut spelled)) || is_foul_disguised(word) {
            return true;
        }
    }
    is_foul_disguised(&spelled)
}

fn is_foul_disguised(word: &str) -> bool {
    let is_number = word.chars().all(|letter| letter.is_ascii_digit());
    !is_number && is_foul_word(&word.to_lowercase().chars().map(plain).collect::<String>())
}

fn is_foul_word(word: &str) -> bool {
    let is_whole = |word: &str| WORDS.whole.contains(word) || WORDS.beginnings.contains(&word);
    let begins = || WORDS.beginnings.iter().any(|beginning| word.starts_with(beginning));
    // Undoing doubles and cutting at once would find too much: shiitake.
    !word.is_empty() && (is_whole(word) || begins() || is_whole(&without_doubles(word)))
}

/// The letter that a digit or mark stands for.
fn plain(letter: char) -> char {
    match letter {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        letter => letter,
    }
}

fn without_doubles(word: &str) -> String {
    let mut single = String::with_capacity(word.len());
    for letter in word.chars() {
        if !single.ends_with(letter) {
            single.push(letter);
        }
    }
    single
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foul_words_are_found_however_they_are_spelled() {
        for text in ["shit", "Big SHIT rig", "sh1t", "s h i t", "shiiit", "$hit-worker", "fucking fast", "my_fuck_rig"]
        {
            assert!(is_foul(text), "{text}");
        }
    }

    #[test]
    fn decent_words_that_hold_foul_ones_are_left_alone() {
        for text in [
            "Scunthorpe",
            "assassin class",
            "Dickens",
            "analog glass",
            "cockpit",
            "rig 1",
            "rig 455",
            "rig 4 5 5",
            "",
            "a b c",
            "Essex",
            "shiitake",
            "Wankel",
        ] {
            assert!(!is_foul(text), "{text}");
        }
    }

    #[test]
    fn markup_is_made_harmless() {
        assert_eq!(clean("  my <b>rig</b> & more\n "), "my &lt;b&gt;rig&lt;/b&gt; &amp; more");
    }
}
