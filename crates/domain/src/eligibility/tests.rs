//! Each gate by its reason: a plain worker and a plain request, and one thing changed. What bridges can by version is in
//! `tests/bridges.rs`.

mod bridges;
mod slow;

use uuid::Uuid;

use super::feature::demand;
use super::*;
use crate::desk::answer::{Ask, Skipped};
use crate::kit::{START, SeededIds, dreamer, open_desk, picture, register, scribe, settings, text};
use crate::offer::{Dreamer, Offer, Scribe};
use crate::request::{Lora, Source, SourceProcessing, Targeting};
use crate::standing::Roles;
use crate::{Desk, Event};

/// A desk on which ada asks and bob's worker pops.
struct Scene {
    desk: Desk,
    out: Vec<Event>,
    ids: SeededIds,
    ada: UserId,
    bob: UserId,
}

fn scene() -> Scene {
    let mut out = Vec::new();
    let mut desk = open_desk(&mut out);
    let ada = register(&mut desk, "ada", START, &mut out);
    let bob = register(&mut desk, "bob", START, &mut out);
    let mut ids = SeededIds::new(1);
    desk.grant(ada, crate::Kudos::whole(10_000), START, &mut ids, &mut out);
    Scene { desk, out, ids, ada, bob }
}

/// Pops once and tells whether work was given, or the one reason that was counted.
fn outcome(scene: &mut Scene, request: Request, offer: &Offer) -> Result<(), Vec<&'static str>> {
    let Scene { desk, out, ids, .. } = scene;
    let ask = Ask { request, allow_downgrade: false, id: None };
    desk.ask(&ask, START, ids, out).expect("admitted");
    let popped = desk.pop(offer, START, ids, out).expect("popped");
    if popped.assignment.is_some() {
        return Ok(());
    }
    let s = popped.skipped;
    let counts = [
        ("worker_id", s.worker_id),
        ("performance", s.performance),
        ("nsfw", s.nsfw),
        ("untrusted", s.untrusted),
        ("models", s.models),
        ("bridge_version", s.bridge_version),
        ("unsafe_ip", s.unsafe_ip),
        ("img2img", s.img2img),
        ("painting", s.painting),
        ("post-processing", s.post_processing),
        ("lora", s.lora),
        ("controlnet", s.controlnet),
        ("max_pixels", s.max_pixels),
        ("kudos", s.kudos),
        ("blacklist", s.blacklist),
        ("step_count", s.step_count),
        ("max_length", s.max_length),
        ("max_context_length", s.max_context_length),
        ("matching_softprompt", s.matching_softprompt),
    ];
    Err(counts.iter().filter(|(_, count)| *count > 0).map(|(name, _)| *name).collect())
}

fn check_image(
    expected: Result<(), &'static str>,
    request: impl FnOnce(&mut Request, &mut ImageWork),
    offer: impl FnOnce(&mut Offer, &mut Dreamer),
) {
    let mut scene = scene();
    let mut asked = picture(scene.ada, 1);
    let mut work = asked.image().expect("a picture").clone();
    request(&mut asked, &mut work);
    asked.work = Work::Image(work);
    let mut offered = dreamer(scene.bob, "rig");
    let mut ability = Dreamer { max_pixels: 1 << 20, ..Dreamer::default() };
    offer(&mut offered, &mut ability);
    offered.ability = Ability::Dreamer(ability);
    let found = outcome(&mut scene, asked, &offered);
    assert_eq!(found, expected.map_err(|reason| vec![reason]));
}

const REGEN_4: &str = "AI Horde Worker reGen:4:u";

fn source(processing: SourceProcessing) -> Source {
    Source { processing, image: "a".into(), mask: None }
}

fn img2img() -> Source {
    source(SourceProcessing::Img2img)
}

fn canny(image: &mut ImageWork) {
    image.control_type = Some("canny".into());
    image.steps = 20;
}

