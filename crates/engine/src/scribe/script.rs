//! What a Scribe is asked for, and what it hands back. Not here: the wire's names and limits.

use crate::scribe::sampling::Sampling;

/// One text to write.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    /// What the text continues; may hold instruct placeholders.
    pub prompt: String,
    /// Decides every draw: the same script with the same seed gives the same text.
    pub seed: u64,
    /// Tokens to write at most.
    pub max_length: usize,
    /// Tokens the model looks at, what it writes included; the prompt's head is cut off to fit.
    pub max_context_length: usize,
    /// How the next token is chosen.
    pub sampling: Sampling,
    /// Texts that end the writing; they are not part of the result.
    pub stop_sequences: Vec<String>,
    /// Whether the text ends with its first line.
    pub single_line: bool,
    /// Whether an unfinished sentence at the end is dropped.
    pub trim_unfinished: bool,
    /// Whether runs of blank lines become one line break.
    pub remove_blank_lines: bool,
    /// Whether signs that rarely belong into prose are dropped.
    pub remove_special_signs: bool,
    /// Whether a space is put before a text that follows a finished sentence.
    pub add_sentence_space: bool,
    /// Whether the model may not end the text by itself.
    pub forbid_end: bool,
    /// Whether instruct placeholders become the model's own tags.
    pub replace_placeholders: bool,
}

impl Script {
    /// A script with the lengths a request has when it names none, and no sampler set.
    pub fn new(prompt: impl Into<String>) -> Self {
        Self {
            prompt: prompt.into(),
            seed: 0,
            // The published defaults of a text request.
            max_length: 80,
            max_context_length: 2048,
            sampling: Sampling::default(),
            stop_sequences: Vec::new(),
            single_line: false,
            trim_unfinished: false,
            remove_blank_lines: false,
            remove_special_signs: false,
            add_sentence_space: false,
            forbid_end: false,
            replace_placeholders: true,
        }
    }
}

/// A finished text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The text, without the prompt and without what stopped it.
    pub text: String,
    /// Tokens written.
    pub tokens: usize,
    /// Tokens of the prompt that were read, after cutting.
    pub prompt_tokens: usize,
    /// Why it ended.
    pub stop: StopReason,
}

/// Why a text ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// The model said so.
    End,
    /// A stop sequence (or the end of a single line) was reached.
    Sequence,
    /// `max_length`, or the model's window, was reached.
    Length,
}
