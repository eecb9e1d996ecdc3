//! End to end: prompt and seed in, latents and picture out, every sampler, from noise and from a picture.

use image::{Rgb, RgbImage};
use throng_engine::dreamer::{Dream, Dreamer, Sampler, Source};
use throng_engine::{Device, EngineError, Flow};

use crate::fixtures::{PIPELINES, assert_equal, expected, golden, on_each_device};

/// Prompt, seed, steps and scale as in the reference's script.
fn dream(pipeline: &str, sampler: Sampler, karras: bool) -> Dream {
    // The latents are 8x8 points; the two VAEs make 2 and 4 pixels of each.
    let side = if pipeline == "conv" { 16 } else { 32 };
    Dream {
        width: side,
        height: side,
        steps: 5,
        cfg_scale: 5.0,
        sampler,
        karras,
        seeds: vec![11],
        ..Dream::new("a red circle left of a blue square ### blurry text")
    }
}

fn recorded_picture(name: &str) -> RgbImage {
    let shape = expected().shape(name).unwrap();
    let (height, width) = (shape[shape.len() - 2], shape[shape.len() - 1]);
    let values = expected().values(name).unwrap();
    let byte = |channel: usize, x: u32, y: u32| values[(channel * height + y as usize) * width + x as usize] as u8;
    RgbImage::from_fn(width as u32, height as u32, |x, y| Rgb([0, 1, 2].map(|channel| byte(channel, x, y))))
}

fn check(dreamer: &Dreamer, dream: &Dream, key: &str, device: &Device) {
    let go_on = &mut |_| Flow::Continue;
    let latents = pollster::block_on(dreamer.latents(dream, go_on)).unwrap();
    assert_equal(latents[0].clone(), &format!("{key}.latents"), device);
    let picture = pollster::block_on(dreamer.dream(dream, go_on)).unwrap().remove(0);
    let wanted = recorded_picture(&format!("{key}.picture"));
    assert_eq!(picture.dimensions(), wanted.dimensions(), "{key}");
    let worst = picture.as_raw().iter().zip(wanted.as_raw()).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
    assert!(worst <= 1, "{key} on {}: a pixel is {worst} off", device.describe());
}

#[test]
fn a_prompt_and_a_seed_give_the_latents_and_the_picture_of_the_reference() {
    on_each_device(|device| {
        for pipeline in PIPELINES {
            let dreamer = Dreamer::load(&golden(pipeline), device).unwrap();
            for sampler in Sampler::ALL {
                for karras in [false, true] {
                    let spread = if karras { "karras" } else { "plain" };
                    let key = format!("{pipeline}.whole.{}.{spread}", sampler.name());
                    check(&dreamer, &dream(pipeline, sampler, karras), &key, device);
                }
            }
        }
    });
}

#[test]
fn a_given_picture_is_changed_as_in_the_reference() {
    on_each_device(|device| {
        for pipeline in PIPELINES {
            let dreamer = Dreamer::load(&golden(pipeline), device).unwrap();
            let picture = recorded_picture(&format!("{pipeline}.source"));
            for sampler in Sampler::ALL {
                let source = Source { picture: picture.clone(), denoising_strength: 0.6 };
                let dream = Dream { source: Some(source), ..dream(pipeline, sampler, false) };
                check(&dreamer, &dream, &format!("{pipeline}.changed.{}", sampler.name()), device);
            }
        }
    });
}

#[test]
fn the_same_seed_gives_the_same_picture_alone_or_among_others() {
    let dreamer = Dreamer::load(&golden("conv"), &Device::cpu()).unwrap();
    let go_on = &mut |_| Flow::Continue;
    let alone = dream("conv", Sampler::EulerAncestral, true);
    let among = Dream { seeds: vec![3, 11, 12], ..alone.clone() };
    let alone = pollster::block_on(dreamer.dream(&alone, go_on)).unwrap();
    let among = pollster::block_on(dreamer.dream(&among, go_on)).unwrap();
    assert_eq!(among.len(), 3);
    assert_eq!(alone[0], among[1]);
    assert_ne!(among[0], among[1]);
}

#[test]
fn progress_counts_every_step_and_can_stop_the_dream() {
    let dreamer = Dreamer::load(&golden("conv"), &Device::cpu()).unwrap();
    let dream = Dream { seeds: vec![1, 2], ..dream("conv", Sampler::Euler, false) };
    let mut seen = Vec::new();
    pollster::block_on(dreamer.dream(&dream, &mut |progress| {
        seen.push((progress.step, progress.of));
        Flow::Continue
    }))
    .unwrap();
    assert_eq!(seen, (1..=10).map(|step| (step, 10)).collect::<Vec<_>>());
    let stopped = pollster::block_on(dreamer.dream(&dream, &mut |progress| {
        if progress.step == 3 { Flow::Stop } else { Flow::Continue }
    }));
    assert!(matches!(stopped, Err(EngineError::Stopped)));
}

#[test]
fn a_dream_of_any_size_comes_out_at_that_size() {
    let dreamer = Dreamer::load(&golden("conv"), &Device::cpu()).unwrap();
    let odd = Dream { width: 37, height: 21, ..dream("conv", Sampler::Dpmpp2m, true) };
    let pictures = pollster::block_on(dreamer.dream(&odd, &mut |_| Flow::Continue)).unwrap();
    assert_eq!(pictures[0].dimensions(), (37, 21));
}
