//! Styles: who makes them, how they are found, what they do to a request, and what their makers get for it.

use hyper::Method;
use serde_json::{Value, json};
use throng_domain::standing::Roles;
use throng_domain::{Kudos, UserId};
use throng_tests::house::{House, Requester};
use throng_tests::wire::refused;

const IMAGE: &str = "/api/v2/styles/image";
const TEXT: &str = "/api/v2/styles/text";

/// A registered user of some wealth with roles.
pub(super) async fn user<'h>(house: &'h House, name: &str, roles: Roles) -> Requester<'h> {
    let user = house.user(name).await;
    let id = UserId(user.account().await["id"].as_i64().expect("a number"));
    assert!(house.app().desk.set_roles(id, roles).await.expect("the desk works"));
    assert!(house.app().desk.grant(id, Kudos::whole(1000)).await.expect("the desk works"));
    user
}

/// A user who may make styles.
pub(super) async fn maker<'h>(house: &'h House, name: &str) -> Requester<'h> {
    user(house, name, Roles { trusted: true, ..Roles::default() }).await
}

/// Sends a body that must be accepted, and returns the id in the answer.
pub(super) async fn made(house: &House, method: Method, path: &str, by: &Requester<'_>, body: Value) -> String {
    let answer = house.call(method, path, by.key(), Some(body)).await;
    assert_eq!((answer.status.as_u16(), &answer.json["message"]), (200, &json!("OK")), "{}", answer.json);
    assert_eq!(answer.json["warnings"], json!([]));
    answer.json["id"].as_str().expect("an id").to_owned()
}

