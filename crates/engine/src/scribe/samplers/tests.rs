//! Tests of the samplers one by one, on distributions small enough to check by hand.

use super::*;

/// Candidates of exactly these probabilities.
fn of(probabilities: &[f64]) -> Vec<Candidate> {
    let logit = |p: &f64| p.ln() as f32;
    probabilities.iter().enumerate().map(|(token, p)| Candidate { token: token as u32, logit: logit(p) }).collect()
}

fn tokens(candidates: &[Candidate]) -> Vec<u32> {
    let mut tokens: Vec<u32> = candidates.iter().map(|candidate| candidate.token).collect();
    tokens.sort_unstable();
    tokens
}

fn after(probabilities: &[f64], sampler: impl Fn(&mut Vec<Candidate>)) -> Vec<u32> {
    let mut candidates = of(probabilities);
    sampler(&mut candidates);
    tokens(&candidates)
}

#[test]
fn top_k_keeps_the_likeliest_and_breaks_ties_by_number() {
    assert_eq!(after(&[0.2, 0.5, 0.2, 0.1], |c| top_k(c, 2)), [0, 1]);
    assert_eq!(after(&[0.2, 0.5, 0.2, 0.1], |c| top_k(c, 0)), [0, 1, 2, 3]);
}

#[test]
fn top_p_keeps_the_fewest_that_reach_the_mass() {
    assert_eq!(after(&[0.1, 0.5, 0.25, 0.15], |c| top_p(c, 0.7)), [1, 2]);
    assert_eq!(after(&[0.1, 0.5, 0.25, 0.15], |c| top_p(c, 0.8)), [1, 2, 3]);
    assert_eq!(after(&[0.1, 0.5, 0.25, 0.15], |c| top_p(c, 0.001)), [1]);
}

#[test]
fn top_a_scales_with_the_square_of_the_best_and_min_p_with_the_best() {
    // The best is 0.5: top_a of 0.6 strikes below 0.15, min_p of 0.6 below 0.3.
    assert_eq!(after(&[0.5, 0.3, 0.16, 0.04], |c| top_a(c, 0.6)), [0, 1, 2]);
    assert_eq!(after(&[0.5, 0.31, 0.15, 0.04], |c| min_p(c, 0.6)), [0, 1]);
    assert_eq!(after(&[0.5, 0.5], |c| min_p(c, 1.0)), [0, 1]);
}

#[test]
fn tail_free_cuts_behind_the_bend() {
    // Steep, then flat: the flat tail has no bend and goes.
    let kept = after(&[0.6, 0.3, 0.02, 0.02, 0.02, 0.02, 0.02], |c| tail_free(c, 0.95));
    assert_eq!(kept, [0, 1]);
    assert_eq!(after(&[0.25; 4], |c| tail_free(c, 0.5)), [0, 1, 2, 3], "nothing bends, nothing is cut");
}

#[test]
fn typical_prefers_expected_surprise_to_certainty() {
    // Entropy lies near the surprise of the middle tokens: the likeliest is the least typical.
    assert_eq!(after(&[0.4, 0.2, 0.2, 0.2], |c| typical(c, 0.5)), [1, 2, 3]);
    assert_eq!(after(&[0.4, 0.2, 0.2, 0.2], |c| typical(c, 0.0)), [1], "at least one stays");
}

#[test]
fn heat_flattens_cold_sharpens_and_zero_decides() {
    let share = |heat| {
        let mut candidates = of(&[0.6, 0.4]);
        temperature(&mut candidates, heat);
        softmax(&candidates)[0]
    };
    assert!(share(2.0) < 0.6 && share(2.0) > 0.5);
    assert!(share(0.5) > 0.6);
    assert_eq!(after(&[0.4, 0.6], |c| temperature(c, 0.0)), [1]);
}

#[test]
fn dynamic_heat_runs_from_coolest_to_hottest() {
    assert!((dynamic_temperature(&of(&[0.25; 4]), 1.0, 0.5, 1.0) - 1.5).abs() < 1e-5);
    assert!(dynamic_temperature(&of(&[0.999_999, 0.000_001]), 1.0, 0.5, 1.0) < 0.51);
    assert!(dynamic_temperature(&of(&[1.0, 1e-30]), 0.5, 0.5, 1.0) > 0.0, "never zero");
}

#[test]
#[expect(clippy::float_cmp, reason = "these values have no rounding")]
fn smoothing_is_a_parabola_below_the_best() {
    let mut candidates = vec![Candidate { token: 0, logit: 3.0 }, Candidate { token: 1, logit: 1.0 }];
    smooth(&mut candidates, 0.25);
    assert_eq!(candidates[0].logit, 3.0);
    assert_eq!(candidates[1].logit, 2.0);
}

#[test]
fn repetition_makes_likely_and_unlikely_tokens_less_likely() {
    let mut candidates = vec![
        Candidate { token: 0, logit: 2.0 },
        Candidate { token: 1, logit: -2.0 },
        Candidate { token: 2, logit: 2.0 },
    ];
    repetition_penalty(&mut candidates, &[0, 1], 2.0, 0, 0.0);
    assert_eq!(candidates.iter().map(|c| c.logit).collect::<Vec<_>>(), [1.0, -4.0, 2.0]);
}

#[test]
fn repetition_looks_back_only_as_far_as_its_range() {
    let mut candidates = of(&[0.5, 0.5]);
    let before = candidates.clone();
    repetition_penalty(&mut candidates, &[0, 1, 1, 1], 2.0, 3, 0.0);
    assert_eq!(candidates[0], before[0]);
    assert!(candidates[1].logit < before[1].logit);
}

#[test]
fn a_slope_spares_what_is_long_ago() {
    assert!((sloped(3.0, 10, 1.0, 0) - 3.0).abs() < 1e-6, "the newest is penalised in full");
    assert!((sloped(3.0, 10, 1.0, 9) - 1.0).abs() < 1e-6, "the oldest not at all");
    let rising: Vec<f32> = (0..10).rev().map(|back| sloped(3.0, 10, 4.0, back)).collect();
    assert!(rising.is_sorted());
}

#[test]
fn no_sampler_strikes_everything() {
    let mut candidates = of(&[0.1, 0.2, 0.7]);
    top_k(&mut candidates, 1);
    top_a(&mut candidates, 1.0);
    top_p(&mut candidates, 0.001);
    min_p(&mut candidates, 1.0);
    tail_free(&mut candidates, 0.0);
    typical(&mut candidates, 0.0);
    assert_eq!(tokens(&candidates), [2]);
}
