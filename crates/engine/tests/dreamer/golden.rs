//! Block by block: text encoder, residual block, transformer, attention, whole UNet, both halves of the VAE, tokens.

use burn::tensor::activation;
use throng_engine::Device;
use throng_engine::dreamer::attention::CrossAttention;
use throng_engine::dreamer::config::{TextConfig, UNetConfig, VaeConfig};
use throng_engine::dreamer::layers::Scope;
use throng_engine::dreamer::resnet::{ResnetBlock, ResnetShape};
use throng_engine::dreamer::text::TextEncoder;
use throng_engine::dreamer::tokenizer::PromptTokenizer;
use throng_engine::dreamer::transformer::{Transformer, TransformerShape};
use throng_engine::dreamer::unet::UNet;
use throng_engine::dreamer::vae::Vae;
use throng_engine::weights::Weights;

use crate::fixtures::{PIPELINES, assert_equal, golden, on_each_device, recorded, told};

fn unet_weights(pipeline: &str) -> (Weights, UNetConfig) {
    let folder = golden(pipeline).join("unet");
    let config = UNetConfig::read(&folder.join("config.json")).unwrap();
    (Weights::in_folder(&folder, "diffusion_pytorch_model").unwrap(), config)
}

fn tokens(pipeline: &str) -> Vec<Vec<u32>> {
    serde_json::from_value(told()[format!("{pipeline}.tokens")].clone()).unwrap()
}

#[test]
fn tricky_prompts_become_the_same_tokens_as_in_the_reference() {
    let prompts: Vec<String> = serde_json::from_value(told()["prompts"].clone()).unwrap();
    for pipeline in PIPELINES {
        let tokenizer = PromptTokenizer::load(&golden(pipeline).join("tokenizer")).unwrap();
        for (prompt, wanted) in prompts.iter().zip(tokens(pipeline)) {
            assert_eq!(tokenizer.encode(prompt).unwrap(), wanted, "{pipeline}: {prompt:?}");
        }
    }
}

#[test]
fn the_text_encoder_equals_the_reference() {
    on_each_device(|device| {
        for pipeline in PIPELINES {
            let folder = golden(pipeline).join("text_encoder");
            let text = std::fs::read(folder.join("config.json")).unwrap();
            let config: TextConfig = serde_json::from_slice(&text).unwrap();
            let weights = Weights::in_folder(&folder, "model").unwrap();
            let encoder = TextEncoder::load(&Scope::root(&weights, device), &config).unwrap();
            let prompts = &tokens(pipeline)[..2];
            assert_equal(encoder.encode(prompts, 1).unwrap(), &format!("{pipeline}.text.last"), device);
            assert_equal(encoder.encode(prompts, 2).unwrap(), &format!("{pipeline}.text.skip2"), device);
        }
    });
}

#[test]
fn a_residual_block_equals_the_reference() {
    on_each_device(|device| {
        for pipeline in PIPELINES {
            let (weights, config) = unet_weights(pipeline);
            let scope = Scope::root(&weights, device).at("down_blocks.0.resnets.0");
            let first = config.block_out_channels[0];
            let shape = ResnetShape {
                inputs: first,
                outputs: first,
                time: Some(first * 4),
                groups: config.norm_num_groups,
                epsilon: config.norm_eps,
            };
            let block = ResnetBlock::load(&scope, shape).unwrap();
            let time = activation::silu(recorded::<2>(&format!("{pipeline}.resnet.time"), device));
            let result = block.forward(recorded(&format!("{pipeline}.resnet.x"), device), Some(&time));
            assert_equal(result, &format!("{pipeline}.resnet.out"), device);
        }
    });
}

#[test]
fn a_transformer_and_its_cross_attention_equal_the_reference() {
    // Heads of the first level, as the two configurations say.
    for (pipeline, heads) in [("conv", 4), ("linear", 2)] {
        on_each_device(|device| {
            let (weights, config) = unet_weights(pipeline);
            let scope = Scope::root(&weights, device).at("down_blocks.0.attentions.0");
            let channels = config.block_out_channels[0];
            let context = config.cross_attention_dim;
            let prompt = recorded::<3>(&format!("{pipeline}.transformer.context"), device);

            let cross =
                CrossAttention::load(&scope.at("transformer_blocks.0.attn2"), channels, context, heads).unwrap();
            let memory = cross.remember(prompt.clone());
            let result = cross.forward(recorded(&format!("{pipeline}.cross.x"), device), &memory);
            assert_equal(result, &format!("{pipeline}.cross.out"), device);

            let shape = TransformerShape { channels, context, heads, groups: config.norm_num_groups, layers: 1 };
            let transformer = Transformer::load(&scope, shape).unwrap();
            let memories = transformer.remember(&prompt);
            let result = transformer.forward(recorded(&format!("{pipeline}.transformer.x"), device), &memories);
            assert_equal(result, &format!("{pipeline}.transformer.out"), device);
        });
    }
}

#[test]
fn the_whole_unet_equals_the_reference_at_any_time_and_size() {
    on_each_device(|device| {
        for pipeline in PIPELINES {
            let (weights, config) = unet_weights(pipeline);
            let unet = UNet::load(&Scope::root(&weights, device), &config).unwrap();
            let context = recorded::<3>(&format!("{pipeline}.unet.context"), device);
            let prompted = unet.prompted(&context);
            for (time, name) in [(0.0, "0"), (250.25, "250.25"), (999.0, "999")] {
                let result = unet.forward(recorded(&format!("{pipeline}.unet.x"), device), time, &prompted);
                assert_equal(result, &format!("{pipeline}.unet.out.{name}"), device);
            }
            let prompted = unet.prompted(&context.slice(0..1));
            let result = unet.forward(recorded(&format!("{pipeline}.unet.odd.x"), device), 500.0, &prompted);
            assert_equal(result, &format!("{pipeline}.unet.odd.out"), device);
        }
    });
}

#[test]
fn both_halves_of_the_vae_equal_the_reference() {
    on_each_device(|device| {
        for pipeline in PIPELINES {
            let folder = golden(pipeline).join("vae");
            let config = VaeConfig::read(&folder.join("config.json")).unwrap();
            let weights = Weights::in_folder(&folder, "diffusion_pytorch_model").unwrap();
            let vae = Vae::load(&Scope::root(&weights, device), &config).unwrap();
            let latents = vae.encode(recorded(&format!("{pipeline}.vae.picture"), device));
            assert_equal(latents, &format!("{pipeline}.vae.mean"), device);
            let picture = vae.decode(recorded(&format!("{pipeline}.vae.latents"), device));
            assert_equal(picture, &format!("{pipeline}.vae.decoded"), device);
        }
    });
}

#[test]
fn a_model_that_does_not_fit_its_configuration_is_refused_by_name() {
    let (weights, mut config) = unet_weights("conv");
    let device = Device::cpu();
    let refusal = |config: &UNetConfig| UNet::load(&Scope::root(&weights, &device), config).err().unwrap().to_string();
    config.cross_attention_dim = 99;
    let error = refusal(&config);
    assert!(error.contains("down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight"), "{error}");
    assert!(error.contains("has shape [16, 32], expected [16, 99]"), "{error}");
    config.cross_attention_dim = 32;
    config.down_block_types[0] = "AttnDownBlock2D".to_owned();
    assert!(refusal(&config).contains("block type `AttnDownBlock2D`"));
}
