//! Prompts become tokens: CLIP's byte-pair encoding, framed and padded to the length the encoder was trained with.
//!
//! The work is done by the `tokenizers` crate, from `tokenizer.json` where there is one, else from `vocab.json` and
//! `merges.txt`. Prompts that are too long are cut. Not here: what the tokens mean.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::normalizers::replace::{Replace, ReplacePattern};
use tokenizers::normalizers::{Lowercase, NFC, Sequence as Normalizers};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence as PreTokenizers;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{AddedToken, NormalizerWrapper, PreTokenizerWrapper, SplitDelimiterBehavior, Tokenizer};

use crate::error::EngineError;
use crate::files::Place;

/// How CLIP cuts a sentence into words before the byte pairs; part of the model, as trained.
const WORDS: &str = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";
/// Marks the end of a word in CLIP's vocabulary.
const WORD_END: &str = "</w>";
/// The length CLIP was trained with, when no file says otherwise.
const LENGTH: usize = 77;
/// transformers writes a huge number where a tokenizer has no limit; anything above this is that.
const LENGTH_MAX: usize = 1 << 20;

/// Turns prompts into tokens of one fixed length.
pub struct PromptTokenizer {
    tokenizer: Tokenizer,
    begin: u32,
    end: u32,
    pad: u32,
    length: usize,
}

/// The part of `tokenizer_config.json` and `special_tokens_map.json` that matters here.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Specials {
    bos_token: Option<Value>,
    eos_token: Option<Value>,
    unk_token: Option<Value>,
    pad_token: Option<Value>,
    model_max_length: Option<f64>,
}

impl PromptTokenizer {
    /// Reads the `tokenizer` folder of a model.
    pub fn load(folder: impl Into<Place>) -> Result<Self, EngineError> {
        let folder = folder.into();
        let read = |name: &str| -> Result<Specials, EngineError> {
            let path = folder.join(name);
            if path.is_file() { path.read_json() } else { Ok(Specials::default()) }
        };
        let (config, map) = (read("tokenizer_config.json")?, read("special_tokens_map.json")?);
        let word = |mapped: Option<Value>, configured: Option<Value>, default: &str| {
            let text = |value: Value| match value {
                Value::String(text) => Some(text),
                // An added token with its settings.
                Value::Object(fields) => fields.get("content").and_then(Value::as_str).map(str::to_owned),
                _ => None,
            };
            mapped.and_then(text).or_else(|| configured.and_then(text)).unwrap_or_else(|| default.to_owned())
        };
        let begin = word(map.bos_token, config.bos_token, "<|startoftext|>");
        let end = word(map.eos_token, config.eos_token, "<|endoftext|>");
        let unknown = word(map.unk_token, config.unk_token, &end);
        let pad = word(map.pad_token, config.pad_token, &end);
        let length = config.model_max_length.map_or(LENGTH, |length| length as usize);
        let label = folder.display().to_string();
        let tokenizer = open(&folder, &unknown, &[&begin, &end, &unknown, &pad])?;
        let id = |token: &str| {
            let missing = || EngineError::bad_file(&label, format!("its vocabulary lacks the token `{token}`"));
            tokenizer.token_to_id(token).ok_or_else(missing)
        };
        let (begin, end, pad) = (id(&begin)?, id(&end)?, id(&pad)?);
        let length = if (3..=LENGTH_MAX).contains(&length) { length } else { LENGTH };
        Ok(Self { tokenizer, begin, end, pad, length })
    }

    /// Limits the length to what the text encoder can take.
    #[must_use]
    pub fn limited_to(mut self, length: usize) -> Self {
        self.length = self.length.min(length.max(3));
        self
    }

    /// The tokens of a prompt: begin, as many words as fit, end, padding.
    pub fn encode(&self, prompt: &str) -> Result<Vec<u32>, EngineError> {
        let encoded = self
            .tokenizer
            .encode(prompt, false)
            .map_err(|error| EngineError::BadRequest(format!("the prompt cannot be read: {error}")))?;
        let room = self.length - 2;
        let mut tokens = Vec::with_capacity(self.length);
        tokens.push(self.begin);
        tokens.extend(encoded.get_ids().iter().take(room));
        tokens.push(self.end);
        tokens.resize(self.length, self.pad);
        Ok(tokens)
    }
}

fn open(folder: &Place, unknown: &str, specials: &[&str]) -> Result<Tokenizer, EngineError> {
    let whole = folder.join("tokenizer.json");
    if whole.is_file() {
        let bad = |error| EngineError::bad_file(whole.display().to_string(), error);
        let mut tokenizer = Tokenizer::from_bytes(whole.read()?).map_err(bad)?;
        // Framing and padding happen here; the file's own settings for them would only interfere.
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(bad)?;
        return Ok(tokenizer);
    }
    let (vocabulary, merges) = (folder.join("vocab.json"), folder.join("merges.txt"));
    for path in [&vocabulary, &merges] {
        if !path.is_file() {
            return Err(EngineError::MissingFile { path: path.path().to_owned() });
        }
    }
    let label = folder.display().to_string();
    let bad = |error: tokenizers::Error| EngineError::bad_file(&label, error);
    let ids: BTreeMap<String, u32> = vocabulary.read_json()?;
    let model = BPE::builder()
        .vocab_and_merges(ids.into_iter().collect::<Vocab>(), pairs(&merges)?)
        .unk_token(unknown.to_owned())
        .end_of_word_suffix(WORD_END.to_owned())
        .build()
        .map_err(bad)?;
    let mut tokenizer = Tokenizer::new(model);
    let spaces = Replace::new(ReplacePattern::Regex(r"\s+".to_owned()), " ").map_err(bad)?;
    let normalizers: Vec<NormalizerWrapper> = vec![NFC.into(), spaces.into(), Lowercase.into()];
    tokenizer.with_normalizer(Some(Normalizers::new(normalizers)));
    let words =
        Split::new(SplitPattern::Regex(WORDS.to_owned()), SplitDelimiterBehavior::Removed, true).map_err(bad)?;
    let bytes = ByteLevel::default().add_prefix_space(false);
    let steps: Vec<PreTokenizerWrapper> = vec![words.into(), bytes.into()];
    tokenizer.with_pre_tokenizer(Some(PreTokenizers::new(steps)));
    let added: Vec<AddedToken> = specials.iter().map(|token| AddedToken::from(token.to_string(), true)).collect();
    tokenizer.add_special_tokens(&added);
    Ok(tokenizer)
}

/// Reads `merges.txt`: two tokens a line, the most frequent pair first, under a line that tells the format's version.
fn pairs(merges: &Place) -> Result<Vec<(String, String)>, EngineError> {
    let text = String::from_utf8(merges.read()?)
        .map_err(|error| EngineError::bad_file(merges.display().to_string(), error))?;
    let lines = text.lines().filter(|line| !line.starts_with("#version") && !line.is_empty());
    lines
        .map(|line| match line.split_once(' ') {
            Some((left, right)) => Ok((left.to_owned(), right.to_owned())),
            None => Err(EngineError::bad_file(merges.display().to_string(), format!("`{line}` is no pair"))),
        })
        .collect()
}
