//! The Scribe: a Llama from a transformers folder that continues a prompt.
//!
//! [`Scribe::load`] reads a folder, [`Scribe::write`] writes one text: fill the placeholders, cut the prompt to fit, read it
//! in one pass, then choose token after token until the model, a stop sequence or the length ends it. Logits are awaited,
//! so the same code can run in a browser. Not here: pictures, the queue, and what the wire calls things.

pub mod cache;
pub mod config;
pub mod llama;
mod polish;
pub mod rotary;
pub mod samplers;
pub mod sampling;
pub mod script;
mod stops;
mod tags;
mod template;
pub mod tokens;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::device::{Device, failed};
use crate::error::EngineError;
use crate::files::Place;
use crate::progress::{Flow, Progress};
use crate::weights::Weights;

pub use sampling::Sampling;
pub use script::{Script, StopReason, Written};
pub use tags::Tags;

use cache::Cache;
use config::Config;
use llama::Llama;
use stops::Watch;
use tokens::Tokens;

/// Prompt tokens read in one pass: more would need attention scores of `heads x 512 x window`, which must fit a small card.
const PASS_TOKENS_MAX: usize = 512;

/// A Llama ready to write.
pub struct Scribe {
    config: Config,
    llama: Llama,
    tokens: Tokens,
    tags: Tags,
    sampling: Sampling,
    device: Device,
    parameters: u64,
}

/// What a piece of writing is made with.
struct Plan {
    prompt: Vec<u32>,
    stop_sequences: Vec<String>,
    /// Tokens that may be written.
    length: usize,
}

impl Scribe {
    /// Loads a model from a folder as `transformers` saves it.
    pub fn load(folder: impl Into<Place>, device: &Device) -> Result<Self, EngineError> {
        let folder = folder.into();
        let (config, sampling) = config::read(&folder)?;
        let tokens = Tokens::read(&folder, &config)?;
        let tags = template::read_tags(&folder)?;
        let weights = Weights::in_folder(&folder, "model")?;
        let llama = Llama::load(&config, &weights, device)?;
        let parameters = weights.parameters();
        Ok(Self { config, llama, tokens, tags, sampling, device: device.clone(), parameters })
    }

    /// The shape of the network.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The network itself.
    pub fn llama(&self) -> &Llama {
        &self.llama
    }

    /// The tokenizer.
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// The tags the model knows turns of a conversation by.
    pub fn tags(&self) -> &Tags {
        &self.tags
    }

    /// The settings the model's makers recommend: what to begin with when a request sets only some.
    pub fn sampling(&self) -> &Sampling {
        &self.sampling
    }

    /// How many numbers the model holds.
    pub fn parameters(&self) -> u64 {
        self.parameters
    }

    /// Writes one text. `on_piece` gets each piece as it becomes certain, and may stop the writing.
    ///
    /// The pieces are the raw text; what the script asks to polish at the end is applied to the result alone.
    pub async fn write(
        &self,
        script: &Script,
        on_piece: &mut dyn FnMut(&str, Progress) -> Flow,
    ) -> Result<Written, EngineError> {
        let plan = self.plan(script)?;
        let mut context = plan.prompt.clone();
        let mut cache = Cache::new(&self.config, context.len() + plan.length, &self.device);
        let mut chance = ChaCha8Rng::seed_from_u64(script.seed);
        let mut stream = self.tokens.stream(&context);
        let mut watch = Watch::new(&plan.stop_sequences, script.single_line);
        let mut report = |piece: &str, step| on_piece(piece, Progress { step, of: plan.length });
        let mut unread = 0..context.len();
        let mut written = 0;
        let stop = loop {
            let logits = self.next_logits(&context[unread], &mut cache, &mut || report("", written)).await?;
            let token = self.choose(logits, &context, script, &mut chance)?;
            written += 1;
            if self.config.ends.contains(&token) {
                break StopReason::End;
            }
            context.push(token);
            unread = context.len() - 1..context.len();
            if watch.push(&stream.push(token)?) {
                break StopReason::Sequence;
            }
            if written == plan.length {
                break StopReason::Length;
            }
            report(watch.release(), written).follow().await?;
        };
        report(watch.release_all(), written).follow().await?;
        let text = polish::polish(watch.into_text(), script);
        Ok(Written { text, tokens: written, prompt_tokens: plan.prompt.len(), stop })
    }

