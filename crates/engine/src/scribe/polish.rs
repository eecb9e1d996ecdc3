//! The last touches a request may ask for on a finished text. Not here: stopping early, which `stops` does.

use crate::scribe::script::Script;

/// Signs that belong to markup and code rather than to prose.
const SPECIAL_SIGNS: [char; 14] = ['#', '/', '@', '%', '{', '}', '+', '=', '~', '|', '\\', '^', '<', '>'];

/// Applies every touch the script asks for.
pub(crate) fn polish(mut text: String, script: &Script) -> String {
    if script.trim_unfinished {
        text.truncate(finished_length(&text));
    }
    if script.remove_blank_lines {
        while text.contains("\n\n") {
            text = text.replace("\n\n", "\n");
        }
    }
    if script.remove_special_signs {
        text.retain(|sign| !SPECIAL_SIGNS.contains(&sign));
    }
    if script.add_sentence_space && needs_space(&script.prompt, &text) {
        text.insert(0, ' ');
    }
    text
}

/// How long the text is up to its last finished sentence; all of it when no sentence is finished.
fn finished_length(text: &str) -> usize {
    let Some(last) = text.rfind(['.', '!', '?']) else { return text.len() };
    let end = last + 1;
    // A quotation closes behind its sentence.
    match text[end..].chars().next() {
        Some(quote @ ('"' | '”' | '’' | '\'' | '»')) => end + quote.len_utf8(),
        _ => end,
    }
}

fn needs_space(prompt: &str, text: &str) -> bool {
    prompt.ends_with(['.', '!', '?', ',', ';', ':']) && text.starts_with(|sign: char| !sign.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn polished(text: &str, change: impl Fn(&mut Script)) -> String {
        let mut script = Script::new("It rained.");
        change(&mut script);
        polish(text.to_owned(), &script)
    }

    #[test]
    fn an_unfinished_sentence_goes_and_a_closing_quote_stays() {
        let trim = |script: &mut Script| script.trim_unfinished = true;
        assert_eq!(polished("He ran. She", trim), "He ran.");
        assert_eq!(polished("“Go!” he sai", trim), "“Go!”");
        assert_eq!(polished("no end in sight", trim), "no end in sight");
    }

    #[test]
    fn blank_lines_special_signs_and_the_missing_space() {
        assert_eq!(polished("a\n\n\n\nb", |s| s.remove_blank_lines = true), "a\nb");
        assert_eq!(polished("a <b> #1", |s| s.remove_special_signs = true), "a b 1");
        assert_eq!(polished("Then", |s| s.add_sentence_space = true), " Then");
        assert_eq!(polished(" Then", |s| s.add_sentence_space = true), " Then");
    }

    #[test]
    fn nothing_changes_unasked() {
        assert_eq!(polished("a\n\n<b", |_| {}), "a\n\n<b");
    }
}
