//! The sampling chain against its reference: probabilities after every setting, alone and together, in several orders.
//!
//! `reference/scribe_samplers.py` states the formulas in numpy. Not here: tests of single samplers, which lie beside them.

use serde::Deserialize;
use throng_engine::scribe::Sampling;
use throng_engine::scribe::samplers::softmax;

/// Logits are f32 here and doubles in the reference.
const DIFFERENCE_MAX: f64 = 1e-5;

#[derive(Deserialize)]
struct Case {
    name: String,
    settings: Sampling,
    logits: Vec<f32>,
    context: Vec<u32>,
    probabilities: Vec<f64>,
}

#[test]
fn every_setting_gives_the_references_probabilities() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/scribe/samplers.json");
    let cases: Vec<Case> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert!(cases.len() > 50, "{} cases", cases.len());
    for case in cases {
        let left = case.settings.apply(&case.logits, &case.context);
        let mut found = vec![0.0; case.logits.len()];
        for (candidate, probability) in left.iter().zip(softmax(&left)) {
            found[candidate.token as usize] = probability;
        }
        for (token, (found, wanted)) in found.iter().zip(&case.probabilities).enumerate() {
            let off = (found - wanted).abs();
            assert!(off < DIFFERENCE_MAX, "{}: token {token} has {found}, expected {wanted}", case.name);
        }
    }
}
