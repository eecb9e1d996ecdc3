//! The samplers: each one small function that strikes candidates or moves their logits.
//!
//! The formulas are those text clients were tuned for; `reference/scribe_samplers.py` states them in numpy, and the golden
//! test compares. Every sampler leaves at least one candidate. Not here: which are applied, and when.

/// A token that may come next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The token's number.
    pub token: u32,
    /// How likely it is, before exponentiation and scaling.
    pub logit: f32,
}

/// The lowest heat that is computed with; below, powers would overflow.
const COLDEST: f32 = 1.0 / 256.0;

/// The probabilities of the candidates, in their order.
pub fn softmax(candidates: &[Candidate]) -> Vec<f64> {
    let best = highest(candidates);
    let powers: Vec<f64> = candidates.iter().map(|candidate| f64::from(candidate.logit - best).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

fn highest(candidates: &[Candidate]) -> f32 {
    candidates.iter().map(|candidate| candidate.logit).fold(f32::NEG_INFINITY, f32::max)
}

/// Puts the likeliest first; among equals the lower number, so that every run agrees.
fn sort(candidates: &mut [Candidate]) {
    candidates.sort_by(|a, b| b.logit.total_cmp(&a.logit).then(a.token.cmp(&b.token)));
}

/// Keeps the `k` likeliest candidates; 0 keeps all.
pub fn top_k(candidates: &mut Vec<Candidate>, k: usize) {
    if k > 0 && k < candidates.len() {
        sort(candidates);
        candidates.truncate(k);
    }
}

/// Strikes candidates less probable than `a` times the square of the highest probability.
pub fn top_a(candidates: &mut Vec<Candidate>, a: f32) {
    if a > 0.0 {
        strike_below(candidates, |best| best * best * f64::from(a));
    }
}

/// Strikes candidates less probable than `p` times the highest probability.
pub fn min_p(candidates: &mut Vec<Candidate>, p: f32) {
    if p > 0.0 {
        strike_below(candidates, |best| best * f64::from(p));
    }
}

fn strike_below(candidates: &mut Vec<Candidate>, threshold: impl Fn(f64) -> f64) {
    let probabilities = softmax(candidates);
    let best = probabilities.iter().copied().fold(0.0, f64::max);
    let threshold = threshold(best).min(best);
    let mut probabilities = probabilities.iter();
    candidates.retain(|_| probabilities.next().is_some_and(|probability| *probability >= threshold));
}

/// Keeps the likeliest candidates that together reach the probability `p`.
pub fn top_p(candidates: &mut Vec<Candidate>, p: f32) {
    if p >= 1.0 || candidates.len() < 2 {
        return;
    }
    sort(candidates);
    let probabilities = softmax(candidates);
    // Counted from the unlikeliest: what sums to no more than 1 - p may go.
    let spare = 1.0 - f64::from(p);
    let mut summed = 0.0;
    let mut kept = candidates.len();
    while kept > 1 {
        summed += probabilities[kept - 1];
        if summed > spare {
            break;
        }
        kept -= 1;
    }
    candidates.truncate(kept);
}

/// Tail-free sampling: cuts where `z` of the probability curve's bending has passed.
pub fn tail_free(candidates: &mut Vec<Candidate>, z: f32) {
    if z >= 1.0 || candidates.len() < 3 {
        return;
    }
    sort(candidates);
    let probabilities = softmax(candidates);
    let bends: Vec<f64> = probabilities.windows(3).map(|three| (three[2] - 2.0 * three[1] + three[0]).abs()).collect();
    let sum: f64 = bends.iter().sum();
    if sum <= 0.0 {
        return;
    }
    let mut passed = 0.0;
    let within = bends.iter().take_while(|bend| {
        passed += **bend / sum;
        passed <= f64::from(z)
    });
    // The likeliest always stays, and each bend within lets one more stay: the cut is centred on the bend.
    let kept = 1 + within.count();
    candidates.truncate(kept);
}

/// Keeps the candidates whose surprise is nearest to the expected surprise, until they reach the probability `mass`.
pub fn typical(candidates: &mut Vec<Candidate>, mass: f32) {
    if mass >= 1.0 || candidates.len() < 2 {
        return;
    }
    let probabilities = softmax(candidates);
    // A probability that rounded to zero would be infinitely surprising: it takes no part.
    let surprise = |p: f64| if p > 0.0 { -p.ln() } else { f64::MAX };
    let entropy: f64 = probabilities.iter().filter(|p| **p > 0.0).map(|p| p * surprise(*p)).sum();
    let mut order: Vec<(f64, f64, Candidate)> = candidates
        .iter()
        .zip(&probabilities)
        .map(|(candidate, p)| ((surprise(*p) - entropy).abs(), *p, *candidate))
        .collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.2.token.cmp(&b.2.token)));
    candidates.clear();
    let mut summed = 0.0;
    for (_, probability, candidate) in order {
        candidates.push(candidate);
        summed += probability;
        if summed >= f64::from(mass) {
            break;
        }
    }
}