fn oil() -> Value {
    json!({"name": "oil", "info": "paints everything in oil", "prompt": "{p} in oil{np}", "models": ["throng-shapes"],
        "tags": ["paint", "old"], "params": {"steps": 8, "cfg_scale": 3.5, "n": 9}})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_style_is_made_found_changed_and_removed() {
    let house = House::new().await;
    let (ada, bob) = (maker(&house, "ada").await, house.user("bob").await);
    let id = made(&house, Method::POST, IMAGE, &ada, oil()).await;
    let path = format!("{IMAGE}/{id}");
    let expected = json!({"id": id, "name": "oil", "info": "paints everything in oil", "prompt": "{p} in oil{np}",
        "models": ["throng-shapes"], "tags": ["paint", "old"], "params": {"steps": 8, "cfg_scale": 3.5}, "public": true, "nsfw": false,
        "use_count": 0, "creator": "ada#1", "examples": []});
    assert_eq!(bob.gets(&path).await, expected);
    for name in ["oil", "ada%231::oil", "style::oil", "style::ada%231::oil"] {
        assert_eq!(bob.gets(&format!("/api/v2/styles/image_by_name/{name}")).await, expected, "{name}");
    }
    assert_eq!(bob.gets(IMAGE).await, json!([expected]));
    let of_ada = json!([{"name": "oil", "id": id, "type": "image"}]);
    assert_eq!(bob.gets("/api/v2/users/1").await["styles"], of_ada);

    let change = json!({"name": "watercolour", "tags": ["wet"], "public": false, "params": {"width": 128}});
    made(&house, Method::PATCH, &path, &ada, change).await;
    let changed = bob.gets(&path).await;
    assert_eq!(
        (&changed["name"], &changed["tags"], &changed["params"]),
        (&json!("watercolour"), &json!(["wet"]), &json!({"width": 128}))
    );
    assert_eq!(changed["prompt"], "{p} in oil{np}", "what is not said stays");
    assert_eq!(bob.gets(IMAGE).await, json!([]), "only public styles are listed");
    assert_eq!(bob.gets("/api/v2/users/1").await["styles"], json!([]));
    assert_eq!(ada.account().await["styles"][0]["name"], "watercolour", "makers see all of theirs");

    refused(&house.call(Method::PATCH, &path, bob.key(), Some(json!({"name": "mine"}))).await, 403, "Forbidden");
    refused(&house.call(Method::DELETE, &path, bob.key(), None).await, 403, "Forbidden");
    refused(&house.call(Method::DELETE, &path, "0000000000", None).await, 403, "StylesAnonForbidden");
    let guard = user(&house, "guard", Roles { moderator: true, ..Roles::default() }).await;
    let done = house.call(Method::DELETE, &path, guard.key(), None).await;
    assert_eq!((done.status.as_u16(), done.json), (200, json!({"message": "OK"})));
    refused(&house.call(Method::GET, &path, "", None).await, 404, "Image styleNotFound");
    refused(&house.call(Method::GET, "/api/v2/styles/image_by_name/watercolour", "", None).await, 404, "StyleNotFound");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_some_may_make_styles_and_only_good_ones() {
    let house = House::new().await;
    let (ada, bob) = (maker(&house, "ada").await, house.user("bob").await);
    let artist = user(&house, "artist", Roles { customizer: true, ..Roles::default() }).await;
    let with = |name: &str, value: Value| {
        let mut body = oil();
        body[name] = value;
        Some(body)
    };
    refused(&house.call(Method::POST, IMAGE, "no such key at all!!!", Some(oil())).await, 401, "InvalidAPIKey");
    refused(&house.call(Method::POST, IMAGE, bob.key(), Some(oil())).await, 403, "StylesRequiresCustomizer");
    refused(&house.call(Method::POST, IMAGE, "0000000000", Some(oil())).await, 403, "StylesRequiresCustomizer");
    refused(&house.call(Method::POST, IMAGE, bob.key(), with("models", json!([]))).await, 400, "BadRequest");
    made(&house, Method::POST, IMAGE, &artist, oil()).await;
    made(&house, Method::POST, IMAGE, &ada, oil()).await;
    refused(&house.call(Method::POST, IMAGE, ada.key(), Some(oil())).await, 400, "BadRequest");
    let lora = json!({"name": "x", "is_version": true});
    for (body, rc) in [
        (with("models", json!(["a", "b", "c", "d", "e", "f"])), "BadRequest"),
        (with("tags", json!(vec!["a"; 11])), "BadRequest"),
        (with("prompt", json!("{p} in oil")), "BadRequest"),
        (with("sharedkey", json!("x".repeat(36))), "BadRequest"),
        (with("sharedkey", json!("00000000-0000-4000-8000-000000000000")), "BadRequest"),
        (with("info", json!("what a shitty style")), "BadRequest"),
        (with("tags", json!(["fuck"])), "BadRequest"),
        (with("params", json!({"loras": [lora]})), "BadLoraVersion"),
        (with("params", json!({"cfg_scale": 1.234})), "BadCFGDecimals"),
        (with("params", json!({"special": {}})), "BadRequest"),
        (with("models", json!(["GFPGAN"])), "UnexpectedModelName"),
    ] {
        let mut body = body.expect("a body");
        body["name"] = json!("another");
        refused(&house.call(Method::POST, IMAGE, ada.key(), Some(body)).await, 400, rc);
    }
    refused(&house.call(Method::POST, IMAGE, ada.key(), with("name", json!("sh1t oil"))).await, 400, "BadRequest");
    let shapeless = house.call(Method::POST, IMAGE, ada.key(), with("name", json!("x".repeat(101)))).await;
    assert!(shapeless.status == 400 && shapeless.json["errors"].get("name").is_some(), "{}", shapeless.json);
    // Two users may use one name; which is meant without an owner is the older one.
    let path = |name: &str| format!("/api/v2/styles/image_by_name/{name}");
    assert_eq!(ada.gets(&path("oil")).await["creator"], "artist#3");
    assert_eq!(ada.gets(&path("ada%231::oil")).await["creator"], "ada#1");
    let renamed = json!({"name": "oil"});
    let other = made(&house, Method::POST, IMAGE, &ada, with("name", json!("ink")).expect("a body")).await;
    refused(&house.call(Method::PATCH, &format!("{IMAGE}/{other}"), ada.key(), Some(renamed)).await, 400, "BadRequest");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_style_shapes_a_picture_and_its_maker_is_tipped_once() {
    let house = House::new().await;
    let (ada, bob) = (maker(&house, "ada").await, user(&house, "bob", Roles::default()).await);
    let rig = house.dreamer("rig").await;
    let id = made(&house, Method::POST, IMAGE, &ada, oil()).await;
    let body = |style: &str| {
        json!({"prompt": "a fox###a crow", "style": style, "models": ["no such model"],
            "params": {"n": 2, "width": 128, "height": 64, "steps": 30, "tiling": true}})
    };
    let (adas, bobs) = (ada.kudos().await, bob.kudos().await);

    bob.asks_for(body("oil")).await;
    assert_eq!(
        (bob.kudos().await, ada.kudos().await),
        (bobs - 3.0, adas + 2.0),
        "a picture costs 3 anyway; 2 of it are the tip"
    );
    let job = rig.pops().await.expect("a job");
    let payload = &job["payload"];
    assert_eq!((&job["model"], &payload["prompt"]), (&json!("throng-shapes"), &json!("a fox in oil###a crow")));
    assert_eq!((&payload["width"], &payload["height"], &payload["ddim_steps"]), (&json!(128), &json!(64), &json!(8)));
    assert_eq!(
        (&payload["cfg_scale"], &payload["tiling"]),
        (&json!(3.5), &json!(false)),
        "the style's parameters alone count"
    );
    rig.submits(&job).await;
    assert_eq!(ada.kudos().await, adas + 2.0, "results tip nobody");

    let before = (bob.kudos().await, ada.kudos().await);
    let mut priced = body(&id);
    priced["dry_run"] = json!(true);
    assert_eq!(bob.tries_to_ask(priced).await.status, 200);
    let mut greedy = body(&id);
    greedy["workers"] = json!(["00000000-0000-4000-8000-000000000000"]);
    refused(&bob.tries_to_ask(greedy).await, 404, "WorkerNotFound");
    refused(
        &house.call(Method::POST, "/api/v2/generate/async", "no such key at all!!!", Some(body(&id))).await,
        401,
        "InvalidAPIKey",
    );
    assert_eq!((bob.kudos().await, ada.kudos().await), before, "a price and a refusal move nothing");
    ada.asks_for(body(&id)).await;
    assert_eq!(ada.kudos().await, before.1 - 3.0, "one's own style earns nothing");

    assert_eq!(bob.gets(&format!("{IMAGE}/{id}")).await["use_count"], 2);
    let account = ada.account().await;
    assert_eq!((&account["kudos_details"]["styled"], &account["records"]["style"]["image"]), (&json!(2.0), &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_style_tells_the_tale_its_way() {
    let house = House::new().await;
    let (ada, bob) = (maker(&house, "ada").await, user(&house, "bob", Roles::default()).await);
    let pen = house.scribe("pen").await;
    let fable = json!({"name": "fable", "prompt": "A fable of {p}:", "models": ["throng-fables"], "params": {"temperature": 0.5, "max_length": 500}});
    let id = made(&house, Method::POST, TEXT, &ada, fable).await;
    let shown = bob.gets(&format!("{TEXT}/{id}")).await;
    assert_eq!((&shown["params"], shown.get("examples")), (&json!({"temperature": 0.5}), None));
    assert_eq!(bob.gets("/api/v2/styles/text_by_name/fable").await, shown);
    let plain = json!({"name": "plain", "models": ["throng-fables"]});
    let plain = made(&house, Method::POST, TEXT, &ada, plain).await;
    assert_eq!(bob.gets(&format!("{TEXT}/{plain}")).await["prompt"], "{p}");
    made(&house, Method::PATCH, &format!("{TEXT}/{plain}"), &ada, json!({"info": "as you say"})).await;

    let (adas, bobs) = (ada.kudos().await, bob.kudos().await);
    let body = |style: &str| json!({"prompt": "a fox", "style": style, "params": {"max_length": 20, "temperature": 2.0, "top_k": 7}});
    assert_eq!(bob.tries_to_ask_for_text(body("fable")).await.status, 202);
    assert_eq!((bob.kudos().await, ada.kudos().await), (bobs - 3.0, adas + 2.0));
    let job = pen.pops().await.expect("a job");
    let payload = &job["payload"];
    assert_eq!((&job["model"], &payload["prompt"]), (&json!("throng-fables"), &json!("A fable of a fox:")));
    assert_eq!(
        (&payload["temperature"], &payload["max_length"], payload.get("top_k")),
        (&json!(0.5), &json!(20), None)
    );
    assert_eq!(ada.tries_to_ask_for_text(body(&id)).await.status, 202);
    assert_eq!(ada.kudos().await, adas + 2.0 - 3.0, "one's own text style costs the adjustment, and earns nothing");
    assert_eq!(ada.account().await["records"]["style"]["text"], 1);

    refused(&bob.tries_to_ask(json!({"prompt": "p", "style": "fable"})).await, 400, "BadRequest");
    refused(&bob.tries_to_ask(json!({"prompt": "p", "style": id})).await, 400, "BadRequest");
    refused(&bob.tries_to_ask_for_text(json!({"prompt": "p", "style": "nothing"})).await, 404, "StyleNotFound");
    refused(&house.call(Method::GET, &format!("{IMAGE}/{id}"), "", None).await, 400, "BadRequest");
    refused(&house.call(Method::GET, "/api/v2/styles/image_by_name/fable", "", None).await, 400, "BadRequest");
    refused(&house.call(Method::GET, &format!("{TEXT}/nonsense"), "", None).await, 404, "Text styleNotFound");
    refused(&house.call(Method::GET, "/api/v2/styles/text_by_name/a%00b", "", None).await, 404, "StyleNotFound");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_sorted_searched_and_paged_by_rows() {
    let house = House::new().await;
    let ada = maker(&house, "ada").await;
    for (name, tag, model) in
        [("first", "old", "throng-shapes"), ("second", "new", "throng-shapes"), ("third", "new", "other")]
    {
        let body =
            json!({"name": name, "models": [model], "tags": [tag], "params": {"width": 64, "height": 64, "steps": 1}});
        made(&house, Method::POST, IMAGE, &ada, body).await;
        house.waits(std::time::Duration::from_secs(1)).await;
    }
    ada.asks_for(json!({"prompt": "p", "style": "second"})).await;
    let names = |list: Value| -> Vec<String> {
        let names =
            list.as_array().expect("a list").iter().map(|style| style["name"].as_str().expect("a name").to_owned());
        names.collect()
    };
    for (query, expected) in [
        ("", vec!["second", "first", "third"]),
        ("?sort=age", vec!["first", "second", "third"]),
        ("?sort=age&page=2", vec!["second", "third"]),
        ("?page=4", vec![]),
        ("?tag=new", vec!["second", "third"]),
        ("?model=other", vec!["third"]),
        ("?tag=old&model=other", vec![]),
        ("?tag=a%00b", vec![]),
    ] {
        assert_eq!(names(ada.gets(&format!("{IMAGE}{query}")).await), expected, "{query}");
    }
    assert_eq!(ada.gets(TEXT).await, json!([]));
    refused(&house.call(Method::GET, &format!("{IMAGE}?sort=size"), "", None).await, 400, "BadRequest");
    assert_eq!(house.call(Method::GET, &format!("{IMAGE}?page=two"), "", None).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_style_shows_four_examples_of_which_one_is_primary() {
    let house = House::new().await;
    let (ada, bob) = (maker(&house, "ada").await, house.user("bob").await);
    let style = made(&house, Method::POST, IMAGE, &ada, oil()).await;
    let path = format!("{IMAGE}/{style}/example");
    let picture =
        |name: &str, primary: bool| json!({"url": format!("https://pictures.example/{name}.webp"), "primary": primary});
    let first = made(&house, Method::POST, &path, &ada, picture("one", false)).await;
    let shown = async || {
        let style = ada.gets(&format!("{IMAGE}/{style}")).await;
        let examples = style["examples"].as_array().expect("examples").clone();
        examples
            .iter()
            .map(|one| (one["id"].as_str().expect("an id").to_owned(), one["primary"] == true))
            .collect::<Vec<_>>()
    };
    assert_eq!(shown().await, [(first.clone(), true)], "the first one is the primary one in any case");
    house.waits(std::time::Duration::from_secs(1)).await;
    let second = made(&house, Method::POST, &path, &ada, picture("two", true)).await;
    assert_eq!(shown().await, [(first.clone(), false), (second.clone(), true)]);
    made(&house, Method::PATCH, &format!("{path}/{first}"), &ada, json!({"primary": true})).await;
    assert_eq!(shown().await, [(first.clone(), true), (second.clone(), false)]);

    refused(&house.call(Method::POST, &path, ada.key(), Some(picture("two", false))).await, 400, "BadRequest");
    refused(
        &house.call(Method::PATCH, &format!("{path}/{first}"), ada.key(), Some(picture("two", false))).await,
        400,
        "BadRequest",
    );
    let open = json!({"url": "http://pictures.example/three.webp", "primary": false});
    refused(&house.call(Method::POST, &path, ada.key(), Some(open)).await, 400, "BadRequest");
    refused(&house.call(Method::POST, &path, bob.key(), Some(picture("three", false))).await, 403, "Forbidden");
    let lacking = house.call(Method::POST, &path, ada.key(), Some(json!({"url": "https://x"}))).await;
    assert!(lacking.status == 400 && lacking.json["errors"].get("primary").is_some(), "{}", lacking.json);
    house.waits(std::time::Duration::from_secs(1)).await;
    for name in ["three", "four"] {
        made(&house, Method::POST, &path, &ada, picture(name, false)).await;
    }
    refused(&house.call(Method::POST, &path, ada.key(), Some(picture("five", false))).await, 403, "Forbidden");
    refused(
        &house.call(Method::DELETE, &format!("{path}/{style}"), ada.key(), None).await,
        404,
        "Style exampleNotFound",
    );
    let done = house.call(Method::DELETE, &format!("{path}/{first}"), ada.key(), None).await;
    assert_eq!((done.status.as_u16(), done.json), (200, json!({"message": "OK"})));
    assert_eq!(shown().await.first(), Some(&(second, true)), "the oldest one steps in");
}
