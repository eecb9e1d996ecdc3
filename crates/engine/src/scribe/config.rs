//! Reads the two configuration files of a transformers folder: the shape of the network, and how it likes to be sampled.
//!
//! Both the layout of transformers 5 (`rope_parameters`) and the older one (`rope_theta`, `rope_scaling`) are understood.
//! What the engine cannot compute is refused here, by name. Not here: tensors.

use serde::Deserialize;

use crate::error::EngineError;
use crate::files::Place;
use crate::scribe::sampling::Sampling;

/// The shape of a Llama.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Tokens the embedding knows.
    pub vocabulary: usize,
    /// Width of the residual stream.
    pub hidden: usize,
    /// Width inside the feed-forward blocks.
    pub intermediate: usize,
    /// Number of layers.
    pub layers: usize,
    /// Query heads of a layer.
    pub heads: usize,
    /// Key and value heads of a layer; each serves `heads / key_heads` query heads.
    pub key_heads: usize,
    /// Width of one head.
    pub head_width: usize,
    /// Added below the root in each norm.
    pub norm_epsilon: f64,
    /// Tokens the model was made to look back on.
    pub window: usize,
    /// Whether the output head is the embedding.
    pub tied: bool,
    /// Whether the attention's projections have a bias.
    pub attention_bias: bool,
    /// Whether the feed-forward projections have a bias.
    pub mlp_bias: bool,
    /// How positions turn into angles.
    pub rope: Rope,
    /// The token a text begins with, if any.
    pub beginning: Option<u32>,
    /// The tokens that end a text.
    pub ends: Vec<u32>,
}

/// How positions turn into angles.
#[derive(Debug, Clone, PartialEq)]
pub struct Rope {
    /// The base of the geometric series of frequencies.
    pub theta: f32,
    /// What was done to the frequencies to look further back.
    pub scaling: Scaling,
}

/// What was done to the rotary frequencies.
#[derive(Debug, Clone, PartialEq)]
pub enum Scaling {
    /// Nothing.
    None,
    /// All frequencies divided by a factor.
    Linear(f32),
    /// Llama 3: low frequencies divided, high ones kept, a ramp between.
    Llama3 {
        /// What low frequencies are divided by.
        factor: f32,
        /// Where "low" begins, as a fraction of the original window.
        low: f32,
        /// Where "high" begins.
        high: f32,
        /// The window before it was stretched.
        original_window: f32,
    },
}

#[derive(Deserialize)]
struct ConfigFile {
    vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    #[serde(default = "default_epsilon")]
    rms_norm_eps: f64,
    #[serde(default = "default_window")]
    max_position_embeddings: usize,
    #[serde(default)]
    tie_word_embeddings: bool,
    #[serde(default)]
    attention_bias: bool,
    #[serde(default)]
    mlp_bias: bool,
    #[serde(default = "default_activation")]
    hidden_act: String,
    rope_theta: Option<f32>,
    rope_scaling: Option<RopeFile>,
    rope_parameters: Option<RopeFile>,
    bos_token_id: Option<u32>,
    eos_token_id: Option<OneOrMany>,
    quantization_config: Option<serde_json::Value>,
}

#[derive(Deserialize, Default, Clone)]
struct RopeFile {
    // `type` is the name this key had before 4.43.
    #[serde(alias = "type")]
    rope_type: Option<String>,
    rope_theta: Option<f32>,
    factor: Option<f32>,
    low_freq_factor: Option<f32>,
    high_freq_factor: Option<f32>,
    original_max_position_embeddings: Option<f32>,
}

#[derive(Deserialize, Clone)]
#[serde(untagged)]
enum OneOrMany {
    One(u32),
    Many(Vec<u32>),
}

impl OneOrMany {
    fn into_vec(self) -> Vec<u32> {
        match self {
            Self::One(id) => vec![id],
            Self::Many(ids) => ids,
        }
    }
}

#[derive(Deserialize, Default)]
struct GenerationFile {
    bos_token_id: Option<u32>,
    eos_token_id: Option<OneOrMany>,
    temperature: Option<f32>,
    top_k: Option<usize>,
    top_p: Option<f32>,
    min_p: Option<f32>,
    typical_p: Option<f32>,
    repetition_penalty: Option<f32>,
}

// The defaults of transformers' own LlamaConfig, for keys a config.json may leave out.
fn default_epsilon() -> f64 {
    1e-6
}
fn default_window() -> usize {
    2048
}
fn default_activation() -> String {
    "silu".to_owned()
}
const DEFAULT_THETA: f32 = 10_000.0;

/// Reads `config.json` and, where it exists, `generation_config.json`.
pub(crate) fn read(folder: &Place) -> Result<(Config, Sampling), EngineError> {
    let path = folder.join("config.json");
    let generation_path = folder.join("generation_config.json");
    let file: ConfigFile = path.read_json()?;
    let generation: GenerationFile =
        if generation_path.is_file() { generation_path.read_json()? } else { GenerationFile::default() };
    let sampling = recommended(&generation);
    Ok((build(file, generation, &path.display().to_string())?, sampling))
}

/// What the model's makers recommend; where they say nothing, what suits most stories.
fn recommended(generation: &GenerationFile) -> Sampling {
    let house = Sampling::for_stories();
    Sampling {
        temperature: generation.temperature.unwrap_or(house.temperature),
        top_k: generation.top_k.unwrap_or(house.top_k),
        top_p: generation.top_p.unwrap_or(house.top_p),
        min_p: generation.min_p.unwrap_or(house.min_p),
        typical: generation.typical_p.unwrap_or(house.typical),
        rep_pen: generation.repetition_penalty.unwrap_or(house.rep_pen),
        ..house
    }
}