#[test]
fn pictures_pass_or_tell_the_gate_that_stopped_them() {
    check_image(Ok(()), |_, _| {}, |_, _| {});
    check_image(Err("nsfw"), |r, _| r.nsfw = true, |o, _| o.nsfw = false);
    check_image(Err("untrusted"), |r, _| r.trusted_workers = true, |_, _| {});
    check_image(Err("models"), |r, _| r.models = vec!["large".into()], |_, _| {});
    check_image(Ok(()), |r, _| r.models.clear(), |_, _| {});
    check_image(Err("max_pixels"), |_, i| i.width = 1024, |_, d| d.max_pixels = 512 * 512);
    check_image(Err("img2img"), |_, i| i.source = Some(img2img()), |_, d| d.allow_img2img = false);
    check_image(Ok(()), |_, i| i.source = Some(img2img()), |_, _| {});
    check_image(Err("performance"), |_, _| {}, |o, _| o.extra_slow = true);
    check_image(Ok(()), |r, _| r.extra_slow_workers = true, |o, _| o.extra_slow = true);
    check_image(Ok(()), |r, _| r.slow_workers = false, |_, _| {});
    check_image(Err("blacklist"), |_, _| {}, |o, _| o.blacklist = vec!["LIGHTHOUSE".into()]);
    check_image(Err("controlnet"), |_, i| canny(i), |_, _| {});
    check_image(Ok(()), |_, i| canny(i), |_, d| d.allow_controlnet = true);
    let lora = || vec![Lora { name: "x".into(), is_version: true }];
    check_image(Err("lora"), move |_, i| i.loras = lora(), |_, _| {});
    check_image(Ok(()), move |_, i| i.loras = lora(), |_, d| d.allow_lora = true);
    let upscaled = || vec!["GFPGAN".into()];
    check_image(
        Err("post-processing"),
        move |_, i| i.post_processing = upscaled(),
        |_, d| d.allow_post_processing = false,
    );
}

#[test]
fn known_bridges_are_given_only_what_their_version_can() {
    let agent = |o: &mut Offer, _: &mut Dreamer| o.bridge_agent = REGEN_4.into();
    check_image(Ok(()), |_, _| {}, agent);
    check_image(
        Err("bridge_version"),
        |_, i| i.transparent = true,
        |o, d| {
            agent(o, d);
            d.allow_sdxl_controlnet = true;
        },
    );
    check_image(Err("bridge_version"), |_, i| i.sampler = "uni_pc".into(), agent);
    check_image(Err("bridge_version"), |_, i| i.post_processing = vec!["RestoreFormer".into()], agent);
    // A bridge that nobody knows is given what it declares.
    let mine = |o: &mut Offer, _: &mut Dreamer| o.bridge_agent = "mine:0:u".into();
    check_image(Ok(()), |_, i| i.sampler = "uni_pc".into(), mine);
    check_image(Ok(()), |_, i| i.post_processing = vec!["RestoreFormer".into()], mine);
}

#[test]
fn steps_are_limited_by_the_models_that_may_be_used() {
    let minds = |_: &mut Offer, d: &mut Dreamer| d.limit_max_steps = true;
    let steps = |steps| move |_: &mut Request, i: &mut ImageWork| i.steps = steps;
    // Nothing is known of the plain model, which is taken to need 20 to 40.
    check_image(Ok(()), steps(30), minds);
    check_image(Err("step_count"), steps(31), minds);
    check_image(Ok(()), steps(31), |_, _| {});
    // A sampler that looks twice at each step.
    let twice = |count| {
        move |_: &mut Request, i: &mut ImageWork| {
            i.sampler = "k_heun".into();
            i.steps = count;
        }
    };
    check_image(Ok(()), twice(15), minds);
    check_image(Err("step_count"), twice(16), minds);
    // The quick model needs 4 to 9. It counts if the worker serves it and at most one model is named ...
    let serves_all = |o: &mut Offer, d: &mut Dreamer| {
        o.models = ["plain", "large", "quick"].map(Name::from).to_vec();
        d.limit_max_steps = true;
    };
    check_image(Ok(()), steps(6), serves_all);
    check_image(Err("step_count"), steps(7), serves_all);
    // ... or if it is one of several that are named.
    let names_also = |model: &'static str, steps| {
        move |r: &mut Request, i: &mut ImageWork| {
            r.models.push(model.into());
            i.steps = steps;
        }
    };
    check_image(Ok(()), names_also("quick", 6), serves_all);
    check_image(Err("step_count"), names_also("quick", 7), serves_all);
    check_image(Ok(()), names_also("large", 30), serves_all);
    check_image(Err("step_count"), names_also("large", 31), serves_all);
}

