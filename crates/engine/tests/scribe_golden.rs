//! The Scribe against its reference: every block, the logits and a greedy continuation of three tiny Llamas, on the
//! processor and, where one is found, on a Vulkan device.
//!
//! `reference/scribe.py golden` writes what is compared. Not here: samplers, and writing whole texts.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "helpers of tests fail as tests do, and say what they leave out"
)]

use std::path::PathBuf;
use std::sync::LazyLock;

use burn::tensor::Tensor;
use throng_engine::scribe::cache::Cache;
use throng_engine::scribe::{Scribe, rotary};
use throng_engine::weights::Weights;
use throng_engine::{Device, Processor};

/// f32 through two layers agrees to about 1e-6; a wrong formula is off by far more than this.
const RELATIVE_ERROR_MAX: f32 = 1e-4;

const VARIANTS: [&str; 3] = ["grouped_tied", "llama3_untied", "half_linear"];

fn folder(variant: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/scribe").join(variant)
}

/// The processor, and a Vulkan device where there is one; `THRONG_GPU=0` leaves that out, `THRONG_GPU=1` demands it.
fn devices() -> Vec<Device> {
    // Opened once: drivers are not always built for being started by several threads at a time.
    static DEVICES: LazyLock<Vec<Device>> = LazyLock::new(|| {
        let wish = std::env::var("THRONG_GPU").unwrap_or_default();
        let mut devices = vec![Device::cpu()];
        match Device::open(Processor::Vulkan) {
            _ if wish == "0" => {}
            Ok(device) => devices.push(device),
            Err(error) if wish == "1" => panic!("THRONG_GPU=1, but {error}"),
            Err(error) => eprintln!("left out: {error}"),
        }
        devices
    });
    DEVICES.clone()
}

struct Golden {
    scribe: Scribe,
    expected: Weights,
    device: Device,
    place: String,
}

impl Golden {
    fn open(variant: &str, device: &Device) -> Self {
        let folder = folder(variant);
        Self {
            scribe: Scribe::load(&folder, device).unwrap(),
            expected: Weights::open(&folder.join("expected.safetensors")).unwrap(),
            device: device.clone(),
            place: format!("{variant} on {}", device.describe()),
        }
    }

    fn tokens(&self, name: &str) -> Vec<u32> {
        self.expected.values(name).unwrap().iter().map(|value| *value as u32).collect()
    }

    fn input(&self, name: &str) -> Tensor<2> {
        let shape = self.expected.shape(name).unwrap();
        self.expected.tensor(name, [shape[0], shape[1]], &self.device).unwrap()
    }

    fn agrees(&self, name: &str, found: Tensor<2>) {
        let dims = found.dims();
        assert_eq!(self.expected.shape(name).unwrap(), dims, "{name} of {}", self.place);
        self.agree(name, &values(found));
    }

    fn agree(&self, name: &str, found: &[f32]) {
        let error = relative_error(found, &self.expected.values(name).unwrap());
        assert!(error < RELATIVE_ERROR_MAX, "{name} of {}: relative error {error:e}", self.place);
    }

    fn cache(&self, capacity: usize) -> Cache {
        Cache::new(self.scribe.config(), capacity, &self.device)
    }

    fn logits_after(&self, tokens: &[u32], cache: &mut Cache) -> Vec<f32> {
        let hidden = self.scribe.llama().read(tokens, cache);
        values(self.scribe.llama().logits(hidden.narrow(0, tokens.len() - 1, 1)))
    }
}

fn values(tensor: Tensor<2>) -> Vec<f32> {
    pollster::block_on(tensor.into_data_async()).unwrap().try_into_vec().unwrap()
}

/// The largest difference, measured against the largest expected value.
fn relative_error(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let scale = expected.iter().fold(0.0, |most: f32, value| most.max(value.abs()));
    let off = found.iter().zip(expected).fold(0.0, |most: f32, (a, b)| most.max((a - b).abs()));
    // A value that is no number must not slip through a comparison.
    assert!(found.iter().all(|value| value.is_finite()));
    off / scale
}

fn likeliest(logits: &[f32]) -> u32 {
    logits.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap().0 as u32
}

