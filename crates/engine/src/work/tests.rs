//! Tasks in the engine's words, without a model.

use image::{ImageFormat, Rgb};

use super::*;

fn work() -> ImageWork {
    ImageWork {
        prompt: "a red circle".into(),
        negative_prompt: "blur".into(),
        count: 2,
        width: 64,
        height: 128,
        steps: 20,
        sampler: "k_euler".into(),
        karras: true,
        cfg_scale: 5.0,
        seed: 7,
        clip_skip: Some(2),
        denoising_strength: None,
        source: None,
        mask: None,
    }
}

fn picture(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::from_pixel(8, 8, Rgb([200, 10, 10])).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

#[test]
fn a_task_becomes_a_dream_with_a_seed_for_each_picture() {
    let dream = dream(&work()).unwrap();
    assert_eq!((dream.width, dream.height, dream.steps, dream.clip_skip), (64, 128, 20, 2));
    assert_eq!(dream.seeds, [7, 8]);
    assert!(dream.source.is_none());
}

#[test]
fn source_pictures_are_read_in_every_usual_format() {
    for format in [ImageFormat::WebP, ImageFormat::Png, ImageFormat::Jpeg] {
        let work = ImageWork { source: Some(Bytes::Bytes(picture(format))), ..work() };
        let source = dream(&work).unwrap().source.unwrap();
        assert_eq!(source.picture.dimensions(), (8, 8), "{format:?}");
        assert!((source.denoising_strength - DENOISING_STRENGTH).abs() < 1e-9);
    }
}

#[test]
fn what_was_not_offered_or_cannot_be_read_is_refused_not_failed() {
    let refused = |work: ImageWork| matches!(dream(&work), Err(EngineError::BadRequest(_)));
    assert!(refused(ImageWork { source: Some(Bytes::Bytes(b"no picture".to_vec())), ..work() }));
    assert!(refused(ImageWork { mask: Some(Bytes::Bytes(Vec::new())), ..work() }));
    assert!(refused(ImageWork { sampler: "lcm".into(), ..work() }));
}

#[test]
fn every_sampler_of_the_wire_but_lcm_finds_its_like() {
    for name in [
        "k_dpm_fast",
        "k_lms",
        "k_euler_a",
        "k_euler",
        "k_heun",
        "k_dpm_2",
        "k_dpm_adaptive",
        "dpmsolver",
        "k_dpmpp_2s_a",
        "DDIM",
        "k_dpmpp_sde",
        "k_dpmpp_2m",
        "k_dpm_2_a",
    ] {
        assert!(sampler(name).is_ok(), "{name}");
    }
}

#[test]
fn a_picture_travels_as_webp_without_a_loss() {
    let picture = RgbImage::from_fn(16, 8, |x, y| Rgb([x as u8 * 16, y as u8 * 32, 77]));
    let bytes = webp(&picture).unwrap();
    assert_eq!(image::guess_format(&bytes).unwrap(), ImageFormat::WebP);
    assert_eq!(image::load_from_memory(&bytes).unwrap().to_rgb8(), picture);
}

#[test]
fn a_request_changes_only_the_sampling_it_speaks_of() {
    let recommended = Sampling { temperature: 0.6, top_p: 0.9, ..Sampling::default() };
    let work = TextWork { temperature: Some(1.2), sampler_order: Some(vec![6, 0]), ..TextWork::default() };
    let sampling = sampling(&work, &recommended);
    assert_eq!(sampling.sampler_order, [6, 0]);
    assert_eq!(
        Sampling { sampler_order: recommended.sampler_order.clone(), ..sampling },
        Sampling { temperature: 1.2, ..recommended }
    );
}

#[test]
fn the_watch_sees_progress_and_stops_the_engine() {
    let watch = Watch::new();
    let progress = Progress { step: 3, of: 20 };
    assert!(matches!(report(&watch, &|| None, progress), Flow::Continue));
    let rest = || -> Option<Rest> { Some(Box::pin(async {})) };
    assert!(matches!(report(&watch, &rest, progress), Flow::After(_)), "whoever asks for a rest gets it");
    assert_eq!(watch.read(), (3, 20));
    watch.cancel();
    assert!(matches!(report(&watch, &rest, progress), Flow::Stop), "and does not rest when it is to stop");
}
