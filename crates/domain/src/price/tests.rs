//! Prices against the figures that are written down for them.

use super::*;
use crate::id::UserId;
use crate::kit::{picture, reference, text};
use crate::request::Lora;

fn kudos(text: &str) -> Kudos {
    Kudos::parse(text).expect("an amount")
}

fn image(change: impl FnOnce(&mut ImageWork)) -> ImageWork {
    let mut image = picture(UserId(1), 1).image().expect("a picture").clone();
    change(&mut image);
    image
}

#[test]
fn the_base_price_follows_area_steps_and_extras() {
    let check = |expected, change: fn(&mut ImageWork)| {
        assert_eq!(image_base(&image(change)), kudos(expected), "{expected}");
    };
    check("6.5", |_| {});
    check("10.83", |image| image.steps = 50);
    check("36.04", |image| (image.width, image.height) = (1024, 1024));
    check("3.7", |image| (image.width, image.height) = (64, 64));
    check("7.8", |image| image.post_processing = vec!["GFPGAN".into()]);
    check("19.5", |image| image.control_type = Some("canny".into()));
    check("6.5", |image| {
        image.control_type = Some("canny".into());
        image.return_control_map = true;
    });
    check("13.5", |image| {
        let lora = || Lora { name: "x".into(), is_version: false };
        image.loras = vec![lora(), lora()];
        image.textual_inversions = 3;
    });
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
    assert_eq!(quote(&reference(), &request), kudos("16.0"), "2 × (6.5 + 1) + 1");
    request.models = vec!["large".into()];
    assert_eq!(quote(&reference(), &request), kudos("31.0"));
}