fn everywhere(check: impl Fn(&Golden)) {
    for device in devices() {
        for variant in VARIANTS {
            check(&Golden::open(variant, &device));
        }
    }
}

#[test]
fn the_tokenizer_reads_the_prompt_as_the_reference_does() {
    let golden = Golden::open("grouped_tied", &Device::cpu());
    assert_eq!(golden.scribe.tokens().encode("Once a fox met").unwrap(), golden.tokens("prompt_ids"));
}

#[test]
fn rotary_tables_equal_the_reference() {
    everywhere(|golden| {
        let positions = golden.expected.shape("cosines").unwrap()[0];
        let (cosines, sines) = rotary::tables(golden.scribe.config(), positions);
        golden.agree("cosines", &cosines);
        golden.agree("sines", &sines);
    });
}

#[test]
fn every_block_equals_the_reference_on_the_references_own_input() {
    everywhere(|golden| {
        let tokens = golden.tokens("prompt_ids");
        let llama = golden.scribe.llama();
        golden.agrees("embeddings", llama.embed(&tokens));
        let mut cache = golden.cache(tokens.len());
        let positions = cache.advance(tokens.len());
        let mut before = golden.input("embeddings");
        for (number, (layer, shelf)) in llama.layers.iter().zip(cache.take_shelves()).enumerate() {
            let named = |part: &str| format!("{number}.{part}");
            golden.agrees(&named("attention_in"), layer.attention_norm.forward(before));
            let (seen, _) = layer.attention.forward(golden.input(&named("attention_in")), shelf, &positions);
            golden.agrees(&named("attention_out"), seen);
            golden.agrees(&named("mlp_out"), layer.mlp.forward(golden.input(&named("mlp_in"))));
            before = golden.input(&named("hidden"));
        }
        golden.agrees("final_norm", llama.norm.forward(before));
        golden.agrees("logits", llama.logits(golden.input("final_norm")));
    });
}

#[test]
fn each_layers_hidden_state_and_the_logits_equal_the_reference_end_to_end() {
    everywhere(|golden| {
        let tokens = golden.tokens("prompt_ids");
        let llama = golden.scribe.llama();
        let mut cache = golden.cache(tokens.len());
        let positions = cache.advance(tokens.len());
        let mut hidden = llama.embed(&tokens);
        for (number, (layer, shelf)) in llama.layers.iter().zip(cache.take_shelves()).enumerate() {
            hidden = layer.forward(hidden, shelf, &positions).0;
            golden.agrees(&format!("{number}.hidden"), hidden.clone());
        }
        let read = llama.read(&tokens, &mut golden.cache(tokens.len()));
        golden.agrees("final_norm", read.clone());
        golden.agrees("logits", llama.logits(read));
    });
}

#[test]
fn greedy_writing_with_a_cache_gives_the_references_tokens_and_logits() {
    everywhere(|golden| {
        let prompt = golden.tokens("prompt_ids");
        let wanted = golden.tokens("greedy_ids");
        let mut cache = golden.cache(prompt.len() + wanted.len());
        let mut unread = prompt;
        let mut all_logits = Vec::new();
        for token in &wanted {
            let logits = golden.logits_after(&unread, &mut cache);
            assert_eq!(likeliest(&logits), *token, "{}", golden.place);
            all_logits.extend(logits);
            unread = vec![*token];
        }
        golden.agree("greedy_logits", &all_logits);
    });
}

#[test]
fn reading_step_by_step_in_chunks_or_at_once_is_the_same() {
    everywhere(|golden| {
        let text: Vec<u32> = [golden.tokens("prompt_ids"), golden.tokens("greedy_ids")].concat();
        let at_once = golden.logits_after(&text, &mut golden.cache(text.len()));
        for chunk in [1, 7] {
            // More room than is needed: what lies behind the text must not be seen.
            let mut cache = golden.cache(text.len() + 9);
            let last = text.chunks(chunk).map(|part| golden.logits_after(part, &mut cache)).last().unwrap();
            let error = relative_error(&last, &at_once);
            assert!(error < RELATIVE_ERROR_MAX, "{} in chunks of {chunk}: {error:e}", golden.place);
            assert_eq!(cache.length(), text.len());
        }
    });
}