#[test]
fn painting_needs_a_painter_and_painters_only_paint() {
    let painter = |o: &mut Offer| o.models = vec!["painter".into()];
    let paints = |r: &mut Request, i: &mut ImageWork| {
        r.models.clear();
        i.source = Some(source(SourceProcessing::Inpainting));
    };
    check_image(Err("models"), |_, i| i.source = Some(source(SourceProcessing::Outpainting)), |_, _| {});
    check_image(Ok(()), paints, |o, _| painter(o));
    check_image(Err("painting"), paints, |o, d| {
        painter(o);
        d.allow_painting = false;
    });
    check_image(Err("models"), |r, _| r.models = vec!["painter".into()], |o, _| painter(o));
    check_image(Err("models"), |r, _| r.models.clear(), |o, _| painter(o));
}

#[test]
fn large_models_and_transparent_pictures_have_a_switch_of_their_own() {
    let code = |r: &mut Request, i: &mut ImageWork| {
        r.models = vec!["large".into()];
        i.workflow = Some("qr_code".into());
    };
    let large = |o: &mut Offer| o.models = vec!["large".into()];
    check_image(Err("controlnet"), code, |o, _| large(o));
    check_image(Ok(()), code, |o, d| {
        large(o);
        d.allow_sdxl_controlnet = true;
    });
    check_image(Ok(()), |_, i| i.workflow = Some("qr_code".into()), |_, _| {});
    check_image(Err("bridge_version"), |_, i| i.transparent = true, |_, _| {});
    check_image(Ok(()), |_, i| i.transparent = true, |_, d| d.allow_sdxl_controlnet = true);
}

#[test]
fn special_models_are_for_those_who_name_them() {
    let mut scene = scene();
    let any = Roles { customizer: true, ..Roles::default() };
    assert!(scene.desk.set_roles(scene.bob, any, &mut scene.out));
    let mut offer = dreamer(scene.bob, "rig");
    offer.models = vec!["plain".into(), "horde_special::x".into()];
    let unnamed = Request { models: Vec::new(), ..picture(scene.ada, 1) };
    assert_eq!(outcome(&mut scene, unnamed, &offer), Err(vec!["models"]));
    let named = Request { models: vec!["horde_special::x".into()], ..picture(scene.ada, 1) };
    assert_eq!(outcome(&mut scene, named, &offer), Ok(()));
}

#[test]
fn one_request_counts_once_for_each_reason() {
    let mut scene = scene();
    let mut asked = picture(scene.ada, 1);
    asked.models = vec!["large".into()];
    asked.nsfw = true;
    if let Work::Image(image) = &mut asked.work {
        image.source = Some(source(SourceProcessing::Inpainting));
        image.tiling = true;
        image.hires_fix = true;
    }
    let mut offer = dreamer(scene.bob, "rig");
    // Its bridge can neither paint, start from a picture, tile nor refine, and its owner wants no pictures to start from.
    offer.bridge_agent = "AI Horde Worker:2:u".into();
    offer.nsfw = false;
    if let Ability::Dreamer(dreamer) = &mut offer.ability {
        dreamer.allow_img2img = false;
    }
    let Scene { desk, out, ids, .. } = &mut scene;
    desk.ask(&Ask { request: asked, allow_downgrade: false, id: None }, START, ids, out).expect("admitted");
    let skipped = desk.pop(&offer, START, ids, out).expect("popped").skipped;
    let once = Skipped { nsfw: 1, models: 1, img2img: 1, bridge_version: 1, ..Skipped::default() };
    assert_eq!(skipped, once);
}

#[test]
fn texts_pass_or_tell_the_gate_that_stopped_them() {
    let check = |expected: Result<(), &'static str>, request: fn(&mut Request), offer: fn(&mut Offer, &mut Scribe)| {
        let mut scene = scene();
        let mut asked = text(scene.ada, 1);
        request(&mut asked);
        let mut offered = scribe(scene.bob, "quill");
        let mut ability = Scribe::default();
        offer(&mut offered, &mut ability);
        offered.ability = Ability::Scribe(ability);
        let found = outcome(&mut scene, asked, &offered);
        assert_eq!(found, expected.map_err(|reason| vec![reason]));
    };
    check(Ok(()), |_| {}, |_, _| {});
    check(Err("max_length"), |_| {}, |_, s| s.max_length = 79);
    check(Err("max_context_length"), |_| {}, |_, s| s.max_context_length = 1023);
    check(Err("performance"), |r| r.slow_workers = false, |_, _| {});
    check(Err("bridge_version"), |r| r.validated_backends = true, |o, _| o.bridge_agent = "mine:0:u".into());
    let wants = |r: &mut Request| {
        if let Work::Text(text) = &mut r.work {
            text.softprompt = Some("sonnet".into());
        }
    };
    check(Err("matching_softprompt"), wants, |_, _| {});
    check(Ok(()), wants, |_, s| s.softprompts = vec!["sonnet".into()]);
    check(Err("untrusted"), |r| r.trusted_workers = true, |_, _| {});
    check(Err("models"), |r| r.models = vec!["other".into()], |_, _| {});
    check(Ok(()), |r| r.models.clear(), |_, _| {});
    check(Ok(()), |_| {}, |o, _| o.extra_slow = true);
    // Scribes may say that they mind who cannot pay, and are not asked.
    check(Ok(()), |r| r.user = UserId::ANONYMOUS, |o, _| o.require_upfront_kudos = true);
}