fn build(file: ConfigFile, generation: GenerationFile, label: &str) -> Result<Config, EngineError> {
    let rope = build_rope(&file, label)?;
    if file.hidden_act != "silu" {
        return Err(EngineError::unsupported(label, format!("activation `{}`", file.hidden_act)));
    }
    if file.quantization_config.is_some() {
        return Err(EngineError::unsupported(label, "a quantised checkpoint"));
    }
    let (heads, key_heads) = (file.num_attention_heads, file.num_key_value_heads.unwrap_or(file.num_attention_heads));
    if heads == 0 || key_heads == 0 || !heads.is_multiple_of(key_heads) {
        return Err(EngineError::bad_file(label, format!("{heads} heads cannot share {key_heads} key heads")));
    }
    let head_width = file.head_dim.unwrap_or(file.hidden_size / heads);
    if head_width == 0 || !head_width.is_multiple_of(2) {
        return Err(EngineError::bad_file(label, format!("a head is {head_width} wide; rotation needs an even width")));
    }
    let mut ends = file.eos_token_id.map(OneOrMany::into_vec).unwrap_or_default();
    ends.extend(generation.eos_token_id.map(OneOrMany::into_vec).unwrap_or_default());
    ends.sort_unstable();
    ends.dedup();
    Ok(Config {
        vocabulary: file.vocab_size,
        hidden: file.hidden_size,
        intermediate: file.intermediate_size,
        layers: file.num_hidden_layers,
        heads,
        key_heads,
        head_width,
        norm_epsilon: file.rms_norm_eps,
        window: file.max_position_embeddings,
        tied: file.tie_word_embeddings,
        attention_bias: file.attention_bias,
        mlp_bias: file.mlp_bias,
        rope,
        beginning: generation.bos_token_id.or(file.bos_token_id),
        ends,
    })
}

fn build_rope(file: &ConfigFile, label: &str) -> Result<Rope, EngineError> {
    let described = file.rope_parameters.clone().or_else(|| file.rope_scaling.clone()).unwrap_or_default();
    let theta = described.rope_theta.or(file.rope_theta).unwrap_or(DEFAULT_THETA);
    let need = |value: Option<f32>, key: &str| {
        value.filter(|v| *v > 0.0).ok_or_else(|| EngineError::bad_file(label, format!("rope needs a positive `{key}`")))
    };
    let scaling = match described.rope_type.as_deref().unwrap_or("default") {
        "default" => Scaling::None,
        "linear" => Scaling::Linear(need(described.factor, "factor")?),
        "llama3" => Scaling::Llama3 {
            factor: need(described.factor, "factor")?,
            low: need(described.low_freq_factor, "low_freq_factor")?,
            high: need(described.high_freq_factor, "high_freq_factor")?,
            original_window: need(described.original_max_position_embeddings, "original_max_position_embeddings")?,
        },
        other => return Err(EngineError::unsupported(label, format!("rope type `{other}`"))),
    };
    Ok(Rope { theta, scaling })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: &str = r#""vocab_size":8,"hidden_size":8,"intermediate_size":8,"num_hidden_layers":1,
        "num_attention_heads":2"#;

    fn parse(more: &str) -> Result<Config, EngineError> {
        let file: ConfigFile = serde_json::from_str(&format!("{{{BARE}{more}}}")).unwrap();
        build(file, GenerationFile::default(), "config.json")
    }

    #[test]
    fn the_older_and_the_newer_layout_give_the_same_rope() {
        let older = parse(r#","rope_theta":5000.0,"rope_scaling":{"type":"linear","factor":2.0}"#).unwrap();
        let newer = parse(r#","rope_parameters":{"rope_type":"linear","rope_theta":5000.0,"factor":2.0}"#).unwrap();
        assert_eq!(older.rope, newer.rope);
        assert_eq!(older.rope, Rope { theta: 5000.0, scaling: Scaling::Linear(2.0) });
        assert_eq!(parse("").unwrap().rope, Rope { theta: DEFAULT_THETA, scaling: Scaling::None });
    }

    #[test]
    fn what_cannot_be_computed_is_refused_by_name() {
        let refused = |more: &str| parse(more).unwrap_err().to_string();
        assert!(refused(r#","rope_scaling":{"rope_type":"yarn","factor":4.0}"#).contains("rope type `yarn`"));
        assert!(refused(r#","hidden_act":"gelu""#).contains("activation `gelu`"));
        assert!(refused(r#","quantization_config":{"bits":4}"#).contains("quantised"));
        assert!(refused(r#","num_key_value_heads":3"#).contains("2 heads cannot share 3 key heads"));
    }

    #[test]
    fn a_text_may_end_with_one_of_several_tokens() {
        assert_eq!(parse(r#","eos_token_id":[7,3,7]"#).unwrap().ends, [3, 7]);
        assert_eq!(parse(r#","eos_token_id":2"#).unwrap().ends, [2]);
        assert_eq!(parse("").unwrap().ends, Vec::<u32>::new());
    }

    #[test]
    fn the_makers_recommendation_wins_over_the_house() {
        let generation: GenerationFile = serde_json::from_str(r#"{"temperature":0.6,"top_p":0.9}"#).unwrap();
        let sampling = recommended(&generation);
        assert_eq!((sampling.temperature, sampling.top_p), (0.6, 0.9));
        assert_eq!(sampling.top_k, Sampling::for_stories().top_k);
    }
}
