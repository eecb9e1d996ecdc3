//! Collections: styles of one kind under a name, of which a request gets a random one.

use std::collections::BTreeSet;

use hyper::Method;
use serde_json::{Value, json};
use throng_domain::standing::Roles;
use throng_tests::house::House;
use throng_tests::wire::refused;

use super::styles::{made, maker, user};

const PATH: &str = "/api/v2/collections";

fn style(name: &str, prompt: &str) -> Value {
    json!({"name": name, "prompt": prompt, "models": ["throng-shapes"], "params": {"width": 64, "height": 64, "steps": 1}})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_is_made_found_changed_and_removed() {
    let house = House::new().await;
    let (ada, bob) = (maker(&house, "ada").await, house.user("bob").await);
    let oil = made(&house, Method::POST, "/api/v2/styles/image", &ada, style("oil", "{p} oil{np}")).await;
    let ink = made(&house, Method::POST, "/api/v2/styles/image", &ada, style("ink", "{p} ink{np}")).await;
    let fable = json!({"name": "fable", "prompt": "{p}", "models": ["throng-fables"]});
    let fable = made(&house, Method::POST, "/api/v2/styles/text", &ada, fable).await;

    let body = |name: &str, styles: Value| Some(json!({"name": name, "styles": styles}));
    // Anybody registered may gather anybody's styles, by name or by id.
    let id = made(&house, Method::POST, PATH, &bob, body("paints", json!(["ada#1::oil", ink])).expect("a body")).await;
    let path = format!("{PATH}/{id}");
    let expected = json!({"id": id, "name": "paints", "type": "image", "info": null, "public": true,
        "styles": [{"name": "oil", "id": oil}, {"name": "ink", "id": ink}], "use_count": 0});
    assert_eq!(ada.gets(&path).await, expected);
    for name in ["paints", "collection::paints", "bob%232::paints", "collection::bob%232::paints"] {
        assert_eq!(ada.gets(&format!("/api/v2/collection_by_name/{name}")).await, expected, "{name}");
    }
    let plain = ada.gets("/api/v2/collection_by_name/oil").await;
    assert_eq!((&plain["id"], &plain["styles"][0]["name"]), (&json!(oil), &json!("oil")), "plain styles are found too");
    for (query, count) in [("", 1), ("?type=image", 1), ("?type=text", 0), ("?page=2", 0), ("?sort=age", 1)] {
        assert_eq!(ada.gets(&format!("{PATH}{query}")).await.as_array().map(Vec::len), Some(count), "{query}");
    }

    refused(&house.call(Method::POST, PATH, "0000000000", body("x", json!(["oil"]))).await, 403, "StylesAnonForbidden");
    refused(
        &house.call(Method::POST, PATH, "no such key at all!!!", body("x", json!(["oil"]))).await,
        401,
        "InvalidAPIKey",
    );
    refused(&house.call(Method::POST, PATH, bob.key(), body("paints", json!(["oil"]))).await, 400, "BadRequest");
    refused(&house.call(Method::POST, PATH, bob.key(), body("shit", json!(["oil"]))).await, 400, "BadRequest");
    refused(&house.call(Method::POST, PATH, bob.key(), body("x", json!([]))).await, 400, "BadRequest");
    refused(&house.call(Method::POST, PATH, bob.key(), body("x", json!(["oil", fable]))).await, 400, "BadRequest");
    refused(&house.call(Method::POST, PATH, bob.key(), body("x", json!(["tar"]))).await, 404, "StyleNotFound");
    refused(&house.call(Method::GET, &format!("{PATH}?type=alchemy"), "", None).await, 400, "BadRequest");
    refused(&house.call(Method::GET, &format!("{PATH}?sort=size"), "", None).await, 400, "BadRequest");
    let nameless = house.call(Method::POST, PATH, bob.key(), Some(json!({"styles": ["oil"]}))).await;
    assert!(nameless.status == 400 && nameless.json["errors"].get("name").is_some(), "{}", nameless.json);

    refused(&house.call(Method::PATCH, &path, ada.key(), body("x", json!(["oil"]))).await, 403, "Forbidden");
    refused(&house.call(Method::PATCH, &path, bob.key(), body("x", json!(["fable"]))).await, 400, "BadRequest");
    made(
        &house,
        Method::PATCH,
        &path,
        &bob,
        json!({"name": "dry", "styles": ["ink"], "public": false, "info": "no oil"}),
    )
    .await;
    let changed = ada.gets(&path).await;
    assert_eq!(
        (&changed["name"], &changed["info"], &changed["styles"]),
        (&json!("dry"), &json!("no oil"), &json!([{"name": "ink", "id": ink}]))
    );
    assert_eq!(ada.gets(PATH).await, json!([]), "only public collections are listed");

    refused(&house.call(Method::DELETE, &path, ada.key(), None).await, 403, "Forbidden");
    refused(&house.call(Method::DELETE, &path, "0000000000", None).await, 403, "StylesAnonForbidden");
    let done = house.call(Method::DELETE, &path, bob.key(), None).await;
    assert_eq!((done.status.as_u16(), done.json), (200, json!({"message": "OK"})));
    refused(&house.call(Method::GET, &path, "", None).await, 404, "CollectionNotFound");
    refused(&house.call(Method::GET, "/api/v2/collection_by_name/dry", "", None).await, 404, "CollectionNotFound");
    assert_eq!(ada.gets(&format!("/api/v2/styles/image/{ink}")).await["name"], "ink", "the styles stay");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_gets_a_random_style_of_a_collection_and_tips_its_maker() {
    let house = House::new().await;
    let (ada, eve) = (maker(&house, "ada").await, maker(&house, "eve").await);
    let (bob, rig) = (user(&house, "bob", Roles::default()).await, house.dreamer("rig").await);
    made(&house, Method::POST, "/api/v2/styles/image", &ada, style("oil", "{p} oil{np}")).await;
    let ink = made(&house, Method::POST, "/api/v2/styles/image", &eve, style("ink", "{p} ink{np}")).await;
    let id = made(&house, Method::POST, PATH, &bob, json!({"name": "paints", "styles": ["oil", "ink"]})).await;
    let before = [ada.kudos().await, eve.kudos().await];
    let mut seen = BTreeSet::new();
    for asked in 0..20 {
        let style = if asked % 2 == 0 { "paints" } else { &id };
        bob.asks_for(json!({"prompt": "fox", "style": style})).await;
        let job = rig.pops().await.expect("a job");
        seen.insert(job["payload"]["prompt"].as_str().expect("a prompt").to_owned());
        rig.submits(&job).await;
    }
    assert_eq!(
        seen,
        BTreeSet::from(["fox ink".to_owned(), "fox oil".to_owned()]),
        "twenty draws miss one once in half a million"
    );
    assert_eq!(bob.gets(&format!("{PATH}/{id}")).await["use_count"], 20);
    let tips = [ada.kudos().await - before[0], eve.kudos().await - before[1]];
    assert_eq!(tips[0] + tips[1], 40.0);
    let used = bob.gets(&format!("/api/v2/styles/image/{ink}")).await["use_count"].as_f64().expect("a count");
    assert_eq!(tips[1], used * 2.0, "who made the style that was drawn is tipped");

    refused(&bob.tries_to_ask_for_text(json!({"prompt": "p", "style": "paints"})).await, 400, "BadRequest");
    for name in ["oil", "ink"] {
        let owner = if name == "oil" { &ada } else { &eve };
        let style = bob.gets(&format!("/api/v2/styles/image_by_name/{name}")).await;
        let path = format!("/api/v2/styles/image/{}", style["id"].as_str().expect("an id"));
        assert_eq!(house.call(Method::DELETE, &path, owner.key(), None).await.status, 200);
    }
    assert_eq!(bob.gets(&format!("{PATH}/{id}")).await["styles"], json!([]), "removed styles leave their collections");
    refused(&bob.tries_to_ask(json!({"prompt": "p", "style": id})).await, 404, "StyleNotFound");
}
