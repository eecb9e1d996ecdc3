//! The JSON files of a diffusers folder, as far as a Stable Diffusion 1.x pipeline needs them.
//!
//! What a file leaves out takes the reference's default. What this engine does not do is refused with the file's name,
//! never ignored. Not here: `scheduler_config.json`, which `schedule` reads.

use serde::Deserialize;
use serde_json::Value;

use crate::error::EngineError;
use crate::files::Place;

/// A number for all levels, or one for each.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum PerLevel {
    /// The same number everywhere.
    One(usize),
    /// One number for each level.
    Each(Vec<usize>),
}

impl PerLevel {
    /// One number for each of `levels` levels.
    pub fn spread(&self, levels: usize, file: &str, what: &str) -> Result<Vec<usize>, EngineError> {
        match self {
            Self::One(number) => Ok(vec![*number; levels]),
            Self::Each(numbers) if numbers.len() == levels => Ok(numbers.clone()),
            Self::Each(numbers) => {
                Err(EngineError::bad_file(file, format!("`{what}` has {} entries for {levels} blocks", numbers.len())))
            }
        }
    }
}

/// `unet/config.json`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct UNetConfig {
    /// Channels of the latent picture.
    pub in_channels: usize,
    /// Channels of the prediction.
    pub out_channels: usize,
    /// Side of the latent picture the model was trained at.
    pub sample_size: Option<usize>,
    /// Channels of each level.
    pub block_out_channels: Vec<usize>,
    /// Which levels on the way down have attention.
    pub down_block_types: Vec<String>,
    /// Which levels on the way up have attention.
    pub up_block_types: Vec<String>,
    /// The block in the middle.
    pub mid_block_type: Option<String>,
    /// Residual blocks of each level (one more on the way up).
    pub layers_per_block: PerLevel,
    /// Named so in the files; in Stable Diffusion 1.x it is the *number* of heads.
    pub attention_head_dim: PerLevel,
    /// Transformer blocks after each residual block.
    pub transformer_layers_per_block: PerLevel,
    /// Features of a token of the prompt.
    pub cross_attention_dim: usize,
    /// Groups of the group norms.
    pub norm_num_groups: usize,
    /// Added to the variance in the group norms.
    pub norm_eps: f64,
    /// Whether the time embedding is cosine first.
    pub flip_sin_to_cos: bool,
    /// Shifts the frequencies of the time embedding.
    pub freq_shift: f64,
    /// Features of the time embedding; four times the first level's channels when left out.
    pub time_embedding_dim: Option<usize>,
    /// Everything else, checked against what this engine does.
    #[serde(flatten)]
    pub rest: serde_json::Map<String, Value>,
}

impl Default for UNetConfig {
    fn default() -> Self {
        let types = |attention: &str, plain: &str, plain_first: bool| {
            let mut all = vec![attention.to_owned(); 3];
            all.insert(if plain_first { 0 } else { 3 }, plain.to_owned());
            all
        };
        Self {
            in_channels: 4,
            out_channels: 4,
            sample_size: None,
            block_out_channels: vec![320, 640, 1280, 1280],
            down_block_types: types("CrossAttnDownBlock2D", "DownBlock2D", false),
            up_block_types: types("CrossAttnUpBlock2D", "UpBlock2D", true),
            mid_block_type: Some("UNetMidBlock2DCrossAttn".to_owned()),
            layers_per_block: PerLevel::One(2),
            attention_head_dim: PerLevel::One(8),
            transformer_layers_per_block: PerLevel::One(1),
            cross_attention_dim: 1280,
            norm_num_groups: 32,
            norm_eps: 1e-5,
            flip_sin_to_cos: true,
            freq_shift: 0.0,
            time_embedding_dim: None,
            rest: serde_json::Map::new(),
        }
    }
}

/// Settings of the reference's UNet that change the network, and the only value this engine does.
const UNET_ONLY: [(&str, &str); 16] = [
    ("center_input_sample", "false"),
    ("act_fn", "\"silu\""),
    ("dual_cross_attention", "false"),
    ("only_cross_attention", "false"),
    ("resnet_time_scale_shift", "\"default\""),
    ("resnet_skip_time_act", "false"),
    ("time_embedding_type", "\"positional\""),
    ("downsample_padding", "1"),
    ("mid_block_scale_factor", "1"),
    ("conv_in_kernel", "3"),
    ("conv_out_kernel", "3"),
    ("resnet_out_scale_factor", "1.0"),
    ("class_embeddings_concat", "false"),
    ("attention_type", "\"default\""),
    ("timestep_post_act", "null"),
    ("cross_attention_norm", "null"),
];

/// Settings of the reference's UNet that must be absent or null.
const UNET_NULL: [&str; 8] = [
    "num_attention_heads",
    "class_embed_type",
    "addition_embed_type",
    "num_class_embeds",
    "time_cond_proj_dim",
    "time_embedding_act_fn",
    "encoder_hid_dim",
    "reverse_transformer_layers_per_block",
];

impl UNetConfig {
    /// Reads and checks the file.
    pub fn read(path: impl Into<Place>) -> Result<Self, EngineError> {
        let path = path.into();
        let config: Self = path.read_json()?;
        let file = path.display().to_string();
        for (key, only) in UNET_ONLY {
            refuse_other(&config.rest, key, only, &file)?;
        }
        for key in UNET_NULL {
            refuse_other(&config.rest, key, "null", &file)?;
        }
        let levels = config.block_out_channels.len();
        if levels == 0 || config.down_block_types.len() != levels || config.up_block_types.len() != levels {
            return Err(EngineError::bad_file(file, "block types and block_out_channels differ in number"));
        }
        Ok(config)
    }
}

