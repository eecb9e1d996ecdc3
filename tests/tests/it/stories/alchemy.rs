//! The life of an alchemy request: a picture sent, its forms popped by whoever knows them, handed in, looked at; failed, cancelled,
//! refused.

use std::io::Cursor;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::Method;
use image::{DynamicImage, ImageFormat};
use serde_json::{Value, json};
use throng_tests::house::House;

/// Longer than the lease of a form.
const LEASE: Duration = Duration::from_secs(181);

fn written(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(width, height).write_to(&mut bytes, format).expect("written");
    bytes.into_inner()
}

/// A picture as a requester sends it.
pub(super) fn picture(width: u32, height: u32) -> String {
    STANDARD.encode(written(width, height, ImageFormat::Png))
}

/// The path and query of a link.
fn local(link: &Value) -> String {
    let link = link.as_str().unwrap_or_else(|| panic!("no link: {link}"));
    link[link.find("/images/").expect("a link to a picture")..].to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_becomes_a_caption_and_a_larger_picture() {
    let house = House::new().await;
    let (ada, still) = (house.user("ada").await, house.alchemist("still", &["caption", "GFPGAN"]).await);
    let id = ada.asks_for_forms(&picture(600, 300), &["caption", "GFPGAN"]).await;
    let status = ada.looks_at_forms(&id).await;
    let forms = json!([{"form": "caption", "state": "waiting"}, {"form": "GFPGAN", "state": "waiting"}]);
    assert_eq!(status, json!({"state": "waiting", "forms": forms}), "nothing but this, and no null");
    assert_eq!(ada.account().await["active_generations"]["alchemy"], json!([id]));

    let answer = still.tries_to_pop().await.json;
    assert_eq!(answer["skipped"], json!({}));
    let forms = answer["forms"].as_array().expect("forms").clone();
    let members = |form: &Value| {
        let mut names: Vec<String> = form.as_object().expect("an object").keys().cloned().collect();
        names.sort_unstable();
        names
    };
    assert_eq!(members(&forms[0]), ["form", "id", "source_image"], "a caption is not uploaded, and has no payload");
    assert_eq!(members(&forms[1]), ["form", "id", "r2_upload", "source_image"]);
    let source = house.call(Method::GET, &local(&forms[0]["source_image"]), "", None).await;
    assert_eq!((source.status.as_u16(), &source.body[8..12]), (200, &b"WEBP"[..]));

    assert_eq!(still.submits_form(&forms[0], json!({"caption": "a cat"})).await, 1.0);
    let status = ada.looks_at_forms(&id).await;
    assert_eq!(status["state"], "processing");
    assert_eq!(status["forms"][0], json!({"form": "caption", "state": "done", "result": {"caption": "a cat"}}));
    assert_eq!(status["forms"][1], json!({"form": "GFPGAN", "state": "processing"}));

    let webp = written(64, 64, ImageFormat::WebP);
    let put =
        hyper::Request::put(local(&forms[1]["r2_upload"])).body(axum::body::Body::from(webp.clone())).expect("a call");
    assert_eq!(house.send(put).await.status, 200);
    let reward = still.submits_form(&forms[1], json!({"GFPGAN": "R2"})).await;
    assert_eq!(reward, 6.0, "three for each of two tiles");
    let status = ada.looks_at_forms(&id).await;
    assert_eq!(status["state"], "done");
    let made = house.call(Method::GET, &local(&status["forms"][1]["result"]["GFPGAN"]), "", None).await;
    assert_eq!(made.body, webp);

    let records = &ada.account().await["records"];
    assert_eq!((&records["request"]["interrogation"], &records["request"]["image"]), (&json!(2), &json!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn alchemists_take_what_they_know_and_unknown_names_do_no_harm() {
    let house = House::new().await;
    let ada = house.user("ada").await;
    let id = ada.asks_for_forms(&picture(8, 8), &["nsfw", "caption", "caption"]).await;
    let newer = house.alchemist("newer", &["nsfw", "a form of tomorrow"]).await;
    let taken = newer.pops_forms().await;
    assert_eq!(taken.iter().map(|form| &form["form"]).collect::<Vec<_>>(), ["nsfw"]);
    assert_eq!(newer.tries_to_pop().await.json, json!({"forms": null, "skipped": {}}));
    assert_eq!(newer.submits_form(&taken[0], json!({"nsfw": false})).await, 1.0);
    // Who names no form is taken to know captions, and takes one unless it says more.
    let silent = house.alchemist("silent", &[]).await.saying("amount", json!(1));
    let first = silent.pops_forms().await;
    assert_eq!((first.len(), &first[0]["form"]), (1, &json!("caption")));
    assert_eq!(house.stranger().gets("/api/v2/workers/name/silent").await["forms"], json!(["caption"]));
    assert_eq!(silent.pops_forms().await.len(), 1);
    assert_eq!(ada.looks_at_forms(&id).await["state"], "processing");
    let performance = house.stranger().gets("/api/v2/status/performance").await;
    assert_eq!(
        (&performance["queued_forms"], &performance["interrogator_count"], &performance["interrogator_thread_count"]),
        (&json!(2.0), &json!(2), &json!(2))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alchemist_is_shown_as_one() {
    let house = House::new().await;
    let (ada, still) = (house.user("ada").await, house.alchemist("still", &["caption"]).await);
    ada.asks_for_forms(&picture(8, 8), &["caption"]).await;
    let form = still.pops_forms().await.remove(0);
    house.waits(Duration::from_millis(240)).await;
    still.submits_form(&form, json!({"caption": "a cat"})).await;
    let shown = ada.gets("/api/v2/workers/name/still").await;
    for (member, expected) in [
        ("type", json!("interrogation")),
        ("forms", json!(["caption"])),
        ("performance", json!("0.2 seconds per form")),
        ("kudos_details", json!({"generated": null, "uptime": null})),
        ("kudos_rewards", json!(1.0)),
        ("nsfw", json!(false)),
    ] {
        assert_eq!(shown[member], expected, "{member}");
    }
    assert!(shown.get("models").is_none());
    let listed = ada.gets("/api/v2/workers?type=interrogation").await;
    assert_eq!((listed.as_array().map(Vec::len), &listed[0]["name"]), (Some(1), &json!("still")));
    assert_eq!(ada.gets("/api/v2/workers?type=image").await, json!([]));
    let owner = house.call(Method::GET, "/api/v2/find_user", still.key(), None).await.json;
    assert_eq!((&owner["worker_count"], &owner["records"]["fulfillment"]["interrogation"]), (&json!(0), &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_fails_goes_to_another_and_is_given_up_in_the_end() {
    let house = House::new().await;
    let (ada, still) = (house.user("ada").await, house.alchemist("still", &["caption"]).await);
    let id = ada.asks_for_forms(&picture(8, 8), &["caption"]).await;
    let first = still.pops_forms().await.remove(0);
    house.waits(LEASE).await;
    let late = still.tries_to_submit_form(&first, json!({"caption": "a cat"}), "ok").await;
    assert_eq!((late.status.as_u16(), &late.json["rc"]), (400, &json!("DuplicateGen")), "{}", late.json);
    assert!(late.json["message"].as_str().is_some_and(|text| text.contains("Please check your worker speed")));
    for _ in 0..3 {
        let form = still.pops_forms().await.remove(0);
        assert_ne!(form["id"], first["id"], "every pop mints a new lease");
        let answer = still.tries_to_submit_form(&form, json!({}), "faulted").await;
        assert_eq!((answer.status.as_u16(), &answer.json), (200, &json!({"reward": 0.0})));
    }
    assert!(still.pops_forms().await.is_empty());
    let status = ada.looks_at_forms(&id).await;
    assert_eq!(status, json!({"state": "faulted", "forms": [{"form": "caption", "state": "faulted"}]}));
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_pays_for_what_was_begun() {
    let house = House::new().await;
    let (ada, still) = (house.user("ada").await, house.alchemist("still", &["caption"]).await);
    let id = ada.asks_for_forms(&picture(8, 8), &["caption", "palette"]).await;
    let form = still.pops_forms().await.remove(0);
    let path = format!("/api/v2/interrogate/status/{id}");
    let answer = house.call(Method::DELETE, &path, "", None).await;
    let forms = json!([{"form": "caption", "state": "cancelled"}, {"form": "palette", "state": "cancelled"}]);
    assert_eq!((answer.status.as_u16(), answer.json), (200, json!({"state": "partial", "forms": forms})));
    assert_eq!(ada.gets("/api/v2/workers/name/still").await["kudos_rewards"], 1.0);
    let late = still.tries_to_submit_form(&form, json!({"caption": "a cat"}), "ok").await;
    assert_eq!((late.status.as_u16(), &late.json["rc"]), (400, &json!("DuplicateGen")));
    house.waits(Duration::from_secs(25 * 60)).await;
    let gone = house.call(Method::GET, &path, "", None).await;
    assert_eq!((gone.status.as_u16(), &gone.json["rc"]), (404, &json!("RequestNotFound")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_for_is_refused() {
    let house = House::new().await;
    let ada = house.user("ada").await;
    let forms = json!([{"name": "caption"}]);
    for (body, status, code) in [
        (json!({"source_image": "no picture", "forms": forms}), 400, "ImageValidationFailed"),
        (json!({"source_image": "http://127.0.0.1/a.png", "forms": forms}), 400, "SourceImageUrlInvalid"),
        (json!({"source_image": picture(3073, 3072), "forms": forms}), 400, "SourceImageResolutionExceeded"),
        (json!({"source_image": picture(8, 8), "forms": forms, "webhook": "http://a.example/"}), 400, "BadRequest"),
        (json!({"source_image": "never read", "forms": vec![forms[0].clone(); 301]}), 429, "TooManyPrompts"),
        (json!({"source_image": "a\u{0}b", "forms": forms}), 400, "NulByteInPayload"),
    ] {
        let answer = ada.tries_to_ask_for_forms(body).await;
        assert_eq!((answer.status.as_u16(), &answer.json["rc"]), (status, &json!(code)), "{}", answer.json);
    }
    for (body, path) in [
        (json!({"forms": forms}), "source_image"),
        (json!({"source_image": "x", "forms": [{"name": "gold"}]}), "forms.0.name"),
        (json!({"source_image": "x", "forms": [{}]}), "forms.0.name"),
        (json!({"source_image": "x", "slow_workers": "yes"}), "slow_workers"),
    ] {
        let answer = ada.tries_to_ask_for_forms(body).await;
        assert_eq!(answer.status, 400);
        assert!(answer.json["errors"][path].is_string(), "{path}: {}", answer.json);
    }
    let nobody = house
        .call(Method::POST, "/api/v2/interrogate/async", "x".repeat(22).as_str(), Some(json!({"source_image": "x"})))
        .await;
    assert_eq!((nobody.status.as_u16(), &nobody.json["rc"]), (401, &json!("InvalidAPIKey")));
    let empty = ada.tries_to_ask_for_forms(json!({"source_image": picture(8, 8), "forms": []})).await;
    let id = empty.json["id"].as_str().expect("admitted all the same").to_owned();
    assert_eq!(ada.looks_at_forms(&id).await, json!({"state": "faulted", "forms": []}));
}

#[tokio::test(flavor = "multi_thread")]
async fn alchemists_are_refused_as_other_workers_are() {
    let house = House::new().await;
    let (ada, rig) = (house.user("ada").await, house.dreamer("rig").await);
    rig.pops().await;
    let still = house.alchemist("still", &["caption"]).await;
    let refused = |field: &'static str, value: Value| {
        let still = throng_tests::house::Worker::alchemist(&house, still.key(), "another", &["caption"]);
        async move { still.saying(field, value).tries_to_pop().await }
    };
    let conflict = refused("name", json!("rig")).await;
    assert_eq!((conflict.status.as_u16(), &conflict.json["rc"]), (400, &json!("PolymorphicNameConflict")));
    let nameless = refused("priority_usernames", json!(["ada"])).await;
    assert_eq!((nameless.status.as_u16(), &nameless.json["rc"]), (400, &json!("BadRequest")));
    let tiles = refused("max_tiles", json!(257)).await;
    assert!(tiles.json["errors"]["max_tiles"].is_string(), "{}", tiles.json);

    ada.asks_for_forms(&picture(8, 8), &["caption"]).await;
    let form = still.pops_forms().await.remove(0);
    let thief = house.alchemist("thief", &["caption"]).await;
    let stolen = thief.tries_to_submit_form(&form, json!({"caption": "mine"}), "ok").await;
    assert_eq!((stolen.status.as_u16(), &stolen.json["rc"]), (403, &json!("WrongCredentials")));
    let unknown = json!({"id": "00000000-0000-0000-0000-000000000000"});
    let unknown = still.tries_to_submit_form(&unknown, json!({}), "ok").await;
    assert_eq!((unknown.status.as_u16(), &unknown.json["rc"]), (404, &json!("InvalidJobID")));
    let no_result =
        house.call(Method::POST, "/api/v2/interrogate/submit", still.key(), Some(json!({"id": form["id"]}))).await;
    assert!(no_result.json["errors"]["result"].is_string(), "{}", no_result.json);
    assert_eq!(still.submits_form(&form, json!({"caption": "a\u{0}cat"})).await, 1.0);
    let again = still.submits_form(&form, json!({"caption": "a\u{0}cat"})).await;
    assert_eq!(again, 1.0, "the very same result once more is answered as before");
}
