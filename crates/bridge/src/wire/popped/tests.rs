//! Answers as an AI Horde 5.1.5 really sent them, and a few that no server should send.

use serde_json::json;

use super::*;

/// The answer of an AI Horde to an image pop with work; addresses shortened.
const HORDE_IMAGE: &str = r#"{"payload": {"prompt": "a cat###dog", "ddim_steps": 30, "n_iter": 2, "seed": "42", "image_is_control": false,
"return_control_map": false, "sampler_name": "k_euler_a", "cfg_scale": 5.0, "height": 768, "width": 512, "karras": true, "tiling": false,
"hires_fix": false, "transparent": false}, "id": "4af1e085-1de9-423c-8ee1-6f2e3378ead1",
"ids": ["4af1e085-1de9-423c-8ee1-6f2e3378ead1", "4da69cce-c7be-4fbe-8214-8891732853be"],
"messages": [{"id": "09b8", "message": "hello", "origin": "AI Horde Moderators", "expiry": "Sun, 22 Nov 2026 15:41:08 -0000"}],
"ttl": 150, "skipped": {}, "model": "Fustercluck", "source_image": null, "source_processing": "img2img", "source_mask": null,
"extra_source_images": null, "r2_upload": "https://a/1", "r2_uploads": ["https://a/1", "https://a/2"]}"#;

fn image(change: impl FnOnce(&mut serde_json::Value)) -> Popped {
    let mut wire: serde_json::Value = serde_json::from_str(HORDE_IMAGE).unwrap();
    change(&mut wire);
    read_image_pop(wire.to_string().as_bytes()).unwrap().popped.unwrap()
}

#[test]
fn an_image_job_of_an_ai_horde_is_understood() {
    let pop = read_image_pop(HORDE_IMAGE.as_bytes()).unwrap();
    assert_eq!(pop.messages, ["hello"]);
    let popped = pop.popped.unwrap();
    assert_eq!(popped.leases[1].upload.as_deref(), Some("https://a/2"));
    assert_eq!(popped.lease_time, Some(Duration::from_secs(150)));
    let Ok(Work::Image(work)) = popped.work else { panic!("{:?}", popped.work) };
    assert_eq!((work.prompt.as_str(), work.negative_prompt.as_str()), ("a cat", "dog"));
    assert_eq!((work.width, work.height, work.steps, work.seed, work.count), (512, 768, 30, 42, 2));
}

#[test]
fn an_image_pop_without_work_tells_what_was_skipped() {
    let body = json!({"payload": {"ddim_steps": 30, "n_iter": 1}, "id": null, "ids": [], "ttl": null, "model": null,
        "r2_upload": null, "r2_uploads": null, "skipped": {"models": 3, "nsfw": 0}, "messages": []});
    let pop = read_image_pop(body.to_string().as_bytes()).unwrap();
    assert!(pop.popped.is_none());
    assert_eq!(pop.skipped["models"], 3);
}

#[test]
fn a_job_that_needs_what_was_not_offered_is_kept_to_be_faulted() {
    for (member, value) in [
        ("control_type", json!("canny")),
        ("loras", json!([{"name": "x"}])),
        ("post_processing", json!(["GFPGAN"])),
        ("tiling", json!(true)),
        ("transparent", json!(true)),
    ] {
        let popped = image(|wire| wire["payload"][member] = value);
        assert_eq!(popped.leases.len(), 2);
        assert!(popped.work.is_err(), "{member}");
    }
}

#[test]
fn a_second_pass_means_nothing_for_small_pictures_and_is_refused_for_large_ones() {
    assert!(image(|wire| wire["payload"]["hires_fix"] = json!(true)).work.is_ok());
    let large = image(|wire| {
        wire["payload"]["hires_fix"] = json!(true);
        wire["payload"]["width"] = json!(1024);
    });
    assert!(large.work.is_err());
}

#[test]
fn source_pictures_come_as_address_or_base64() {
    let from = |text: &str| match image(|wire| wire["source_image"] = json!(text)).work {
        Ok(Work::Image(work)) => Ok(work.source.unwrap()),
        Err(why) => Err(why),
        Ok(other) => panic!("{other:?}"),
    };
    assert_eq!(from("https://a/b.webp"), Ok(Source::Address("https://a/b.webp".into())));
    assert_eq!(from("AQID"), Ok(Source::Bytes(vec![1, 2, 3])));
    assert_eq!(from("data:image/png;base64,AQ\nI="), Ok(Source::Bytes(vec![1, 2])));
    assert!(from("no picture!").is_err());
}

#[test]
fn a_job_with_a_payload_that_makes_no_sense_is_kept_to_be_faulted() {
    let popped = image(|wire| wire["payload"]["height"] = json!("tall"));
    assert_eq!(popped.leases.len(), 2);
    assert!(popped.work.unwrap_err().contains("could not be read"));
    assert!(matches!(read_image_pop(b"<html>"), Err(HordeError::Unreadable(_))));
    assert!(matches!(read_text_pop(br#"{"payload": 3}"#), Err(HordeError::Unreadable(_))));
}

#[test]
fn a_text_job_of_an_ai_horde_is_understood() {
    let body = json!({"payload": {"prompt": "Once", "n": 1, "max_length": 80, "max_context_length": 1024, "min_p": 0,
        "smoothing_factor": 0, "dynatemp_range": 0, "dynatemp_exponent": 1, "stop_sequence": ["You:"], "temperature": 0.7,
        "sampler_order": [6, 0, 1, 3, 4, 2, 5]}, "id": "g", "ids": ["g"], "ttl": 150, "softprompt": null, "model": "m",
        "messages": [], "extra_source_images": null, "skipped": {}});
    let popped = read_text_pop(body.to_string().as_bytes()).unwrap().popped.unwrap();
    let Ok(Work::Text(work)) = popped.work else { panic!("{:?}", popped.work) };
    assert_eq!((work.prompt.as_str(), work.length_max, work.context_length_max), ("Once", 80, 1024));
    assert_eq!(work.temperature, Some(0.7));
    assert_eq!(work.sampler_order, Some(vec![6, 0, 1, 3, 4, 2, 5]));
}

#[test]
fn a_server_that_sends_one_id_and_one_upload_is_understood() {
    let popped = image(|wire| {
        wire["ids"] = json!(null);
        wire["r2_uploads"] = json!(null);
    });
    assert_eq!(
        popped.leases,
        [Lease { id: "4af1e085-1de9-423c-8ee1-6f2e3378ead1".into(), upload: Some("https://a/1".into()) }]
    );
}

#[test]
fn any_seed_means_one_fixed_seed_that_a_submit_can_carry() {
    assert_eq!(seed("42"), 42);
    assert_eq!(seed("a poem"), seed("a poem"));
    assert_ne!(seed("a poem"), seed("another"));
    for text in ["18446744073709551615", "-1", "", "99999999999999999999999"] {
        assert!(i64::try_from(seed(text)).is_ok(), "{text}");
    }
}
