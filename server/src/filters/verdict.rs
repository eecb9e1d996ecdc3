//! The verdict on a prompt: let through, rewritten, or refused. A pure function of the prompt, the filters and who asks.

use super::adult::{grown_up, names_young};
use super::normal::{DIVIDER, normalise, split};
use super::rules::Ruleset;

/// Groups of filters that must find something before a prompt is blocked.
const SUSPICION_MAX: u8 = 2;
/// Characters of the wanted part of a prompt that is rewritten: longer ones hide what they mean.
const REWRITTEN_CHARS_MAX: usize = 7000;
/// What a rewritten prompt asks not to show.
const UNWANTED: &str = "child, infant, underage, immature, teenager, tween";

/// Who asks, and for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asker {
    /// Suspicious prompts may be rewritten instead of refused.
    pub takes_rewriting: bool,
    /// One whose prompts are always rewritten.
    pub flagged: bool,
    /// A model is asked for that makes lewd pictures unasked.
    pub lewd_model: bool,
    /// The only model asked for counts people in its tags.
    pub counted: bool,
    /// It is for a text, which nobody searches for what is suspicious.
    pub unsearched: bool,
}

/// What becomes of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It goes as it came.
    Unchanged,
    /// It goes like this.
    Rewritten(String),
    /// It goes nowhere.
    Corrupt,
    /// It could be rewritten if it were shorter.
    TooLong,
}

/// Judges a prompt.
pub fn judge(rules: &Ruleset, prompt: &str, asker: Asker) -> Verdict {
    let searched = rules.can_block() && !asker.unsearched;
    if !searched && !asker.flagged && !asker.lewd_model {
        return Verdict::Unchanged;
    }
    let (positive, negative) = split(prompt);
    let plain = normalise(positive);
    let mut rewritten = None;
    if searched && rules.look(positive, &plain, None).suspicion >= SUSPICION_MAX {
        if !asker.takes_rewriting {
            return Verdict::Corrupt;
        }
        if positive.chars().count() > REWRITTEN_CHARS_MAX {
            return Verdict::TooLong;
        }
        rewritten = Some(rules.replace(&plain));
    }
    let lewd = asker.lewd_model && (names_young(&plain, asker.counted) || rules.is_replaceable(&plain));
    if lewd || asker.flagged {
        let replaced = rewritten.unwrap_or_else(|| rules.replace(&plain));
        rewritten = Some(grown_up(&replaced, asker.counted));
    }
    match rewritten {
        None => Verdict::Unchanged,
        Some(positive) if positive.trim().is_empty() => Verdict::Corrupt,
        Some(positive) => Verdict::Rewritten(with_unwanted(&positive, negative.trim())),
    }
}

fn with_unwanted(positive: &str, negative: &str) -> String {
    let between = if negative.is_empty() { "" } else { ", " };
    format!("{positive}{DIVIDER}{UNWANTED}{between}{negative}")
}

#[cfg(test)]
mod tests {
    use super::super::rules::Line;
    use super::*;

    fn rules() -> Ruleset {
        let line = |filter_type, regex: &str, replacement: &str| Line {
            filter_type,
            regex: regex.to_owned(),
            replacement: replacement.to_owned(),
        };
        let lines = [line(10, r"\bpixie\b", "giant"), line(11, r"\bimp\b", ""), line(20, r"\bglowing\b", "")];
        Ruleset::of(lines.to_vec()).unwrap()
    }

    fn rewriting() -> Asker {
        Asker { takes_rewriting: true, ..Asker::default() }
    }

    #[test]
    fn a_prompt_is_blocked_when_both_groups_find_something() {
        let rewritten = |text: &str| Verdict::Rewritten(text.to_owned());
        let strict = Asker::default();
        for (prompt, asker, verdict) in [
            ("a pixie", strict, Verdict::Unchanged),
            ("pixie and imp", strict, Verdict::Unchanged),
            ("glowing", strict, Verdict::Unchanged),
            ("glowing pixie", strict, Verdict::Corrupt),
            ("GLOWING (pixie:1.2)", strict, Verdict::Corrupt),
            ("g l o w i n g imp", strict, Verdict::Corrupt),
            ("glowing 👶🏽", strict, Verdict::Corrupt),
            ("glowing ### pixie", strict, Verdict::Unchanged),
            ("a glowing, pixie", rewriting(), rewritten(&format!("a glowing giant###{UNWANTED}"))),
            ("glowing pixie ### blurry", rewriting(), rewritten(&format!("glowing giant###{UNWANTED}, blurry"))),
        ] {
            assert_eq!(judge(&rules(), prompt, asker), verdict, "{prompt}");
        }
        let long = format!("glowing pixie {}", "x ".repeat(4000));
        assert_eq!(judge(&rules(), &long, rewriting()), Verdict::TooLong);
    }

    #[test]
    fn nothing_left_is_refused() {
        let lines = vec![
            Line { filter_type: 10, regex: "pixie|glowing".to_owned(), replacement: String::new() },
            Line { filter_type: 20, regex: "glowing".to_owned(), replacement: String::new() },
        ];
        assert_eq!(judge(&Ruleset::of(lines).unwrap(), "glowing pixie", rewriting()), Verdict::Corrupt);
    }

    #[test]
    fn lewd_models_and_flagged_users_get_grown_ups() {
        let lewd = Asker { lewd_model: true, ..Asker::default() };
        let flagged = Asker { flagged: true, ..Asker::default() };
        let text = |prompt: &str, asker| match judge(&Ruleset::default(), prompt, asker) {
            Verdict::Rewritten(text) => text,
            other => format!("{other:?}"),
        };
        assert_eq!(text("a girl, running", lewd), format!("a adult woman running###{UNWANTED}"));
        assert_eq!(text("a running man", lewd), "Unchanged");
        assert_eq!(text("a running man", flagged), format!("a running man###{UNWANTED}"));
        assert_eq!(text("...", flagged), "Corrupt");
        assert_eq!(text("1girl", Asker { counted: true, ..lewd }), "Unchanged");
        assert_eq!(judge(&rules(), "a pixie", lewd), Verdict::Rewritten(format!("a giant###{UNWANTED}")));
    }

    #[test]
    fn texts_are_not_searched_but_rewritten_where_pictures_are() {
        let text = Asker { unsearched: true, ..Asker::default() };
        assert_eq!(judge(&rules(), "glowing pixie", text), Verdict::Unchanged);
        let lewd = Asker { lewd_model: true, ..text };
        assert_eq!(judge(&rules(), "glowing pixie", lewd), Verdict::Rewritten(format!("glowing giant###{UNWANTED}")));
        assert_eq!(judge(&rules(), "a glowing lamp", lewd), Verdict::Unchanged);
        let long = format!("glowing pixie {}", "x ".repeat(4000));
        assert!(matches!(judge(&rules(), &long, lewd), Verdict::Rewritten(_)), "only what is suspicious must be short");
    }
}
