//! Watches a growing text for stop sequences, also where they span tokens, and holds back what may become one.
//!
//! Not here: the tokens that end a text.

/// A text in the making.
pub(crate) struct Watch {
    sequences: Vec<String>,
    single_line: bool,
    text: String,
    /// Bytes already shown.
    shown: usize,
}

impl Watch {
    /// Begins with nothing; empty sequences are ignored, since they would stop everything.
    pub(crate) fn new(sequences: &[String], single_line: bool) -> Self {
        let sequences = sequences.iter().filter(|sequence| !sequence.is_empty()).cloned().collect();
        Self { sequences, single_line, text: String::new(), shown: 0 }
    }

    /// Adds a piece. True when the text has reached a stop: it is cut there, and nothing may follow.
    pub(crate) fn push(&mut self, piece: &str) -> bool {
        let before = self.text.len();
        self.text.push_str(piece);
        let earliest = self.sequences.iter().filter_map(|sequence| self.find(sequence, before)).min();
        let earliest = earliest.into_iter().chain(self.line_end()).min();
        if let Some(at) = earliest {
            self.text.truncate(at);
        }
        earliest.is_some()
    }

    fn find(&self, sequence: &str, before: usize) -> Option<usize> {
        // It cannot have been complete before this piece, so it ends within it.
        let mut from = before.saturating_sub(sequence.len() - 1);
        while !self.text.is_char_boundary(from) {
            from -= 1;
        }
        self.text[from..].find(sequence).map(|at| from + at)
    }

    /// Where the first line that holds anything ends.
    fn line_end(&self) -> Option<usize> {
        let begin = self.text.find(|sign| sign != '\n').filter(|_| self.single_line)?;
        self.text[begin..].find('\n').map(|at| begin + at)
    }

    /// What may be shown by now and was not yet: all but an ending that may be the beginning of a stop sequence.
    pub(crate) fn release(&mut self) -> &str {
        let held = self.sequences.iter().map(|sequence| overlap(&self.text, sequence)).max().unwrap_or(0);
        let end = (self.text.len() - held).max(self.shown);
        let begin = std::mem::replace(&mut self.shown, end);
        &self.text[begin..end]
    }

    /// All that was not shown yet, when nothing can follow.
    pub(crate) fn release_all(&mut self) -> &str {
        let begin = std::mem::replace(&mut self.shown, self.text.len());
        self.text.get(begin..).unwrap_or_default()
    }

    /// The whole text.
    pub(crate) fn into_text(self) -> String {
        self.text
    }
}

/// The length of the longest ending of `text` that is a beginning of `sequence`.
fn overlap(text: &str, sequence: &str) -> usize {
    sequence
        .char_indices()
        .map(|(at, _)| at)
        .skip(1)
        .filter(|length| text.ends_with(&sequence[..*length]))
        .max()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(sequences: &[&str], pieces: &[&str]) -> (String, Vec<String>, bool) {
        let sequences: Vec<String> = sequences.iter().map(|s| (*s).to_owned()).collect();
        let mut watch = Watch::new(&sequences, false);
        let mut shown = Vec::new();
        let mut stopped = false;
        for piece in pieces {
            stopped = watch.push(piece);
            if stopped {
                break;
            }
            shown.push(watch.release().to_owned());
        }
        shown.push(watch.release_all().to_owned());
        (watch.into_text(), shown, stopped)
    }

    #[test]
    fn a_sequence_across_pieces_stops_and_is_never_shown() {
        let (text, shown, stopped) = run(&["\nYou:"], &["Hello", " there\n", "Yo", "u", ": hi", " lost"]);
        assert!(stopped);
        assert_eq!(text, "Hello there");
        assert_eq!(shown.concat(), "Hello there");
        assert_eq!(shown[1], " there", "the line break is held back");
    }

    #[test]
    fn what_only_began_like_a_sequence_is_shown_after_all() {
        let (text, shown, stopped) = run(&["STOP"], &["a ST", "R", "ST"]);
        assert!(!stopped);
        assert_eq!(text, "a STRST");
        assert_eq!(shown, ["a ", "STR", "", "ST"]);
    }

    #[test]
    fn the_earliest_of_several_sequences_wins() {
        assert_eq!(run(&["c", "b", ""], &["abc"]).0, "a");
        assert_eq!(run(&["ö", "é—"], &["aé", "—ö"]).0, "a");
    }

    #[test]
    fn a_single_line_ends_at_its_break_but_not_before_it_began() {
        let mut watch = Watch::new(&[], true);
        assert!(!watch.push("\n\n"));
        assert!(!watch.push("one"));
        assert!(watch.push(" line\nmore"));
        assert_eq!(watch.into_text(), "\n\none line");
    }
}
