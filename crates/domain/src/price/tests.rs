//! Prices against the figures that are written down for them.

use super::recorded::Recorded;
use super::*;
use crate::id::UserId;
use crate::kit::{picture, reference, text};
use crate::request::{Lora, Source, SourceProcessing};

fn kudos(text: &str) -> Kudos {
    Kudos::parse(text).expect("an amount")
}

fn image(change: impl FnOnce(&mut ImageWork)) -> ImageWork {
    let mut image = picture(UserId(1), 1).image().expect("a picture").clone();
    change(&mut image);
    image
}

#[test]
fn the_documented_prices_are_met_within_three_percent() {
    let mut lines = include_str!("golden.csv").lines();
    assert_eq!(lines.next(), Some(recorded::COLUMNS));
    let rows: Vec<_> = lines.map(|line| Recorded::parse(line).expect(line)).collect();
    assert_eq!(rows.len(), 49);
    for row in &rows {
        assert_eq!(worth_of_time(row.seconds), row.price, "{row}");
        let (ours, theirs) = (image_worth(&row.payload).hundredths(), row.price.hundredths());
        assert!((ours - theirs).abs() * 100 <= theirs * 3, "{ours} instead of {row}");
    }
}

#[test]
fn extras_are_added_to_what_the_payload_is_worth() {
    let plain = image_base(&image(|_| {}));
    let extras = image(|image| {
        let lora = || Lora { name: "x".into(), is_version: false };
        image.loras = vec![lora(), lora()];
        image.textual_inversions = 3;
    });
    assert_eq!(image_base(&extras) - plain, kudos("7.0"));
    let unseen = image(|image| image.tiling = true);
    assert_eq!(image_base(&unseen), plain);
}

#[test]
fn prices_grow_with_the_work_and_beyond_what_was_learned_from() {
    let worth =
        |steps, side| image_base(&image(|image| (image.width, image.height, image.steps) = (side, side, steps)));
    assert!(worth(150, 512) < worth(500, 512), "{} {}", worth(150, 512), worth(500, 512));
    assert!(worth(30, 2048) < worth(30, 3072), "{} {}", worth(30, 2048), worth(30, 3072));
    assert!(worth(1, 64) >= LEAST, "{}", worth(1, 64));
}

#[test]
fn post_processors_that_the_network_does_not_know_are_priced_by_formula() {
    let check = |expected, change: fn(&mut ImageWork)| {
        let image = image(|image| {
            image.post_processing = vec!["4xLSDIRplus".into()];
            change(image);
        });
        assert_eq!(image_base(&image), kudos(expected), "{expected}");
    };
    check("7.8", |_| {});
    check("13.0", |image| image.steps = 50);
    check("43.25", |image| (image.width, image.height) = (1024, 1024));
    check("4.44", |image| (image.width, image.height) = (64, 64));
    check("9.36", |image| image.post_processing.push("GFPGAN".into()));
    check("23.4", |image| image.control_type = Some("canny".into()));
    check("7.8", |image| {
        image.control_type = Some("canny".into());
        image.return_control_map = true;
    });
}

#[test]
fn a_source_and_a_control_say_how_much_is_drawn() {
    let said = |source: bool, control: bool, denoising, strength| {
        let image = image(|image| {
            let kept = || Source { processing: SourceProcessing::Img2img, image: "x".into(), mask: None };
            image.source = source.then(kept);
            image.control_type = control.then(|| "canny".into());
            image.denoising_hundredths = denoising;
            image.control_strength_hundredths = strength;
        });
        let payload = Payload::of(&image);
        ((payload.denoising * 100.0).round() as u32, (payload.control_strength * 100.0).round() as u32)
    };
    assert_eq!(said(false, false, Some(40), None), (100, 100), "nothing to redraw");
    assert_eq!(said(true, false, Some(40), None), (40, 100));
    assert_eq!(said(true, false, None, None), (100, 100));
    assert_eq!(said(true, true, Some(40), None), (100, 40), "with a control it is how strictly it is followed");
    assert_eq!(said(true, true, Some(40), Some(70)), (100, 70));
    assert_eq!(said(true, true, None, None), (100, 100));
}

#[test]
fn unknown_samplers_count_as_the_usual_and_mixing_as_redrawing() {
    let worth = |sampler: &str| image_base(&image(|image| image.sampler = sampler.into()));
    assert_eq!(worth("lcm"), worth("k_euler"));
    assert_eq!(worth("DDIM"), worth("k_euler"), "names are taken as they are written");
    assert_ne!(worth("ddim"), worth("k_euler"));
    let of = |processing| {
        let source = Some(Source { processing, image: "x".into(), mask: None });
        image_base(&image(|image| image.source = source.clone()))
    };
    assert_eq!(of(SourceProcessing::Remix), of(SourceProcessing::Img2img));
    assert_ne!(of(SourceProcessing::Outpainting), of(SourceProcessing::Img2img));
}

