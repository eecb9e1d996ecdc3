//! The sampling settings a text request carries, and the chain that applies them in the order it asks for.
//!
//! Not here: the formulas themselves, which are in `samplers`.

use rand::Rng;
use serde::Deserialize;

use crate::scribe::samplers::{self, Candidate};

/// Settings of the samplers; the names are those every text client uses. The default changes nothing.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct Sampling {
    /// Flattens (above 1) or sharpens (below 1) the distribution; 0 always takes the likeliest token.
    pub temperature: f32,
    /// Keeps the `top_k` likeliest tokens; 0 keeps all.
    pub top_k: usize,
    /// Keeps the likeliest tokens that together reach this probability; 1 keeps all.
    pub top_p: f32,
    /// Strikes tokens below `top_a` times the square of the highest probability; 0 strikes none.
    pub top_a: f32,
    /// Tail-free sampling: cuts where the curve of probabilities stops bending; 1 cuts nothing.
    pub tfs: f32,
    /// Keeps the tokens whose surprise is nearest to the expected one, up to this probability; 1 keeps all.
    pub typical: f32,
    /// Strikes tokens below `min_p` times the highest probability; 0 strikes none.
    pub min_p: f32,
    /// Divides the logits of tokens that were there before; 1 leaves them.
    pub rep_pen: f32,
    /// How many tokens back the penalty looks; 0 looks at all.
    pub rep_pen_range: usize,
    /// How steeply the penalty grows towards the newest token of its range; 0 keeps it even.
    pub rep_pen_slope: f32,
    /// Lets the temperature follow the entropy, this far below and above; 0 keeps it fixed.
    pub dynatemp_range: f32,
    /// Bends the way from entropy to temperature.
    pub dynatemp_exponent: f32,
    /// Bends the logits down by the square of their distance from the best; 0 leaves them.
    pub smoothing_factor: f32,
    /// The stages by number: 0 top_k, 1 top_a, 2 top_p with min_p, 3 tfs, 4 typical, 5 temperature, 6 rep_pen.
    pub sampler_order: Vec<u8>,
}

/// Penalty first, heat last: what clients mean when they give no order.
pub const DEFAULT_ORDER: [u8; 7] = [6, 0, 1, 3, 4, 2, 5];

const PENALTY_STAGE: u8 = 6;

impl Default for Sampling {
    fn default() -> Self {
        Self {
            temperature: 1.0,
            top_k: 0,
            top_p: 1.0,
            top_a: 0.0,
            tfs: 1.0,
            typical: 1.0,
            min_p: 0.0,
            rep_pen: 1.0,
            rep_pen_range: 0,
            rep_pen_slope: 0.0,
            dynatemp_range: 0.0,
            dynatemp_exponent: 1.0,
            smoothing_factor: 0.0,
            sampler_order: DEFAULT_ORDER.to_vec(),
        }
    }
}

impl Sampling {
    /// What suits most stories when neither the request nor the model's makers say anything.
    pub fn for_stories() -> Self {
        // The field's usual middle: lively, yet without the long tail that derails small models.
        Self { temperature: 0.75, top_k: 100, top_p: 0.92, ..Self::default() }
    }

    /// Applies every stage, in the order asked for, to the logits of all tokens; what remains may be drawn from.
    pub fn apply(&self, logits: &[f32], context: &[u32]) -> Vec<Candidate> {
        let mut candidates: Vec<Candidate> =
            logits.iter().enumerate().map(|(token, &logit)| Candidate { token: token as u32, logit }).collect();
        candidates.retain(|candidate| candidate.logit > f32::NEG_INFINITY);
        // Orders of six stages are older than the penalty's number; there the penalty came first.
        if !self.sampler_order.contains(&PENALTY_STAGE) {
            self.stage(PENALTY_STAGE, &mut candidates, context);
        }
        for &stage in &self.sampler_order {
            self.stage(stage, &mut candidates, context);
        }
        candidates
    }

    fn stage(&self, stage: u8, candidates: &mut Vec<Candidate>, context: &[u32]) {
        match stage {
            0 => samplers::top_k(candidates, self.top_k),
            1 => samplers::top_a(candidates, self.top_a),
            2 => {
                samplers::top_p(candidates, self.top_p);
                samplers::min_p(candidates, self.min_p);
            }
            3 => samplers::tail_free(candidates, self.tfs),
            4 => samplers::typical(candidates, self.typical),
            5 => self.heat(candidates),
            PENALTY_STAGE => {
                samplers::repetition_penalty(candidates, context, self.rep_pen, self.rep_pen_range, self.rep_pen_slope);
            }
            // Numbers of stages nobody has defined do nothing, as everywhere else.
            _ => {}
        }
    }

    fn heat(&self, candidates: &mut Vec<Candidate>) {
        if self.dynatemp_range > 0.0 {
            let heat = samplers::dynamic_temperature(
                candidates,
                self.temperature,
                self.dynatemp_range,
                self.dynatemp_exponent,
            );
            samplers::temperature(candidates, heat);
        } else {
            samplers::temperature(candidates, self.temperature);
        }
        samplers::smooth(candidates, self.smoothing_factor);
    }
}

/// Draws one token from what the samplers left, by its probability; `None` when nothing was left.
pub fn draw(candidates: &[Candidate], chance: &mut impl Rng) -> Option<u32> {
    let probabilities = samplers::softmax(candidates);
    let mut left: f64 = chance.random();
    for (candidate, probability) in candidates.iter().zip(&probabilities) {
        left -= probability;
        if left < 0.0 {
            return Some(candidate.token);
        }
    }
    // Rounding may leave a hair over: it goes to the last one.
    candidates.last().map(|candidate| candidate.token)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn tokens_are_drawn_as_often_as_they_are_probable() {
        // Logits of 0 and ln 3: probabilities of 1/4 and 3/4.
        let candidates = Sampling::default().apply(&[0.0, 3_f32.ln()], &[]);
        let mut chance = ChaCha8Rng::seed_from_u64(1);
        let hits = (0..4000).filter(|_| draw(&candidates, &mut chance) == Some(1)).count();
        // Six standard deviations around 3000.
        assert!((2836..3164).contains(&hits), "{hits}");
    }

    #[test]
    fn the_same_seed_draws_the_same_tokens() {
        let candidates = Sampling::default().apply(&[0.3, 0.1, 0.2, 0.9], &[]);
        let run = |seed| {
            let mut chance = ChaCha8Rng::seed_from_u64(seed);
            (0..32).map(|_| draw(&candidates, &mut chance)).collect::<Vec<_>>()
        };
        assert_eq!(run(5), run(5));
        assert_ne!(run(5), run(6));
    }

    #[test]
    fn a_forbidden_token_is_never_drawn_and_nothing_is_drawn_from_nothing() {
        let candidates = Sampling::default().apply(&[f32::NEG_INFINITY, 0.0], &[]);
        assert_eq!(candidates.len(), 1);
        let mut chance = ChaCha8Rng::seed_from_u64(1);
        assert_eq!(draw(&candidates, &mut chance), Some(1));
        assert_eq!(draw(&[], &mut chance), None);
    }
}
