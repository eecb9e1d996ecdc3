//! Whole texts from tiny Llamas: determinism, stops, lengths, cutting, streaming, tags.
//!
//! The models are those of the golden tests; they know one short text by heart, so what they write can be asserted.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::path::PathBuf;

use throng_engine::scribe::cache::Cache;
use throng_engine::scribe::{Sampling, Scribe, Script, StopReason, Written};
use throng_engine::{Device, EngineError, Flow, Progress};

fn folder(variant: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/scribe").join(variant)
}

fn load(variant: &str) -> Scribe {
    Scribe::load(&folder(variant), &Device::cpu()).unwrap()
}

fn scribe() -> Scribe {
    load("grouped_tied")
}

fn greedy() -> Sampling {
    Sampling { temperature: 0.0, ..Sampling::default() }
}

fn script(change: impl Fn(&mut Script)) -> Script {
    let mut script = Script { sampling: greedy(), ..Script::new("Once a fox met") };
    change(&mut script);
    script
}

fn write(script: &Script) -> Written {
    pollster::block_on(scribe().write(script, &mut |_, _| Flow::Continue)).unwrap()
}

#[test]
fn what_is_known_by_heart_is_written_and_ends_by_itself() {
    let written = write(&script(|_| {}));
    assert_eq!(written.text, " a crow by the river. The crow sang, and the fox laughed.");
    assert_eq!(written.stop, StopReason::End);
    assert!(written.tokens > 20);
    // The beginning mark and the prompt's own tokens.
    assert_eq!(written.prompt_tokens, scribe().tokens().encode("Once a fox met").unwrap().len());
}

#[test]
fn the_length_asked_for_is_kept_and_counted() {
    let written = write(&script(|s| s.max_length = 6));
    assert_eq!((written.tokens, written.stop), (6, StopReason::Length));
    assert!(" a crow by the river.".starts_with(&written.text));
}

#[test]
fn a_model_that_may_not_end_writes_to_the_length() {
    let written = write(&script(|s| {
        s.forbid_end = true;
        s.max_length = 60;
    }));
    assert_eq!((written.tokens, written.stop), (60, StopReason::Length));
}

#[test]
fn a_stop_sequence_is_found_wherever_tokens_break_it() {
    let whole = write(&script(|_| {})).text;
    let mut across = 0;
    for begin in 1..whole.len() - 3 {
        let sequence = whole[begin..begin + 3].to_owned();
        let written = write(&script(|s| s.stop_sequences = vec![sequence.clone()]));
        assert_eq!(written.stop, StopReason::Sequence, "{sequence:?}");
        assert_eq!(written.text, whole[..whole.find(&sequence).unwrap()]);
        across += usize::from(scribe().tokens().encode(&sequence).unwrap().len() > 2);
    }
    assert!(across > 5, "most of these span tokens");
}

#[test]
fn the_pieces_are_the_text_and_never_show_a_stop_sequence() {
    let scribe = scribe();
    let script = script(|s| s.stop_sequences = vec![" laughed".to_owned(), " lamented".to_owned()]);
    let (mut pieces, mut steps) = (String::new(), Vec::new());
    let mut collect = |piece: &str, progress: Progress| {
        pieces.push_str(piece);
        steps.push(progress.step);
        Flow::Continue
    };
    let written = pollster::block_on(scribe.write(&script, &mut collect)).unwrap();
    assert_eq!(written.text, " a crow by the river. The crow sang, and the fox");
    assert_eq!(pieces, written.text);
    assert!(steps.is_sorted() && steps.len() > 15, "{steps:?}");
}

#[test]
fn the_caller_can_stop_the_writing() {
    let mut count = 0;
    let mut stop_at_three = |_: &str, _: Progress| {
        count += 1;
        if count == 3 { Flow::Stop } else { Flow::Continue }
    };
    let result = pollster::block_on(scribe().write(&script(|_| {}), &mut stop_at_three));
    assert!(matches!(result, Err(EngineError::Stopped)));
    assert_eq!(count, 3);
}

#[test]
fn the_same_seed_gives_the_same_text_and_others_differ() {
    let warm = |seed| {
        write(&script(|s| {
            s.seed = seed;
            s.sampling = Sampling { temperature: 1.6, ..Sampling::default() };
        }))
        .text
    };
    assert_eq!(warm(7), warm(7));
    assert!((8..12).any(|seed| warm(seed) != warm(7)));
}

/// The likeliest continuation, straight from the network.
fn by_hand(scribe: &Scribe, prompt: &[u32], count: usize) -> String {
    let mut cache = Cache::new(scribe.config(), prompt.len() + count, &Device::cpu());
    let mut unread = prompt.to_vec();
    let mut tokens = Vec::new();
    for _ in 0..count {
        let hidden = scribe.llama().read(&unread, &mut cache).narrow(0, unread.len() - 1, 1);
        let logits: Vec<f32> = scribe.llama().logits(hidden).into_data().try_into_vec().unwrap();
        let best = logits.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap().0 as u32;
        tokens.push(best);
        unread = vec![best];
    }
    scribe.tokens().decode(&tokens).unwrap()
}