/// A safetensors file of a network with a layer of two and a layer of one.
fn file(first: f32, data_bytes: usize) -> Vec<u8> {
    let wide = 2 * INPUTS * 4;
    let header = format!(
        r#"{{"__metadata__":{{"a":"b"}},"0.0.weight":{{"dtype":"F32","shape":[2,{INPUTS}],"data_offsets":[0,{wide}]}},
        "0.0.bias":{{"dtype":"F32","shape":[2],"data_offsets":[{wide},{}]}},
        "0.1.weight":{{"dtype":"F32","shape":[1,2],"data_offsets":[{},{}]}},
        "0.1.bias":{{"dtype":"F32","shape":[1],"data_offsets":[{},{}]}}}}"#,
        wide + 8,
        wide + 8,
        wide + 16,
        wide + 16,
        wide + 20
    );
    let mut data = vec![0.0; 2 * INPUTS];
    (data[0], data[INPUTS]) = (1.0, -1.0);
    data.extend([first, 0.5, 2.0, 3.0, 0.25]);
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend(data.iter().flat_map(|number: &f32| number.to_le_bytes()).take(data_bytes));
    bytes
}

#[test]
fn a_network_is_read_and_evaluated_layer_by_layer() {
    let network = Network::parse(&file(0.0, usize::MAX)).expect("a network");
    let mut inputs = [0.0; INPUTS];
    assert!((network.seconds(&inputs) - 1.75).abs() < 1e-9, "2 × 0 + 3 × 0.5 + 0.25");
    inputs[0] = 2.0;
    assert!((network.seconds(&inputs) - 4.25).abs() < 1e-9, "2 × 2 + 3 × max(0, 0.5 - 2) + 0.25");
}

#[test]
fn a_broken_file_of_weights_is_refused() {
    let whole = file(0.0, usize::MAX);
    assert!(matches!(Network::parse(&[]), Err(Unreadable::File(_))));
    assert!(matches!(Network::parse(&whole[..40]), Err(Unreadable::File(_))));
    assert!(matches!(Network::parse(&file(0.0, 100)), Err(Unreadable::File(_))));
    assert!(matches!(Network::parse(&file(f32::NAN, usize::MAX)), Err(Unreadable::Shape(_))));
    let mut narrow = whole;
    let at = narrow.windows(4).position(|four| four == b"[1,2").expect("the second shape");
    narrow[at + 3] = b'3';
    assert!(matches!(Network::parse(&narrow), Err(Unreadable::Shape(_))));
    assert!(Network::shipped().is_some());
}

#[test]
fn a_requester_pays_surcharges_on_top_of_the_reward() {
    let mut request = picture(UserId(1), 1);
    let plain = image(|_| {});
    assert_eq!(image_debit(kudos("10.0"), false, &plain, &request), kudos("11.0"));
    assert_eq!(image_debit(kudos("10.0"), true, &plain, &request), kudos("1.0"));
    let upscaled = image(|image| image.post_processing = vec!["NMKD_Siax".into(), "GFPGAN".into()]);
    assert_eq!(image_debit(kudos("10.0"), false, &upscaled, &request), kudos("11.5"));
    request.slow_workers = false;
    assert_eq!(image_debit(kudos("10.0"), false, &plain, &request), kudos("13.2"));
}

#[test]
fn large_families_earn_more() {
    let plain = image(|_| {});
    let qr_code = image(|image| image.workflow = Some("qr_code".into()));
    assert_eq!(image_multiplier(Baseline::StableDiffusion1, &plain), 1);
    assert_eq!(image_multiplier(Baseline::StableDiffusionXl, &plain), 2);
    assert_eq!(image_multiplier(Baseline::StableDiffusionXl, &qr_code), 4);
    assert_eq!(image_multiplier(Baseline::Qwen, &plain), 12);
}

#[test]
fn a_large_model_earns_nineteen_for_twenty_tokens() {
    let mut request = text(UserId(1), 1);
    request.prompt = "Short.".into();
    let work = request.text().expect("a text").clone();
    let known = BridgeAgent::parse("KoboldCppEmbedWorker:1:u");
    let reward = |agent, model| text_reward(&reference(), model, &request, &work, 20, agent, false);
    assert_eq!(reward(known, "writer"), kudos("19.0"));
    assert_eq!(text_debit(kudos("19.0"), false), kudos("20.0"));
    let unknown = BridgeAgent::parse("mine:1:u");
    assert_eq!(reward(unknown, "writer"), kudos("5.7"), "other backends earn three tenths");
    assert_eq!(reward(known, "throng-fables"), LEAST, "even the smallest earn something");
}

#[test]
fn tokens_are_quarters_of_characters_within_bounds() {
    for (chars, longest, counted) in [(0, 80, 20), (80, 80, 20), (81, 80, 21), (4000, 80, 80)] {
        assert_eq!(tokens(&"x".repeat(chars), longest), counted, "{chars}");
    }
}

#[test]
fn presence_is_worth_what_is_offered() {
    assert_eq!(image_uptime(3, true), Kudos::whole(86));
    let agent = BridgeAgent::parse("TabbyAPI:1:u");
    let reference = reference();
    assert_eq!(text_uptime(&reference, Some("unknown"), 2048, agent), kudos("27.5"));
    assert_eq!(text_uptime(&reference, Some("writer"), 2048, agent), kudos("550.0"));
}

#[test]
fn a_dry_run_prices_all_results_at_once() {
    let mut request = picture(UserId(1), 2);
    let each = image_base(&image(|_| {})) + Kudos::whole(1);
    assert_eq!(quote(&reference(), &request), each.times(2) + Kudos::whole(1));
    request.models = vec!["large".into()];
    assert_eq!(quote(&reference(), &request), each.times(4) + Kudos::whole(1));
}