#[test]
fn lists_of_workers_are_kept() {
    for (deny, given) in [(false, true), (true, false)] {
        let mut scene = scene();
        let offer = dreamer(scene.bob, "rig");
        let Scene { desk, out, ids, .. } = &mut scene;
        let rig = desk.pop(&offer, START, ids, out).expect("registered").worker;
        let mut request = picture(scene.ada, 1);
        request.targeting = Some(Targeting { deny, workers: vec![rig] });
        // The skip counts of the first pop may be two seconds old.
        let found = outcome(&mut scene, request, &offer);
        assert_eq!(found.is_ok(), given);
    }
    let targeting = Targeting { deny: false, workers: vec![WorkerId(Uuid::nil())] };
    assert!(!targeting.permits(WorkerId(Uuid::max())));
}

#[test]
fn only_trusted_owners_serve_strangers_from_unsafe_addresses() {
    let mut scene = scene();
    let mut request = picture(scene.ada, 1);
    request.safe_address = false;
    let offer = dreamer(scene.bob, "rig");
    assert_eq!(outcome(&mut scene, request.clone(), &offer), Err(vec!["untrusted"]));
    let trusted = Roles { trusted: true, ..Roles::default() };
    assert!(scene.desk.set_roles(scene.bob, trusted, &mut scene.out));
    assert_eq!(outcome(&mut scene, request.clone(), &offer), Ok(()));
    let mut careful = dreamer(scene.bob, "careful rig");
    careful.allow_unsafe_address = false;
    assert_eq!(outcome(&mut scene, request, &careful), Err(vec!["unsafe_ip"]));
}

#[test]
fn who_could_not_pay_is_passed_over_by_workers_that_mind() {
    let mut scene = scene();
    let mut offer = dreamer(scene.bob, "rig");
    offer.require_upfront_kudos = true;
    let poor = picture(UserId::ANONYMOUS, 20);
    assert_eq!(outcome(&mut scene, poor, &offer), Err(vec!["kudos"]));
    let rich = picture(scene.ada, 1);
    assert_eq!(outcome(&mut scene, rich, &offer), Ok(()));
}

#[test]
fn a_lease_lasts_as_long_as_the_work_may_take() {
    let reference = settings().models;
    let lease = |change: fn(&mut ImageWork), models: &[&str], extra_slow| {
        let mut image = picture(UserId(1), 1).image().expect("a picture").clone();
        change(&mut image);
        let models: Vec<Name> = models.iter().map(|name| Name::from(*name)).collect();
        image_lease_seconds(&image, &models, &reference, extra_slow)
    };
    let seconds = |change: fn(&mut ImageWork), extra_slow| lease(change, &[], extra_slow);
    let of_models = |change: fn(&mut ImageWork), models: &[&str]| lease(change, models, false);
    assert_eq!(seconds(|_| {}, false), 150);
    assert_eq!(seconds(|_| {}, true), 450);
    let large = |image: &mut ImageWork| (image.width, image.height) = (1024, 1024);
    assert_eq!(seconds(large, false), 270);
    let controlled = |image: &mut ImageWork| {
        (image.width, image.height) = (1024, 640);
        image.control_type = Some("canny".into());
    };
    assert_eq!(seconds(controlled, false), 360, "30 and 60 times 2.5, twice");
    let odd = |image: &mut ImageWork| (image.width, image.height) = (640, 576);
    assert_eq!(of_models(odd, &["flux"]), 343, "30 and 60 times 1.40625, three times: rounded once");
    assert_eq!(of_models(odd, &["plain", "flux"]), 343, "any of the models may be used");
    assert_eq!(of_models(odd, &["plain"]), 150);
    assert_eq!(demand(&picture(UserId(1), 1), false, true).extent.size, 512 * 512);
}
