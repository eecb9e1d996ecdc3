//! Filters compiled: one pattern for each type that raises suspicion, and the replacements in their order. A prompt costs time in
//! proportion to its length, whatever the patterns say.

use std::collections::BTreeMap;

use regex::{NoExpand, Regex, RegexBuilder};

use super::adult::young_emoji;

/// The filters of the first group, whose matches can be replaced.
pub const REPLACEABLE: i16 = 10;
/// The other filters of the first group.
pub const FIRST_GROUP: i16 = 11;
/// The second group. Suspicion of both groups blocks.
pub const SECOND_GROUP: i16 = 20;
/// The types that do something.
pub const TYPES: [i16; 3] = [REPLACEABLE, FIRST_GROUP, SECOND_GROUP];

/// Bytes that one pattern may take when compiled: a pattern of a hundred words takes a tenth.
const PATTERN_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of all patterns of a type: tens of thousands of words.
const TYPE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Characters of a pattern.
const PATTERN_CHARS_MAX: usize = 10_000;

/// Why a pattern is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It is no pattern of our dialect, or too large.
    #[error("{0}")]
    Refused(String),
    /// It finds itself everywhere.
    #[error("the pattern matches nothing at all, so it would match in every prompt")]
    MatchesEmpty,
}

/// What of a filter matters to prompts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The type.
    pub filter_type: i16,
    /// The pattern.
    pub regex: String,
    /// What stands for a match.
    pub replacement: String,
}

/// The filters, compiled.
#[derive(Debug, Default)]
pub struct Ruleset {
    lines: Vec<Line>,
    joined: BTreeMap<i16, Regex>,
    replacements: Vec<(Regex, String)>,
}

/// What was found in a prompt.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    /// How many groups found something.
    pub suspicion: u8,
    /// What they found.
    pub matches: Vec<String>,
}

/// Compiles one pattern.
pub fn pattern(regex: &str) -> Result<Regex, PatternError> {
    if regex.chars().count() > PATTERN_CHARS_MAX {
        return Err(PatternError::Refused(format!("a pattern has at most {PATTERN_CHARS_MAX} characters")));
    }
    let compiled = build(regex, PATTERN_BYTES_MAX)?;
    if compiled.is_match("") { Err(PatternError::MatchesEmpty) } else { Ok(compiled) }
}

fn build(regex: &str, bytes_max: usize) -> Result<Regex, PatternError> {
    let built = RegexBuilder::new(regex).case_insensitive(true).size_limit(bytes_max).build();
    built.map_err(|error| PatternError::Refused(error.to_string()))
}

/// One pattern of many.
fn join<'a>(patterns: impl Iterator<Item = &'a str>) -> String {
    patterns.map(|pattern| format!("(?:{pattern})")).collect::<Vec<_>>().join("|")
}

impl Ruleset {
    /// Compiles filters, given in their order.
    pub fn of(lines: Vec<Line>) -> Result<Self, PatternError> {
        let mut rules = Self::default();
        for filter_type in TYPES {
            let text =
                join(lines.iter().filter(|line| line.filter_type == filter_type).map(|line| line.regex.as_str()));
            if !text.is_empty() {
                rules.joined.insert(filter_type, build(&text, TYPE_BYTES_MAX)?);
            }
        }
        for line in lines.iter().filter(|line| line.filter_type == REPLACEABLE) {
            rules.replacements.push((pattern(&line.regex)?, line.replacement.clone()));
        }
        rules.lines = lines;
        Ok(rules)
    }

    /// Tells whether it was compiled from these.
    pub fn is_of(&self, lines: &[Line]) -> bool {
        self.lines == lines
    }

    /// Tells the pattern of a type; empty where there is no filter.
    pub fn joined(&self, filter_type: i16) -> &str {
        self.joined.get(&filter_type).map_or("", Regex::as_str)
    }

    /// Tells whether any prompt could be blocked.
    pub fn can_block(&self) -> bool {
        self.joined.contains_key(&SECOND_GROUP)
    }

    /// Tells whether there is something to be replaced.
    pub fn is_replaceable(&self, plain: &str) -> bool {
        self.find(REPLACEABLE, plain).is_some()
    }

    fn find<'p>(&self, filter_type: i16, plain: &'p str) -> Option<&'p str> {
        self.joined.get(&filter_type)?.find(plain).map(|found| found.as_str())
    }

    /// Looks for what is suspicious: `positive` is the wanted part as it came, `plain` its plain form. With `only`, one type looks alone.
    pub fn look(&self, positive: &str, plain: &str, only: Option<i16>) -> Findings {
        let looks = |filter_type| only.is_none_or(|only| only == filter_type);
        let find = |filter_type| looks(filter_type).then(|| self.find(filter_type, plain)).flatten().map(str::to_owned);
        let emoji = || looks(REPLACEABLE).then(|| young_emoji(positive)).flatten().map(String::from);
        let first = emoji().or_else(|| find(REPLACEABLE)).or_else(|| find(FIRST_GROUP));
        let matches: Vec<String> = first.into_iter().chain(find(SECOND_GROUP)).collect();
        Findings { suspicion: matches.len() as u8, matches }
    }

    /// Puts the replacements into a plain prompt, in their order.
    pub fn replace(&self, plain: &str) -> String {
        let replaced = self.replacements.iter().fold(plain.to_owned(), |text, (pattern, replacement)| {
            pattern.replace_all(&text, NoExpand(replacement)).into_owned()
        });
        replaced.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_cannot_be_kept_cheap_or_match_everything_are_refused() {
        for regex in ["(", "a(?=b)", r"(a)\1", "a*", "", "x|", &"a".repeat(10_001), "(?:a{500}){500}"] {
            assert!(pattern(regex).is_err(), "{regex:.20}");
        }
        assert!(pattern(r"\bred\b.*circle").is_ok());
    }

    #[test]
    fn thousands_of_filters_compile_together() {
        let line = |at: usize| Line { filter_type: 20, regex: format!(r"\bword{at}\b"), replacement: String::new() };
        let rules = Ruleset::of((0..3000).map(line).collect()).unwrap();
        assert_eq!(rules.look("x", "a word2999", None).matches, ["word2999"]);
    }
}
