//! Instruct placeholders: `{{[INPUT]}}` and its kin, which chat clients put where a model's own tags belong.
//!
//! A client cannot know which model will serve it, so the worker's model fills them in. Not here: where a model's tags
//! come from, which is `template`.

use serde::Deserialize;

/// The texts around each turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Tags {
    /// Before the system's words.
    pub system_start: String,
    /// Behind them.
    pub system_end: String,
    /// Before the user's words.
    pub user_start: String,
    /// Behind them.
    pub user_end: String,
    /// Before the model's words.
    pub assistant_start: String,
    /// Behind them.
    pub assistant_end: String,
    /// Before the words the model is to write now, where that differs from `assistant_start`.
    pub assistant_prompt: Option<String>,
}

impl Default for Tags {
    /// The plain headings most models without tags of their own have seen.
    fn default() -> Self {
        Self {
            system_start: "\n### Instruction:\n".to_owned(),
            system_end: String::new(),
            user_start: "\n### Instruction:\n".to_owned(),
            user_end: String::new(),
            assistant_start: "\n### Response:\n".to_owned(),
            assistant_end: String::new(),
            assistant_prompt: None,
        }
    }
}

const INPUT: &str = "{{[INPUT]}}";
const INPUT_END: &str = "{{[INPUT_END]}}";
const OUTPUT: &str = "{{[OUTPUT]}}";
const OUTPUT_END: &str = "{{[OUTPUT_END]}}";
const SYSTEM: &str = "{{[SYSTEM]}}";
const SYSTEM_END: &str = "{{[SYSTEM_END]}}";

impl Tags {
    /// Fills the placeholders of a prompt.
    ///
    /// Clients that close their turns (`_END`) get each tag where its placeholder stands. Others mark only where turns
    /// begin, so a beginning also closes the turn before it. The last turn is the one to be written.
    pub(crate) fn fill_prompt(&self, prompt: &str) -> String {
        let closes = prompt.contains(INPUT_END) || prompt.contains(OUTPUT_END);
        let last_output = prompt.rfind(OUTPUT);
        let mut filled = String::with_capacity(prompt.len());
        let mut rest = prompt;
        let mut first_input = true;
        while let Some(at) = rest.find("{{[") {
            filled.push_str(&rest[..at]);
            rest = &rest[at..];
            let is_last = last_output == Some(prompt.len() - rest.len());
            let (length, tag) = self.tag(rest, closes, first_input, is_last);
            first_input &= !rest.starts_with(INPUT);
            filled.push_str(&tag);
            rest = &rest[length..];
        }
        filled.push_str(rest);
        filled
    }

    /// The placeholder at the beginning of `rest`, by its length, and what takes its place.
    fn tag(&self, rest: &str, closes: bool, first_input: bool, is_last: bool) -> (usize, String) {
        let output = match &self.assistant_prompt {
            Some(prompt) if is_last => prompt,
            _ => &self.assistant_start,
        };
        let opened = |previous_end: &str, start: &str| {
            if closes { start.to_owned() } else { format!("{previous_end}{start}") }
        };
        let closed = |end: &str| if closes { end.to_owned() } else { String::new() };
        if rest.starts_with(INPUT) {
            let previous_end = if first_input { "" } else { &self.assistant_end };
            (INPUT.len(), opened(previous_end, &self.user_start))
        } else if rest.starts_with(OUTPUT) {
            (OUTPUT.len(), opened(&self.user_end, output))
        } else if rest.starts_with(SYSTEM) {
            (SYSTEM.len(), self.system_start.clone())
        } else if rest.starts_with(INPUT_END) {
            (INPUT_END.len(), closed(&self.user_end))
        } else if rest.starts_with(OUTPUT_END) {
            (OUTPUT_END.len(), closed(&self.assistant_end))
        } else if rest.starts_with(SYSTEM_END) {
            (SYSTEM_END.len(), closed(&self.system_end))
        } else {
            // No placeholder after all: the opening stays as it is.
            ("{{[".len(), "{{[".to_owned())
        }
    }

    /// Fills the placeholders of a stop sequence with bare tags; `None` when nothing remains to stop at.
    pub(crate) fn fill_stop(&self, sequence: &str) -> Option<String> {
        if !sequence.contains("{{[") {
            return Some(sequence.to_owned()).filter(|sequence| !sequence.is_empty());
        }
        let filled = [
            (INPUT, &self.user_start),
            (INPUT_END, &self.user_end),
            (OUTPUT, &self.assistant_start),
            (OUTPUT_END, &self.assistant_end),
            (SYSTEM, &self.system_start),
            (SYSTEM_END, &self.system_end),
        ]
        .into_iter()
        .fold(sequence.to_owned(), |text, (placeholder, tag)| text.replace(placeholder, tag.trim()));
        Some(filled.trim().to_owned()).filter(|sequence| !sequence.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags() -> Tags {
        Tags {
            system_start: "<S>".into(),
            system_end: "</S>".into(),
            user_start: "<U>".into(),
            user_end: "</U>".into(),
            assistant_start: "<A>".into(),
            assistant_end: "</A>".into(),
            assistant_prompt: Some("<A!>".into()),
        }
    }

    #[test]
    fn turns_that_are_closed_get_each_tag_in_its_place() {
        let prompt = "{{[SYSTEM]}}be{{[SYSTEM_END]}}{{[INPUT]}}a{{[INPUT_END]}}{{[OUTPUT]}}b{{[OUTPUT_END]}}\
                      {{[INPUT]}}c{{[INPUT_END]}}{{[OUTPUT]}}";
        assert_eq!(tags().fill_prompt(prompt), "<S>be</S><U>a</U><A>b</A><U>c</U><A!>");
    }

    #[test]
    fn a_beginning_closes_the_turn_before_where_clients_close_none() {
        let prompt = "{{[INPUT]}}a{{[OUTPUT]}}b{{[INPUT]}}c{{[OUTPUT]}}";
        assert_eq!(tags().fill_prompt(prompt), "<U>a</U><A>b</A><U>c</U><A!>");
        assert_eq!(tags().fill_prompt("{{[SYSTEM]}}s{{[SYSTEM_END]}}{{[INPUT]}}a"), "<S>s<U>a");
    }

    #[test]
    fn stop_sequences_become_bare_tags_and_empty_ones_vanish() {
        let mut tags = tags();
        tags.user_start = "\n<U>\n".into();
        tags.user_end = String::new();
        assert_eq!(tags.fill_stop("{{[INPUT]}}").as_deref(), Some("<U>"));
        assert_eq!(tags.fill_stop("{{[INPUT_END]}}"), None);
        assert_eq!(tags.fill_stop("\nYou:").as_deref(), Some("\nYou:"), "others are left as they are");
    }

    #[test]
    fn braces_that_are_no_placeholder_stay() {
        assert_eq!(tags().fill_prompt("{{[x]}} {{user}} {{[INPUT"), "{{[x]}} {{user}} {{[INPUT");
    }
}
