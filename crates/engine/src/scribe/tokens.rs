//! Text to tokens and back: the tokenizer of a transformers folder, and its streaming inverse.
//!
//! Not here: which token comes next.

use serde::Deserialize;
use tokenizers::Tokenizer;

use crate::error::EngineError;
use crate::files::Place;
use crate::scribe::config::Config;

/// The tokenizer of one model.
pub struct Tokens {
    tokenizer: Tokenizer,
    beginning: Option<u32>,
    /// Whether the beginning token must be added when the tokenizer does not.
    add_beginning: bool,
    vocabulary: usize,
    label: String,
}

#[derive(Deserialize, Default)]
struct TokenizerConfig {
    add_bos_token: Option<bool>,
}

impl Tokens {
    /// Reads `tokenizer.json` and, where it exists, `tokenizer_config.json`.
    pub(crate) fn read(folder: &Place, config: &Config) -> Result<Self, EngineError> {
        let path = folder.join("tokenizer.json");
        let label = path.display().to_string();
        let mut tokenizer =
            Tokenizer::from_bytes(path.read()?).map_err(|error| EngineError::bad_file(&label, error))?;
        // Cutting to fit is ours to do, from the head; padding is for batches.
        tokenizer.with_truncation(None).map_err(|error| EngineError::bad_file(&label, error))?;
        tokenizer.with_padding(None);
        let config_path = folder.join("tokenizer_config.json");
        let more: TokenizerConfig =
            if config_path.is_file() { config_path.read_json()? } else { TokenizerConfig::default() };
        Ok(Self {
            tokenizer,
            beginning: config.beginning,
            add_beginning: more.add_bos_token.unwrap_or(false),
            vocabulary: config.vocabulary,
            label,
        })
    }

    /// The tokens of a prompt, the beginning token first where the model wants one.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, EngineError> {
        let encoding =
            self.tokenizer.encode_fast(text, true).map_err(|error| EngineError::BadRequest(error.to_string()))?;
        let mut tokens = encoding.get_ids().to_vec();
        if let Some(beginning) = self.beginning {
            let leading = tokens.iter().take_while(|token| **token == beginning).count();
            // A prompt that brings its own beginning must not have two.
            if leading > 1 {
                tokens.drain(1..leading);
            } else if leading == 0 && (self.add_beginning || tokens.is_empty()) {
                tokens.insert(0, beginning);
            }
        }
        if let Some(token) = tokens.iter().find(|token| **token as usize >= self.vocabulary) {
            let why = format!("it knows token {token}, the model only {} tokens", self.vocabulary);
            return Err(EngineError::bad_file(&self.label, why));
        }
        Ok(tokens)
    }

    /// The text of tokens, without special ones.
    pub fn decode(&self, tokens: &[u32]) -> Result<String, EngineError> {
        self.tokenizer.decode(tokens, true).map_err(|error| EngineError::bad_file(&self.label, error))
    }

    /// Whether a prompt of this model begins with this token.
    pub(crate) fn is_beginning(&self, token: u32) -> bool {
        self.beginning == Some(token)
    }

    /// Begins turning tokens into text one by one, behind a prompt.
    pub fn stream(&self, prompt: &[u32]) -> Stream<'_> {
        let context = prompt[prompt.len().saturating_sub(CONTEXT_TOKENS)..].to_vec();
        Stream { tokens: self, settled: context.len(), recent: context }
    }
}

/// How many tokens of the prompt the first word is decoded behind: some decoders drop the space of a text's first word,
/// and one token may be only a piece of a sign.
const CONTEXT_TOKENS: usize = 4;

/// A sign has at most four bytes, so no sign is spread over more tokens than this.
const SIGN_TOKENS_MAX: usize = 4;

/// Turns tokens into text as they come, holding back signs that are not complete yet.
pub struct Stream<'a> {
    tokens: &'a Tokens,
    /// Tokens that may still bear on how the next one reads.
    recent: Vec<u32>,
    /// How many of `recent` were already given out.
    settled: usize,
}

impl Stream<'_> {
    /// Adds a token and gives the text that is certain by now, if any.
    pub fn push(&mut self, token: u32) -> Result<String, EngineError> {
        self.recent.push(token);
        let before = self.tokens.decode(&self.recent[..self.settled])?;
        let after = self.tokens.decode(&self.recent)?;
        // An incomplete sign decodes to the replacement sign; it waits until it cannot be completed any more.
        let waiting = self.recent.len() - self.settled;
        if after.ends_with(char::REPLACEMENT_CHARACTER) && waiting < SIGN_TOKENS_MAX {
            return Ok(String::new());
        }
        let piece = after.get(before.len()..).unwrap_or_default().to_owned();
        self.recent.drain(..self.settled);
        self.settled = self.recent.len();
        Ok(piece)
    }
}
