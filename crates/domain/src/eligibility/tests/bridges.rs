//! What bridges can: each gate opens with the version that the table names, and not before. A bridge that nobody knows is given what it
//! declares.

use super::*;
use crate::request::ExtraSource;

const REGEN: &str = "AI Horde Worker reGen";
const OFFICIAL: &str = "AI Horde Worker";
const WEBUI: &str = "SD-WebUI Stable Horde Worker Bridge";
const AUTO: &str = "HordeAutoWebBridge";

type Asks = fn(&mut Request, &mut ImageWork);
type Offers = fn(&mut Offer, &mut Dreamer);

/// Checks what becomes of a picture when a worker with this bridge pops.
fn check_bridge(expected: Result<(), &'static str>, agent: &str, asks: Asks, offers: Offers) {
    check_image(expected, asks, |offer, ability| {
        offers(offer, ability);
        offer.bridge_agent = agent.into();
    });
}

/// Checks that what is asked for is given from a version on, and to bridges that nobody knows.
fn since(bridge: &str, version: u32, asks: Asks, offers: Offers) {
    check_bridge(Err("bridge_version"), &format!("{bridge}:{}:u", version - 1), asks, offers);
    check_bridge(Ok(()), &format!("{bridge}:{version}:u"), asks, offers);
    check_bridge(Ok(()), "mine:0:u", asks, offers);
}

fn as_it_is(_: &mut Offer, _: &mut Dreamer) {}

fn lora(image: &mut ImageWork, is_version: bool) {
    image.loras = vec![Lora { name: "1".into(), is_version }];
}

#[test]
fn regen_learns_version_by_version() {
    // It says of no sampler that its first version has it.
    since(REGEN, 2, |_, _| {}, as_it_is);
    since(REGEN, 3, |_, i| lora(i, true), |_, d| d.allow_lora = true);
    since(REGEN, 3, |_, i| i.sampler = "lcm".into(), as_it_is);
    let extra: Asks = |_, i| {
        i.source = Some(source(SourceProcessing::Remix));
        i.extra_sources = vec![ExtraSource { image: "b".into(), strength_hundredths: 100 }];
    };
    since(REGEN, 5, extra, as_it_is);
    let refined: Asks = |r, i| {
        r.models = vec!["cascade".into()];
        i.hires_fix = true;
    };
    since(REGEN, 6, refined, |o, _| o.models = vec!["cascade".into()]);
    since(REGEN, 7, |_, i| i.workflow = Some("qr_code".into()), as_it_is);
    since(REGEN, 8, |_, i| i.transparent = true, |_, d| d.allow_sdxl_controlnet = true);
    since(REGEN, 9, |_, _| {}, |o, _| o.models.push("flux".into()));
    since(REGEN, 13, |_, i| i.post_processing = vec!["RestoreFormer".into()], as_it_is);
    let known: [Asks; 6] = [
        |_, i| i.tiling = true,
        |_, i| i.hires_fix = true,
        |_, i| i.clip_skip = 2,
        |_, i| i.textual_inversions = 1,
        |_, i| i.source = Some(img2img()),
        |_, i| i.post_processing = vec!["GFPGAN".into(), "4x_AnimeSharp".into()],
    ];
    for asks in known {
        check_bridge(Ok(()), "AI Horde Worker reGen:2.0.1:u", asks, as_it_is);
    }
}