/// Divides all logits by `heat`; a heat of zero (or less) keeps the likeliest candidate alone.
pub fn temperature(candidates: &mut Vec<Candidate>, heat: f32) {
    if heat <= 0.0 {
        return top_k(candidates, 1);
    }
    for candidate in candidates {
        candidate.logit /= heat.max(COLDEST);
    }
}

/// The heat that follows the entropy of the candidates: `middle - reach` when one is certain, `middle + reach` when all
/// are alike, bent by `exponent` between. Never zero.
pub fn dynamic_temperature(candidates: &[Candidate], middle: f32, reach: f32, exponent: f32) -> f32 {
    let (coolest, hottest) = ((middle - reach).max(0.0), middle + reach);
    if candidates.len() < 2 {
        return hottest.max(COLDEST);
    }
    let entropy: f64 = softmax(candidates).into_iter().filter(|p| *p > 0.0).map(|p| -p * p.ln()).sum();
    let share = (entropy / (candidates.len() as f64).ln()) as f32;
    (coolest + (hottest - coolest) * share.clamp(0.0, 1.0).powf(exponent)).max(COLDEST)
}

/// Bends the logits: each falls below the best by `factor` times the square of its distance.
pub fn smooth(candidates: &mut [Candidate], factor: f32) {
    if factor <= 0.0 {
        return;
    }
    let best = highest(candidates);
    for candidate in candidates {
        candidate.logit = best - factor * (candidate.logit - best).powi(2);
    }
}

/// Makes tokens of the last `reach` of `context` less likely (of all of it when `reach` is 0).
///
/// Positive logits are divided, negative ones multiplied. With a slope the penalty rises along the range, on an S-shaped
/// curve, from 1 to `penalty`; a token's latest occurrence decides.
pub fn repetition_penalty(candidates: &mut [Candidate], context: &[u32], penalty: f32, reach: usize, slope: f32) {
    #[expect(clippy::float_cmp, reason = "exactly one means: switched off")]
    let off = penalty == 1.0;
    if off || penalty <= 0.0 || context.is_empty() {
        return;
    }
    let recent = if reach > 0 { &context[context.len().saturating_sub(reach)..] } else { context };
    let mut latest = std::collections::HashMap::new();
    for (back, token) in recent.iter().rev().enumerate() {
        latest.entry(*token).or_insert(back);
    }
    for candidate in candidates {
        let Some(&back) = latest.get(&candidate.token) else { continue };
        let strength = if slope != 0.0 && reach > 1 { sloped(penalty, reach, slope, back) } else { penalty };
        if candidate.logit <= 0.0 {
            candidate.logit *= strength;
        } else {
            candidate.logit /= strength;
        }
    }
}

/// The penalty of a token that was `back` tokens before the newest one of a range of `reach`.
fn sloped(penalty: f32, reach: usize, slope: f32, back: usize) -> f32 {
    let place = (reach - 1 - back) as f32 / (reach - 1) as f32 * 2.0 - 1.0;
    let bent = slope * place / (1.0 + place.abs() * (slope - 1.0));
    1.0 + f32::midpoint(bent, 1.0) * (penalty - 1.0)
}

#[cfg(test)]
#[path = "samplers/tests.rs"]
mod tests;
