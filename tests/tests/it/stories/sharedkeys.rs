//! Shared keys: others ask at their owner's cost, within limits.

use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};
use throng_domain::standing::Roles;
use throng_domain::{Kudos, UserId};
use throng_tests::house::{House, Requester};
use throng_tests::wire::{Answer, refused};

use super::styles::{made, maker, user};

const KEYS: &str = "/api/v2/sharedkeys";

async fn shares(house: &House, owner: &Requester<'_>, body: Value) -> String {
    let answer = house.call(Method::PUT, KEYS, owner.key(), Some(body)).await;
    assert_eq!(answer.status, 200, "{}", answer.json);
    answer.json["id"].as_str().expect("an id").to_owned()
}

async fn asks(house: &House, key: &str, body: Value) -> Answer {
    let mut wish = json!({"prompt": "p", "models": ["throng-shapes"]});
    for (name, value) in body.as_object().expect("an object") {
        wish[name] = value.clone();
    }
    house.call(Method::POST, "/api/v2/generate/async", key, Some(wish)).await
}

async fn rich(house: &House) -> Requester<'_> {
    let ada = house.user("ada").await;
    assert!(house.app().desk.grant(UserId(1), Kudos::whole(10_000)).await.expect("the desk works"));
    ada
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_key_asks_and_its_owner_pays() {
    let house = House::new().await;
    let (ada, rig) = (rich(&house).await, house.dreamer("rig").await);
    let key = shares(&house, &ada, json!({"kudos": 200, "name": "for friends", "expiry": 3})).await;
    assert_eq!(key.len(), 36);
    let (before, shown) = (ada.kudos().await, ada.gets(&format!("{KEYS}/{key}")).await);
    assert_eq!(
        (&shown["username"], &shown["name"], &shown["kudos"]),
        (&json!("ada#1"), &json!("for friends"), &json!(200))
    );
    assert_eq!(
        (&shown["utilized"], &shown["max_image_pixels"], &shown["max_text_tokens"]),
        (&json!(0), &json!(-1), &json!(-1))
    );
    assert!(shown["expiry"].as_str().is_some_and(|date| date.ends_with(" -0000")), "{shown}");
    assert_eq!(ada.account().await["sharedkey_ids"], json!([key]));
    assert_eq!(asks(&house, &key, json!({})).await.status, 202);
    let job = rig.pops().await.expect("a job");
    rig.submits(&job).await;
    let paid = before - ada.kudos().await;
    let shown = house.call(Method::GET, &format!("{KEYS}/{key}"), "", None).await.json;
    assert!(paid > 4.0, "tax, reward and surcharge, not {paid}");
    assert_eq!(shown["utilized"].as_f64(), Some(paid.round()), "{shown}");
    assert_eq!(shown["kudos"].as_f64(), Some((200.0 - paid).round()), "{shown}");
    let found = house.call(Method::GET, "/api/v2/find_user", &key, None).await.json;
    assert_eq!(found["username"], "ada#1 (Shared Key: for friends)");
    assert!(found.get("sharedkey_ids").is_none() && found.get("message").is_none(), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_can_be_asked_for_with_a_shared_key_too() {
    let house = House::new().await;
    let (ada, pen) = (rich(&house).await, house.scribe("pen").await);
    let key = shares(&house, &ada, json!({"max_text_tokens": 40})).await;
    let ask = |length: u32| json!({"prompt": "p", "models": ["throng-fables"], "params": {"max_length": length}});
    let path = "/api/v2/generate/text/async";
    refused(&house.call(Method::POST, path, &key, Some(ask(41))).await, 400, "BadRequest");
    assert_eq!(house.call(Method::POST, path, &key, Some(ask(40))).await.status, 202);
    let before = ada.kudos().await;
    let job = pen.pops().await.expect("a job");
    pen.submits(&job).await;
    assert!(ada.kudos().await < before);
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_allowance_and_time_of_a_key_are_kept() {
    let house = House::new().await;
    let ada = rich(&house).await;
    let key = shares(&house, &ada, json!({"max_image_pixels": 262_144, "max_image_steps": 30})).await;
    refused(&asks(&house, &key, json!({"params": {"width": 576}})).await, 400, "BadRequest");
    refused(&asks(&house, &key, json!({"params": {"steps": 31}})).await, 400, "BadRequest");
    let empty = shares(&house, &ada, json!({"kudos": 0})).await;
    refused(&asks(&house, &empty, json!({})).await, 403, "SharedKeyEmpty");
    assert_eq!(asks(&house, &empty, json!({"allow_downgrade": true})).await.status, 202, "as nobody in particular");
    let small = shares(&house, &ada, json!({"kudos": 2, "expiry": 1})).await;
    refused(&asks(&house, &small, json!({})).await, 403, "SharedKeyInsufficientKudos");
    house.waits(Duration::from_secs(25 * 3600)).await;
    refused(&asks(&house, &small, json!({})).await, 403, "SharedKeyExpired");
    refused(&asks(&house, "00000000-0000-4000-8000-000000000000", json!({})).await, 401, "InvalidAPIKey");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_its_owner_changes_and_deletes_a_key() {
    let house = House::new().await;
    let (ada, bob) = (rich(&house).await, house.user("bob").await);
    let key = shares(&house, &ada, json!({})).await;
    let path = format!("{KEYS}/{key}");
    let patch = async |caller: &str, body: Value| house.call(Method::PATCH, &path, caller, Some(body)).await;
    refused(&patch(bob.key(), json!({"kudos": 1})).await, 403, "Forbidden");
    refused(&patch(ada.key(), json!({})).await, 400, "NoSharedKeyModSelected");
    let changed = patch(ada.key(), json!({"kudos": -1, "max_image_steps": "20"})).await;
    assert_eq!((&changed.json["kudos"], &changed.json["max_image_steps"]), (&json!(-1), &json!(20)));
    let invalid = patch(ada.key(), json!({"max_image_steps": 501})).await;
    assert!(invalid.status == 400 && invalid.json["errors"]["max_image_steps"].is_string());
    refused(&house.call(Method::PUT, KEYS, "0000000000", Some(json!({}))).await, 403, "AnonForbidden");
    for _ in 0..2 {
        shares(&house, &ada, json!({})).await;
    }
    refused(&house.call(Method::PUT, KEYS, ada.key(), Some(json!({}))).await, 403, "Forbidden");
    refused(&house.call(Method::DELETE, &path, bob.key(), None).await, 403, "Forbidden");
    assert_eq!(house.call(Method::DELETE, &path, ada.key(), None).await.json, json!({"message": "OK"}));
    refused(&house.call(Method::GET, &path, "", None).await, 401, "InvalidAPIKey");
    refused(&house.call(Method::GET, &format!("{KEYS}/nonsense"), "", None).await, 401, "InvalidAPIKey");
    refused(&asks(&house, &key, json!({})).await, 401, "InvalidAPIKey");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gift_to_a_key_reaches_its_owner_and_its_allowance() {
    let house = House::new().await;
    let (ada, bob) = (rich(&house).await, house.user("bob").await);
    assert!(house.app().desk.grant(UserId(2), Kudos::whole(100)).await.expect("the desk works"));
    let key = shares(&house, &ada, json!({"kudos": 10})).await;
    let gift = json!({"username": key, "amount": 30});
    let answer = house.call(Method::POST, "/api/v2/kudos/transfer", bob.key(), Some(gift)).await;
    assert_eq!(answer.json, json!({"transferred": 30.0}));
    assert_eq!((ada.kudos().await, ada.gets(&format!("{KEYS}/{key}")).await["kudos"].clone()), (10_030.0, json!(40)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_key_opens_nothing_but_asking() {
    let house = House::new().await;
    let (ada, _) = (rich(&house).await, house.user("bob").await);
    let key = shares(&house, &ada, json!({})).await;
    let pop = json!({"name": "rig", "models": ["throng-shapes"], "bridge_agent": "AI Horde Worker reGen:13:story"});
    refused(&house.call(Method::POST, "/api/v2/generate/pop", &key, Some(pop)).await, 401, "InvalidAPIKey");
    let gift = json!({"username": "bob#2", "amount": 5});
    refused(&house.call(Method::POST, "/api/v2/kudos/transfer", &key, Some(gift)).await, 401, "InvalidAPIKey");
    let edit = json!({"username": "Mallory"});
    refused(&house.call(Method::PUT, "/api/v2/users/1", &key, Some(edit)).await, 401, "InvalidAPIKey");
    refused(&house.call(Method::PUT, KEYS, &key, Some(json!({}))).await, 401, "InvalidAPIKey");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_a_style_pays_for_whoever_uses_the_style_and_opens_nothing_else() {
    let house = House::new().await;
    let (ada, bob) = (maker(&house, "ada").await, user(&house, "bob", Roles::default()).await);
    let rig = house.dreamer("rig").await;
    let key = shares(&house, &ada, json!({"kudos": 200, "max_image_steps": 1})).await;
    let foreign = shares(&house, &bob, json!({})).await;
    let styles = "/api/v2/styles/image";
    let style =
        |key: &str| json!({"name": "oil", "models": ["throng-shapes"], "params": {"steps": 8}, "sharedkey": key});
    refused(&house.call(Method::POST, styles, ada.key(), Some(style(&foreign))).await, 400, "BadRequest");
    let id = made(&house, Method::POST, styles, &ada, style(&key)).await;
    let shown = bob.gets(&format!("{styles}/{id}")).await["shared_key"].clone();
    assert_eq!((&shown["id"], &shown["username"], &shown["kudos"]), (&json!(key), &json!("ada#1"), &json!(200)));
    assert_eq!(shown, bob.gets(&format!("{KEYS}/{key}")).await);

    let wish = || json!({"prompt": "a fox", "style": "oil", "params": {"width": 64, "height": 64}});
    let (adas, bobs) = (ada.kudos().await, bob.kudos().await);
    bob.asks_for(wish()).await;
    let job = rig.pops().await.expect("more steps than the key is for, as the style says");
    rig.submits(&job).await;
    assert_eq!(bob.kudos().await, bobs);
    let paid = adas - ada.kudos().await;
    assert!(paid > 3.0, "tax, reward and surcharge, not {paid}");
    assert_eq!(bob.gets(&format!("{KEYS}/{key}")).await["utilized"].as_f64(), Some(paid.round()));
    refused(&asks(&house, &key, json!({})).await, 403, "SharedKeyAssignedStyles");

    let path = format!("{KEYS}/{key}");
    assert_eq!(house.call(Method::PATCH, &path, ada.key(), Some(json!({"kudos": 0}))).await.status, 200);
    let (adas, bobs) = (ada.kudos().await, bob.kudos().await);
    bob.asks_for(wish()).await;
    assert_eq!((bob.kudos().await, ada.kudos().await), (bobs - 3.0, adas + 2.0), "with nothing on the key, bob pays");
    assert_eq!(house.call(Method::DELETE, &path, ada.key(), None).await.status, 200);
    assert!(bob.gets(&format!("{styles}/{id}")).await.get("shared_key").is_none());
    bob.asks_for(wish()).await;
}