    fn plan(&self, script: &Script) -> Result<Plan, EngineError> {
        if script.max_length == 0 {
            return Err(EngineError::BadRequest("max_length must be at least one token".to_owned()));
        }
        let (prompt, stop_sequences) = if script.replace_placeholders {
            let stops = script.stop_sequences.iter().filter_map(|stop| self.tags.fill_stop(stop)).collect();
            (self.tags.fill_prompt(&script.prompt), stops)
        } else {
            (script.prompt.clone(), script.stop_sequences.clone())
        };
        let mut prompt = self.tokens.encode(&prompt)?;
        if prompt.is_empty() {
            return Err(EngineError::BadRequest(
                "the prompt is empty, and the model cannot begin without one".to_owned(),
            ));
        }
        let (room, context) = room(script.max_context_length, script.max_length, self.config.window);
        self.cut(&mut prompt, room);
        let length = script.max_length.min(context.saturating_sub(prompt.len())).max(1);
        Ok(Plan { prompt, stop_sequences, length })
    }

    /// Cuts the prompt's head off, but for the token every text begins with.
    fn cut(&self, prompt: &mut Vec<u32>, room: usize) {
        let kept = usize::from(room > 1 && self.tokens.is_beginning(prompt[0]));
        if prompt.len() > room {
            let excess = prompt.len() - room;
            prompt.drain(kept..kept + excess);
        }
    }

    /// Reads tokens, in passes when there are many, and gives the logits of what follows the last one.
    async fn next_logits(
        &self,
        unread: &[u32],
        cache: &mut Cache,
        between_passes: &mut dyn FnMut() -> Flow,
    ) -> Result<Vec<f32>, EngineError> {
        let mut passes = unread.chunks(PASS_TOKENS_MAX).peekable();
        while let Some(pass) = passes.next() {
            let hidden = self.llama.read(pass, cache);
            if passes.peek().is_some() {
                between_passes().follow().await?;
                continue;
            }
            let last = self.llama.logits(hidden.narrow(0, pass.len() - 1, 1));
            let data = last.into_data_async().await.map_err(failed)?;
            return data.try_into_vec().map_err(|error| self.broken(format!("the logits are no f32: {error:?}")));
        }
        Err(EngineError::BadRequest("there is nothing to read".to_owned()))
    }

    fn choose(
        &self,
        mut logits: Vec<f32>,
        context: &[u32],
        script: &Script,
        chance: &mut ChaCha8Rng,
    ) -> Result<u32, EngineError> {
        if logits.iter().any(|logit| logit.is_nan()) {
            return Err(self.broken("the model computed values that are no numbers".to_owned()));
        }
        if script.forbid_end {
            for end in &self.config.ends {
                if let Some(logit) = logits.get_mut(*end as usize) {
                    *logit = f32::NEG_INFINITY;
                }
            }
        }
        let candidates = script.sampling.apply(&logits, context);
        sampling::draw(&candidates, chance)
            .ok_or_else(|| EngineError::BadRequest("no token is left to choose from".to_owned()))
    }

    fn broken(&self, why: String) -> EngineError {
        EngineError::Device { processor: self.device.describe().to_owned(), why }
    }
}

/// Room for the prompt, and for prompt and writing together.
///
/// The prompt yields to the length the requester asked for within the context they asked for. But where the model's own
/// window is the smaller one, the writing yields before half a window of prompt is lost: they could not know.
fn room(context_asked: usize, length_asked: usize, window: usize) -> (usize, usize) {
    let context = context_asked.min(window).max(2);
    let asked = context.saturating_sub(length_asked);
    let least = if window < context_asked { context / 2 } else { 1 };
    (asked.max(least), context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prompt_yields_to_the_length_asked_for() {
        assert_eq!(room(2048, 80, 4096), (1968, 2048));
        assert_eq!(room(100, 100, 4096), (1, 100));
    }

    #[test]
    fn in_a_small_window_the_writing_yields_first() {
        assert_eq!(room(2048, 80, 256), (176, 256));
        assert_eq!(room(2048, 512, 256), (128, 256));
    }
}
