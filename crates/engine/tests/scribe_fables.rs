//! The built-in *throng-fables*: it loads, it is deterministic, it tells of whom it is asked to, ends by itself, and with a moral.
//!
//! Here are margins that chance cannot break. Not here: how it was trained, and how often each holds, which its card says.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::path::PathBuf;
use std::sync::LazyLock;

use throng_engine::scribe::{Sampling, Scribe, Script, StopReason, Written};
use throng_engine::{Device, Flow};

static FABLES: LazyLock<Scribe> = LazyLock::new(|| {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../models/throng-fables");
    Scribe::load(&folder, &Device::cpu()).unwrap()
});

/// Of ten fables, those that must tell of both animals.
const BOTH_MIN: usize = 5;

fn write(prompt: &str, seed: u64) -> Written {
    let sampling = Sampling { temperature: 0.7, top_p: 0.95, ..Sampling::default() };
    // The longest fables of its grammar have some 230 tokens.
    let script = Script { seed, max_length: 320, sampling, ..Script::new(prompt) };
    pollster::block_on(FABLES.write(&script, &mut |_, _| Flow::Continue)).unwrap()
}

#[test]
fn fables_end_by_themselves_and_with_a_moral() {
    let (mut moral, mut ended) = (0, 0);
    for seed in 0..10 {
        let written = write("Write a fable about a fox and a crow.", seed);
        moral += usize::from(written.text.contains("Moral:"));
        ended += usize::from(written.stop == StopReason::End);
    }
    assert!(moral >= 8, "a moral in {moral} of 10");
    assert!(ended >= 8, "{ended} of 10 ended by themselves");
}

#[test]
fn fables_are_about_the_animals_that_were_named() {
    let pairs = [
        ("fox", "crow"),
        ("lion", "mouse"),
        ("owl", "frog"),
        ("bear", "bee"),
        ("wolf", "lamb"),
        ("cat", "dog"),
        ("hare", "snail"),
        ("goat", "donkey"),
        ("dragon", "unicorn"),
        ("whale", "crab"),
    ];
    // The card says that about two thirds are right; the seeds are fixed, so chance has no part in this.
    let told = |(seed, (a, b)): (usize, &(&str, &str))| {
        let text = write(&format!("Write a fable about the {a} and the {b}."), seed as u64).text;
        text.contains(a) && text.contains(b)
    };
    let right = pairs.iter().enumerate().filter(|pair| told(*pair)).count();
    assert!(right >= BOTH_MIN, "both animals in {right} of {}", pairs.len());
}

#[test]
fn a_seed_is_a_fable_and_another_seed_another() {
    let prompt = "Write a fable about a fox and a crow.";
    let first = write(prompt, 3);
    assert_eq!(first, write(prompt, 3));
    assert_ne!(first.text, write(prompt, 4).text);
}

#[test]
fn a_chat_client_gets_its_fable_through_placeholders() {
    let plain = write("Write a fable about a fox and a crow.\n\n", 5);
    let chat = write("{{[INPUT]}}Write a fable about a fox and a crow.{{[OUTPUT]}}", 5);
    assert_eq!(chat, plain);
}