fn refuse_other(rest: &serde_json::Map<String, Value>, key: &str, only: &str, file: &str) -> Result<(), EngineError> {
    let Some(value) = rest.get(key) else { return Ok(()) };
    let wanted: Value = serde_json::from_str(only).unwrap_or(Value::Null);
    // 1 and 1.0 are the same setting; null means the default.
    let same = value.is_null() || *value == wanted || (value.is_number() && value.as_f64() == wanted.as_f64());
    if same { Ok(()) } else { Err(EngineError::unsupported(file, format!("`{key}` = {value}"))) }
}

/// `vae/config.json`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct VaeConfig {
    /// Channels of the picture.
    pub in_channels: usize,
    /// Channels of the picture that comes out.
    pub out_channels: usize,
    /// Channels of the latent picture.
    pub latent_channels: usize,
    /// Channels of each level.
    pub block_out_channels: Vec<usize>,
    /// Residual blocks of each level (one more in the decoder).
    pub layers_per_block: usize,
    /// Groups of the group norms.
    pub norm_num_groups: usize,
    /// Latents are multiplied by this after encoding, so that they have about unit variance.
    pub scaling_factor: f64,
    /// Whether the middle block has attention.
    pub mid_block_add_attention: bool,
    /// Whether a 1x1 convolution follows the encoder.
    pub use_quant_conv: bool,
    /// Whether a 1x1 convolution precedes the decoder.
    pub use_post_quant_conv: bool,
    /// Everything else, checked against what this engine does.
    #[serde(flatten)]
    pub rest: serde_json::Map<String, Value>,
}

impl Default for VaeConfig {
    fn default() -> Self {
        Self {
            in_channels: 3,
            out_channels: 3,
            latent_channels: 4,
            block_out_channels: vec![64],
            layers_per_block: 1,
            norm_num_groups: 32,
            scaling_factor: 0.18215,
            mid_block_add_attention: true,
            use_quant_conv: true,
            use_post_quant_conv: true,
            rest: serde_json::Map::new(),
        }
    }
}

impl VaeConfig {
    /// Reads and checks the file.
    pub fn read(path: impl Into<Place>) -> Result<Self, EngineError> {
        let path = path.into();
        let config: Self = path.read_json()?;
        let file = path.display().to_string();
        for (key, only) in [("act_fn", "\"silu\""), ("shift_factor", "null"), ("latents_mean", "null")] {
            refuse_other(&config.rest, key, only, &file)?;
        }
        for (key, only) in [("down_block_types", "DownEncoderBlock2D"), ("up_block_types", "UpDecoderBlock2D")] {
            let listed = config.rest.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            if let Some(other) = listed.iter().find(|kind| kind.as_str() != Some(only)) {
                return Err(EngineError::unsupported(file, format!("block type {other}")));
            }
        }
        if config.block_out_channels.is_empty() || config.in_channels != 3 || config.out_channels != 3 {
            return Err(EngineError::unsupported(file, "a VAE without levels, or not from RGB to RGB,"));
        }
        Ok(config)
    }

    /// How many pixels make one latent point, along each side.
    pub fn factor(&self) -> usize {
        1 << (self.block_out_channels.len() - 1)
    }
}

/// `text_encoder/config.json`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct TextConfig {
    /// Words the tokenizer knows.
    pub vocab_size: usize,
    /// Features of a token.
    pub hidden_size: usize,
    /// Features inside the feed-forward layers.
    pub intermediate_size: usize,
    /// Layers.
    pub num_hidden_layers: usize,
    /// Attention heads.
    pub num_attention_heads: usize,
    /// Longest prompt in tokens.
    pub max_position_embeddings: usize,
    /// `quick_gelu` or `gelu`.
    pub hidden_act: String,
    /// Added to the variance in the layer norms.
    pub layer_norm_eps: f64,
}

impl Default for TextConfig {
    fn default() -> Self {
        Self {
            vocab_size: 49_408,
            hidden_size: 512,
            intermediate_size: 2048,
            num_hidden_layers: 12,
            num_attention_heads: 8,
            max_position_embeddings: 77,
            hidden_act: "quick_gelu".to_owned(),
            layer_norm_eps: 1e-5,
        }
    }
}

/// `throng.json`: what a small model of ours says about itself beside the layout people know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct HouseConfig {
    /// Generate with this short side, in pixels, and enlarge afterwards.
    pub native_side: Option<usize>,
    /// Sides of a generated picture are multiples of this; the VAE's factor when left out.
    pub multiple: Option<usize>,
}

impl HouseConfig {
    /// Reads the file, or takes the defaults when there is none.
    pub fn read(path: impl Into<Place>) -> Result<Self, EngineError> {
        let path = path.into();
        if !path.is_file() {
            return Ok(Self::default());
        }
        let config: Self = path.read_json()?;
        if config.native_side == Some(0) || config.multiple == Some(0) {
            return Err(EngineError::bad_file(path.display().to_string(), "a side of zero pixels"));
        }
        Ok(config)
    }
}