#[test]
fn the_first_official_bridge_learns_version_by_version() {
    since(OFFICIAL, 11, |_, _| {}, as_it_is);
    since(OFFICIAL, 12, |_, i| i.sampler = "k_dpmpp_sde".into(), as_it_is);
    since(OFFICIAL, 13, |_, i| i.hires_fix = true, as_it_is);
    since(OFFICIAL, 13, |_, i| i.clip_skip = 2, as_it_is);
    since(OFFICIAL, 18, |_, i| i.return_control_map = true, as_it_is);
    since(OFFICIAL, 18, |_, i| i.post_processing = vec!["strip_background".into()], as_it_is);
    since(OFFICIAL, 19, |_, i| i.post_processing = vec!["NMKD_Siax".into()], as_it_is);
    since(OFFICIAL, 21, |_, i| i.post_processing = vec!["RealESRGAN_x2plus".into()], as_it_is);
    since(OFFICIAL, 22, |_, i| lora(i, false), |_, d| d.allow_lora = true);
    // It knows ControlNets since 15, but only now tells a control map from a picture.
    since(OFFICIAL, 23, |_, i| canny(i), |_, d| d.allow_controlnet = true);
    since(OFFICIAL, 24, |_, i| i.textual_inversions = 1, as_it_is);
    check_bridge(Err("bridge_version"), "AI Horde Worker:99:u", |_, i| i.tiling = true, as_it_is);
}

#[test]
fn some_samplers_go_only_without_karras() {
    let ddim: Asks = |_, i| (i.sampler, i.karras) = ("DDIM".into(), false);
    let with_karras: Asks = |_, i| i.sampler = "DDIM".into();
    since(OFFICIAL, 17, ddim, as_it_is);
    check_bridge(Err("bridge_version"), "AI Horde Worker:17:u", with_karras, as_it_is);
    check_bridge(Ok(()), "AI Horde Worker reGen:2:u", with_karras, as_it_is);
    check_bridge(Ok(()), &format!("{WEBUI}:1:u"), ddim, as_it_is);
    check_bridge(Err("bridge_version"), &format!("{WEBUI}:1:u"), with_karras, as_it_is);
    check_bridge(Err("bridge_version"), "AI Horde Worker reGen:99:u", |_, i| i.sampler = "plms".into(), as_it_is);
}

#[test]
fn bridges_to_web_interfaces_can_less() {
    since(WEBUI, 1, |_, _| {}, as_it_is);
    since(WEBUI, 2, |_, i| i.tiling = true, as_it_is);
    since(WEBUI, 4, |_, i| i.clip_skip = 2, as_it_is);
    let two = &format!("{AUTO}:2:u");
    // It cannot upload, so it is given what travels in the answer.
    let inline: Asks = |_, i| (i.r2, i.sampler) = (false, "k_lms".into());
    check_bridge(Err("bridge_version"), two, |_, i| i.sampler = "k_lms".into(), as_it_is);
    check_bridge(Ok(()), two, inline, as_it_is);
}

#[test]
fn where_the_owner_says_no_the_bridge_is_not_blamed() {
    // Neither does the owner want these, nor can the bridge do them.
    let two = &format!("{AUTO}:2:u");
    let paints: Asks = |r, i| {
        r.models.clear();
        (i.r2, i.sampler) = (false, "k_lms".into());
        i.source = Some(source(SourceProcessing::Inpainting));
    };
    let painter: Offers = |o, d| {
        o.models = vec!["painter".into()];
        d.allow_painting = false;
    };
    check_bridge(Err("painting"), two, paints, painter);
    check_bridge(Err("bridge_version"), two, paints, |o, _| o.models = vec!["painter".into()]);
    let eleven = "AI Horde Worker:11:u";
    check_bridge(Err("lora"), eleven, |_, i| lora(i, true), as_it_is);
    check_bridge(Err("bridge_version"), eleven, |_, i| lora(i, true), |_, d| d.allow_lora = true);
    check_bridge(Err("controlnet"), eleven, |_, i| canny(i), as_it_is);
    check_bridge(Err("bridge_version"), eleven, |_, i| canny(i), |_, d| d.allow_controlnet = true);
    check_bridge(
        Err("img2img"),
        &format!("{WEBUI}:4:u"),
        |_, i| i.source = Some(img2img()),
        |_, d| d.allow_img2img = false,
    );
    check_bridge(Err("bridge_version"), &format!("{WEBUI}:4:u"), |_, i| i.source = Some(img2img()), as_it_is);
}