#[test]
fn a_long_prompt_loses_its_head_but_not_its_beginning() {
    let scribe = scribe();
    let long = "The fox shared his bread with the owl. ".repeat(40) + "Once a crow met";
    let written = write(&script(|s| {
        s.prompt.clone_from(&long);
        s.max_context_length = 60;
        s.max_length = 30;
    }));
    let all = scribe.tokens().encode(&long).unwrap();
    let kept = [&all[..1], &all[all.len() - 29..]].concat();
    assert_eq!(written.prompt_tokens, kept.len());
    assert_eq!(written.text, by_hand(&scribe, &kept, written.tokens));
    assert_ne!(written.text, by_hand(&scribe, &all[all.len() - 30..], written.tokens), "the beginning matters");
}

#[test]
fn in_a_small_window_half_of_it_stays_with_the_prompt() {
    // The window of this model is 128 tokens, less than what is asked for.
    let long = "Once a fox met a crow by the river. ".repeat(200);
    let written = write(&script(|s| {
        s.prompt.clone_from(&long);
        s.max_length = 500;
        s.forbid_end = true;
    }));
    assert_eq!((written.prompt_tokens, written.tokens), (64, 64));
    assert_eq!(written.stop, StopReason::Length);
}

#[test]
fn a_prompt_of_several_passes_is_continued_as_if_it_were_read_at_once() {
    let scribe = load("half_linear");
    let script = script(|s| {
        s.prompt = "Once a crow met a mouse by the barn. ".repeat(40);
        s.max_length = 12;
    });
    let prompt = scribe.tokens().encode(&script.prompt).unwrap();
    assert!(prompt.len() > 512, "{} tokens are one pass", prompt.len());
    let (mut text, mut passes_between) = (String::new(), 0);
    let mut collect = |piece: &str, progress: Progress| {
        text.push_str(piece);
        passes_between += usize::from(progress.step == 0);
        Flow::Continue
    };
    let written = pollster::block_on(scribe.write(&script, &mut collect)).unwrap();
    assert!(passes_between > 0, "the caller is asked between passes");

    assert_eq!(text, by_hand(&scribe, &prompt, written.tokens));
}

#[test]
fn placeholders_become_headings_unless_that_is_declined() {
    let prompt_tokens = |replace| {
        write(&script(|s| {
            s.prompt = "{{[INPUT]}}Tell{{[OUTPUT]}}".to_owned();
            s.max_length = 1;
            s.replace_placeholders = replace;
        }))
        .prompt_tokens
    };
    let count = |text: &str| scribe().tokens().encode(text).unwrap().len();
    assert_eq!(prompt_tokens(true), count("\n### Instruction:\nTell\n### Response:\n"));
    assert_eq!(prompt_tokens(false), count("{{[INPUT]}}Tell{{[OUTPUT]}}"));
}

#[test]
fn signs_spread_over_tokens_arrive_whole() {
    let scribe = scribe();
    let text = "Käse, 🦊 — “no” \u{1F468}\u{200D}\u{1F469}.";
    let tokens = scribe.tokens().encode(text).unwrap();
    assert!(tokens.len() > text.chars().count(), "the tiny vocabulary must split signs");
    let mut stream = scribe.tokens().stream(&tokens[..1]);
    let pieces: Vec<String> = tokens[1..].iter().map(|token| stream.push(*token).unwrap()).collect();
    assert_eq!(pieces.concat(), text);
    assert!(pieces.iter().all(|piece| !piece.contains(char::REPLACEMENT_CHARACTER)));
}

#[test]
fn bytes_that_are_no_text_do_not_hold_everything_back() {
    let scribe = scribe();
    // The first byte of a four-byte sign, again and again: never completed.
    let fox = scribe.tokens().encode("🦊").unwrap();
    let mut stream = scribe.tokens().stream(&fox[..1]);
    let pieces: Vec<String> = (0..12).map(|_| stream.push(fox[1]).unwrap()).collect();
    assert!(!pieces.concat().is_empty());
    let word = scribe.tokens().encode("fox").unwrap();
    let after: String = word[1..].iter().map(|token| stream.push(*token).unwrap()).collect();
    assert!(after.ends_with("fox"), "{after:?}");
}

#[test]
fn an_impossible_script_is_refused_in_words() {
    let result = pollster::block_on(scribe().write(&script(|s| s.max_length = 0), &mut |_, _| Flow::Continue));
    assert!(result.unwrap_err().to_string().contains("max_length"));
}

#[test]
fn an_empty_prompt_begins_a_text() {
    let written = write(&script(|s| s.prompt.clear()));
    assert_eq!(written.prompt_tokens, 1);
    assert!(!written.text.is_empty());
}

#[test]
fn a_folder_without_a_tokenizer_is_refused_by_name() {
    let source = folder("grouped_tied");
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(source.join("config.json"), folder.path().join("config.json")).unwrap();
    let error = Scribe::load(folder.path(), &Device::cpu()).err().unwrap().to_string();
    assert!(error.ends_with("tokenizer.json is missing"), "{error}");
}
