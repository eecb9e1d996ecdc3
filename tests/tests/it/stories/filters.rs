//! Moderators keep prompts clean.

use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};
use throng_domain::standing::Roles;
use throng_tests::house::House;
use throng_tests::wire::refused;

async fn adds(house: &House, key: &str, filter_type: u8, regex: &str, replacement: &str) -> Value {
    let body = json!({"regex": regex, "filter_type": filter_type, "replacement": replacement});
    let answer = house.call(Method::PUT, "/api/v2/filters", key, Some(body)).await;
    assert_eq!(answer.status, 200, "{}", answer.json);
    answer.json
}

async fn tells(house: &House, key: &str, prompt: &str) -> Value {
    let answer = house.call(Method::POST, "/api/v2/filters", key, Some(json!({"prompt": prompt}))).await;
    assert_eq!(answer.status, 200, "{}", answer.json);
    answer.json
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_are_kept_by_moderators_alone() {
    let house = House::new().await;
    let (ada, mod_key) = (house.user("ada").await, house.moderator("mo").await);
    let body = || Some(json!({"regex": "pixie", "filter_type": 10}));
    refused(&house.call(Method::PUT, "/api/v2/filters", ada.key(), body()).await, 403, "NotModerator");
    refused(&house.call(Method::GET, "/api/v2/filters", "nobody's key at all!!!", None).await, 401, "InvalidAPIKey");
    let keyless = house.call(Method::GET, "/api/v2/filters", "", None).await;
    assert!(keyless.json["errors"]["apikey"].is_string(), "{}", keyless.json);
    let key = mod_key.key();
    let added = adds(&house, key, 10, "pixie", "giant").await;
    assert_eq!((&added["filter_type"], &added["description"]), (&json!(10), &Value::Null), "{added}");
    assert!(added["user"].as_str().is_some_and(|user| user.starts_with("mo#")), "{added}");
    assert_eq!(adds(&house, key, 10, "pixie", "other").await["id"], added["id"], "the same filter is not added twice");
    adds(&house, key, 20, "glow", "").await;

    let id = added["id"].as_str().expect("an id");
    let path = format!("/api/v2/filters/{id}");
    assert!(mod_key.gets(&path).await.get("description").is_none(), "looking leaves out what is absent");
    refused(&house.call(Method::GET, &path, ada.key(), None).await, 403, "NotModerator");
    refused(&house.call(Method::GET, "/api/v2/filters/nonsense", key, None).await, 404, "FilterNotFound");
    refused(&house.call(Method::PATCH, &path, key, Some(json!({}))).await, 400, "NoFilterModSelected");
    let patched = house.call(Method::PATCH, &path, key, Some(json!({"description": "small folk"}))).await;
    assert_eq!(patched.json["description"], "small folk");
    assert_eq!(mod_key.gets("/api/v2/filters?filter_type=20").await.as_array().map(Vec::len), Some(1));
    assert_eq!(mod_key.gets("/api/v2/filters?contains=PIX").await[0]["id"], added["id"]);
    let joined = mod_key.gets("/api/v2/filters/regex?filter_type=10").await;
    assert_eq!(joined, json!([{"filter_type": 10, "regex": "(?:pixie)"}]));

    for regex in ["(", "a(?=b)", ".*"] {
        let body = Some(json!({"regex": regex, "filter_type": 11}));
        refused(&house.call(Method::PUT, "/api/v2/filters", key, body).await, 400, "BadRequest");
    }
    let body = Some(json!({"regex": "x", "filter_type": 30}));
    assert!(house.call(Method::PUT, "/api/v2/filters", key, body).await.json["errors"]["filter_type"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn suspicious_prompts_are_rewritten_or_refused_until_the_last_filter_goes() {
    let house = House::new().await;
    let (ada, mo, rig) = (house.user("ada").await, house.moderator("mo").await, house.dreamer("rig").await);
    adds(&house, mo.key(), 10, r"\bpixie\b", "giant").await;
    let second = adds(&house, mo.key(), 20, "glow", "").await;
    let told = tells(&house, mo.key(), "a glowing p i x i e").await;
    assert_eq!(told, json!({"suspicion": "2", "matches": ["pixie", "glow"]}));
    assert_eq!(tells(&house, mo.key(), "a pixie").await["suspicion"], "1");

    let body = |replace: bool| {
        json!({"prompt": "a glowing (pixie:1.2), 4k ### blurry", "replacement_filter": replace,
                                      "models": ["throng-shapes"], "params": {"width": 64, "height": 64}})
    };
    for _ in 0..2 {
        refused(&mo.tries_to_ask(body(false)).await, 400, "CorruptPrompt");
    }
    // Moderators try what others may not say; others have to wait.
    refused(&ada.tries_to_ask(body(false)).await, 400, "CorruptPrompt");
    refused(&ada.tries_to_ask(body(true)).await, 403, "TimeoutIP");
    assert_eq!(mo.gets("/api/v2/users/1").await["suspicious"], 1);
    house.waits(Duration::from_secs(180)).await;
    let mut priced = body(false);
    priced["dry_run"] = json!(true);
    refused(&ada.tries_to_ask(priced).await, 400, "CorruptPrompt");
    house.waits(Duration::from_secs(540)).await;
    ada.asks_for(body(true)).await;
    let job = rig.pops().await.expect("a job");
    let unwanted = "child, infant, underage, immature, teenager, tween";
    assert_eq!(job["payload"]["prompt"], format!("a glowing giant 4k###{unwanted}, blurry"));

    let path = format!("/api/v2/filters/{}", second["id"].as_str().expect("an id"));
    let gone = house.call(Method::DELETE, &path, mo.key(), None).await;
    assert_eq!((gone.status.as_u16(), &gone.json["message"]), (200, &json!("OK")));
    ada.asks_for(body(false)).await;
    let job = rig.pops().await.expect("a job");
    assert_eq!(job["payload"]["prompt"], "a glowing (pixie:1.2), 4k ### blurry", "nothing is filtered any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_style_says_is_searched_with_what_is_asked_for() {
    let house = House::new().await;
    let (ada, mo, rig) = (house.user("ada").await, house.moderator("mo").await, house.dreamer("rig").await);
    adds(&house, mo.key(), 10, r"\bpixie\b", "giant").await;
    adds(&house, mo.key(), 20, "glow", "").await;
    let style = json!({"name": "lamp", "prompt": "a glowing {p}{np}", "models": ["throng-shapes"],
        "params": {"width": 64, "height": 64, "steps": 1}});
    assert_eq!(house.call(Method::POST, "/api/v2/styles/image", mo.key(), Some(style)).await.status, 200);
    let body = |replace: bool| json!({"prompt": "pixie ### blurry", "style": "lamp", "replacement_filter": replace});
    ada.asks_for(body(true)).await;
    let prompt = rig.pops().await.expect("a job")["payload"]["prompt"].clone();
    assert_eq!(prompt, "a glowing giant###child, infant, underage, immature, teenager, tween, blurry");
    refused(&ada.tries_to_ask(body(false)).await, 400, "CorruptPrompt");
}

#[tokio::test(flavor = "multi_thread")]
async fn flagged_users_are_always_rewritten() {
    let house = House::new().await;
    let (eve, rig, pen) = (house.user("eve").await, house.dreamer("rig").await, house.scribe("pen").await);
    house.gives_roles(&eve, Roles { flagged: true, ..Roles::default() }).await;
    eve.asks_for(
        json!({"prompt": "a girl, running", "models": ["throng-shapes"], "params": {"width": 64, "height": 64}}),
    )
    .await;
    let prompt = rig.pops().await.expect("a job")["payload"]["prompt"].clone();
    assert!(prompt.as_str().is_some_and(|prompt| prompt.starts_with("a adult woman running###child")), "{prompt}");
    eve.asks_for_a_text().await;
    let prompt = pen.pops().await.expect("a job")["payload"]["prompt"].clone();
    assert!(prompt.as_str().is_some_and(|prompt| prompt.starts_with("Once upon a time###")), "{prompt}");
    refused(&eve.tries_to_ask(json!({"prompt": "?!"})).await, 400, "CorruptPrompt");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mask_leaves_only_the_members_named() {
    let house = House::new().await;
    let mo = house.moderator("mo").await;
    adds(&house, mo.key(), 10, "pixie", "giant").await;
    let call = hyper::Request::get("/api/v2/filters")
        .header("apikey", mo.key())
        .header("x-fields", "{regex}")
        .body(axum::body::Body::empty())
        .expect("a request");
    assert_eq!(house.send(call).await.json, json!([{"regex": "pixie"}]));
}
