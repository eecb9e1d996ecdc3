//! Kudos from user to user, once and only once; awards; statements.

use hyper::{Method, Request};
use serde_json::{Value, json};
use throng_domain::{Kudos, UserId};
use throng_tests::house::House;
use throng_tests::wire::{Answer, refused};

const TRANSFER: &str = "/api/v2/kudos/transfer";

async fn keyed(house: &House, method: Method, path: &str, key: &str, name: &str, body: &Value) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("apikey", key)
        .header("content-type", "application/json")
        .header("idempotency-key", name)
        .body(axum::body::Body::from(body.to_string()))
        .expect("a request");
    house.send(request).await
}

async fn grant(house: &House, user: i64, kudos: i64) {
    assert!(house.app().desk.grant(UserId(user), Kudos::whole(kudos)).await.expect("the desk works"));
}

#[tokio::test(flavor = "multi_thread")]
async fn kudos_go_from_friend_to_friend_by_name_or_number() {
    let house = House::new().await;
    let (ada, bob) = (house.user("ada").await, house.user("bob").await);
    grant(&house, 1, 1000).await;
    for (name, amount, sent) in [
        (json!("bob#2"), json!(5), 5.0),
        (json!("2"), json!("7"), 7.0),
        (json!(2), json!(3.9), 3.0),
        (json!("x#2"), Value::Null, 100.0),
    ] {
        let answer =
            house.call(Method::POST, TRANSFER, ada.key(), Some(json!({"username": name, "amount": amount}))).await;
        assert_eq!((answer.status.as_u16(), &answer.json), (200, &json!({"transferred": sent})), "{name}");
    }
    assert_eq!((ada.kudos().await, bob.kudos().await), (885.0, 115.0));
    let details = ada.account().await["kudos_details"].clone();
    assert_eq!(
        (&details["gifted"], &bob.account().await["kudos_details"]["received"]),
        (&json!(-115.0), &json!(115.0))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_is_refused_in_the_known_words() {
    let house = House::with(|config| {
        config.no_rate_limits = true;
        config.admins = vec!["ada#1".to_owned()];
    })
    .await;
    let (ada, bob, cleo) = (house.user("ada").await, house.user("bob").await, house.user("cleo").await);
    grant(&house, 1, 1000).await;
    grant(&house, 2, 1000).await;
    let give = async |key: &str, name: &str, amount: i64| {
        house.call(Method::POST, TRANSFER, key, Some(json!({"username": name, "amount": amount}))).await
    };
    refused(&give("0000000000", "bob#2", 1).await, 400, "KudosTransferFromAnon");
    refused(&give("nobody's key at all!!!", "bob#2", 1).await, 401, "InvalidAPIKey");
    refused(&give(ada.key(), "dan#99", 1).await, 400, "InvalidTargetUsername");
    refused(&give(ada.key(), "dan", 1).await, 400, "InvalidTargetUsername");
    refused(&give(ada.key(), "Anonymous#0", 1).await, 400, "KudosTransferToAnon");
    refused(&give(ada.key(), "ada#1", 1).await, 400, "KudosTransferToSelf");
    refused(&give(ada.key(), "bob#2", -1).await, 400, "NegativeKudosTransfer");
    refused(&give(ada.key(), "bob#2", 0).await, 400, "InvalidKudosTransferAmount");
    refused(&give(ada.key(), "bob#2", 987).await, 400, "KudosTransferNotEnough");
    assert_eq!(give(ada.key(), "bob#2", 986).await.status, 200, "all but the floor");
    refused(&give(bob.key(), "ada#1", 1).await, 400, "TooFastKudosTransfers");
    let set = async |id: u8, body: Value| {
        let answer = house.call(Method::PUT, &format!("/api/v2/users/{id}"), ada.key(), Some(body)).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
    };
    set(2, json!({"flagged": true})).await;
    refused(&give(bob.key(), "cleo#3", 1).await, 400, "SourceAccountFlagged");
    refused(&give(cleo.key(), "bob#2", 1).await, 400, "TargetAccountFlagged");
    set(2, json!({"flagged": false, "education": true})).await;
    refused(&give(bob.key(), "cleo#3", 1).await, 400, "EducationCannotSendKudos");
    assert_eq!(house.call(Method::DELETE, "/api/v2/users/3", cleo.key(), None).await.status, 200);
    refused(&give(ada.key(), "cleo#3", 1).await, 400, "DeletedUser");
    let missing = house.call(Method::POST, TRANSFER, ada.key(), Some(json!({"amount": 1}))).await;
    assert!(missing.status == 400 && missing.json["errors"]["username"].is_string(), "{}", missing.json);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_that_comes_twice_moves_once() {
    let house = House::new().await;
    let (ada, bob) = (house.user("ada").await, house.user("bob").await);
    grant(&house, 1, 1000).await;
    let gift = json!({"username": "bob#2", "amount": 40});
    let (first, second) = tokio::join!(
        keyed(&house, Method::POST, TRANSFER, ada.key(), "lunch", &gift),
        keyed(&house, Method::POST, TRANSFER, ada.key(), "lunch", &gift),
    );
    assert_eq!((first.status.as_u16(), &first.json), (200, &json!({"transferred": 40.0})));
    assert_eq!((second.status, second.body), (first.status, first.body));
    assert_eq!(second.headers["content-type"], "application/json; charset=utf-8");
    assert_eq!(bob.kudos().await, 40.0);
    let other = json!({"username": "bob#2", "amount": 41});
    refused(&keyed(&house, Method::POST, TRANSFER, ada.key(), "lunch", &other).await, 400, "IdempotencyKeyConflict");
    let next = keyed(&house, Method::POST, TRANSFER, ada.key(), "dinner", &gift).await;
    assert_eq!((next.status.as_u16(), bob.kudos().await), (200, 80.0));
    // Another user's key of the same name is another key.
    house.waits(std::time::Duration::from_secs(60)).await;
    let back =
        keyed(&house, Method::POST, TRANSFER, bob.key(), "lunch", &json!({"username": "ada#1", "amount": 2})).await;
    assert_eq!(back.json, json!({"transferred": 2.0}));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_before_a_crash_is_found_again() {
    let house = House::with(|config| {
        config.no_rate_limits = true;
        config.admins = vec!["ada#1".to_owned()];
    })
    .await;
    let (ada, bob) = (house.user("ada").await, house.user("bob").await);
    grant(&house, 1, 1000).await;
    let calls = [
        (Method::POST, TRANSFER, json!({"username": "bob#2", "amount": 40})),
        (Method::POST, "/api/v2/kudos/award", json!({"username": "bob#2", "amount": 30})),
        (Method::PUT, "/api/v2/users/2", json!({"kudos": 20, "monthly_kudos": 10})),
        (Method::PUT, "/api/v2/sharedkeys", json!({"kudos": 5, "name": "one"})),
        (Method::POST, "/api/v2/generate/async", json!({"prompt": "p", "models": ["throng-shapes"]})),
    ];
    for (at, (method, path, body)) in calls.iter().enumerate() {
        let name = format!("try {at}");
        let first = keyed(&house, method.clone(), path, ada.key(), &name, body).await;
        assert!(first.status.is_success(), "{path}: {}", first.json);
        let kudos = (ada.kudos().await, bob.kudos().await);
        // The server dies after the act and before its answer is remembered.
        sqlx::query("delete from idempotency").execute(&house.app().pool).await.expect("forgotten");
        let again = keyed(&house, method.clone(), path, ada.key(), &name, body).await;
        assert_eq!((again.status, &again.json), (first.status, &first.json), "{path}");
        assert_eq!((ada.kudos().await, bob.kudos().await), kudos, "{path}");
    }
    assert_eq!(bob.kudos().await, 100.0);
    assert_eq!(ada.account().await["sharedkey_ids"].as_array().map(Vec::len), Some(1));
    let images = ada.account().await["active_generations"]["image"].as_array().map(Vec::len);
    assert_eq!(images, Some(1));
    // The other call of the same name is found out even then.
    sqlx::query("delete from idempotency").execute(&house.app().pool).await.expect("forgotten");
    let other = json!({"username": "bob#2", "amount": 41});
    refused(&keyed(&house, Method::POST, TRANSFER, ada.key(), "try 0", &other).await, 400, "IdempotencyKeyConflict");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_may_be_tried_again_with_the_same_key_and_strangers_share_none() {
    let house = House::new().await;
    let (ada, bob) = (house.user("ada").await, house.user("bob").await);
    let gift = json!({"username": "bob#2", "amount": 40});
    refused(&keyed(&house, Method::POST, TRANSFER, ada.key(), "k", &gift).await, 400, "KudosTransferNotEnough");
    grant(&house, 1, 1000).await;
    assert_eq!(keyed(&house, Method::POST, TRANSFER, ada.key(), "k", &gift).await.status, 200);
    assert_eq!(bob.kudos().await, 40.0);
    let ask = json!({"prompt": "p", "models": ["throng-shapes"]});
    let path = "/api/v2/generate/async";
    let one = keyed(&house, Method::POST, path, "0000000000", "k", &ask).await;
    let two = keyed(&house, Method::POST, path, "0000000000", "k", &ask).await;
    assert!(one.status == 202 && two.status == 202 && one.json["id"] != two.json["id"]);
    let long = "k".repeat(256);
    refused(&keyed(&house, Method::POST, TRANSFER, ada.key(), &long, &gift).await, 400, "BadRequest");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_first_user_awards() {
    let house = House::new().await;
    let (ada, bob) = (house.user("ada").await, house.user("bob").await);
    let award = async |key: &str, name: &str, amount: i64| {
        house.call(Method::POST, "/api/v2/kudos/award", key, Some(json!({"username": name, "amount": amount}))).await
    };
    refused(&award(bob.key(), "ada#1", 5).await, 403, "NotAllowedAwards");
    refused(&award(ada.key(), "nobody", 5).await, 400, "InvalidAwardUsername");
    refused(&award(ada.key(), "Anonymous#0", 5).await, 400, "KudosAwardToAnon");
    refused(&award(ada.key(), "bob#2", -5).await, 400, "NegativeKudosTransfer");
    let answer = award(ada.key(), "bob#2", 50).await;
    assert_eq!((answer.status.as_u16(), answer.json), (200, json!({"awarded": 50.0})));
    assert_eq!(bob.account().await["kudos_details"]["awarded"], 50.0);
    assert_eq!((ada.kudos().await, bob.kudos().await), (0.0, 50.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_tells_where_kudos_came_from_and_went() {
    let house = House::new().await;
    let (ada, bob, rig) = (house.user("ada").await, house.user("bob").await, house.dreamer("rig").await);
    grant(&house, 1, 1000).await;
    let request = ada.asks_for_an_image().await;
    let job = rig.pops().await.expect("a job");
    rig.submits(&job).await;
    house.call(Method::POST, TRANSFER, ada.key(), Some(json!({"username": "bob#2", "amount": 9}))).await;
    let page = ada.gets("/api/v2/users/1/statement").await;
    let entries = page["entries"].as_array().expect("entries");
    let sum: f64 = entries.iter().filter_map(|entry| entry["kudos"].as_f64()).sum();
    assert!((sum - ada.kudos().await).abs() < 0.001 && page["kudos"] == json!(ada.kudos().await), "{page}");
    let of = |reason: &str| {
        entries.iter().find(|entry| entry["reason"] == reason).unwrap_or_else(|| panic!("{reason}: {page}"))
    };
    assert_eq!((of("gift")["with"].clone(), of("gift")["kudos"].clone()), (json!("bob#2"), json!(-9.0)));
    assert_eq!(of("generation")["request"], json!(request));
    assert!(of("generation").get("generation").is_none() && page.get("next").is_none());
    let owner = house.call(Method::GET, "/api/v2/users/3/statement", rig.key(), None).await.json;
    let earned = &owner["entries"][0];
    assert!(
        earned["generation"] == job["id"] && earned.get("request").is_none() && earned.get("with").is_none(),
        "{owner}"
    );
    let foreign = house.call(Method::GET, "/api/v2/users/1/statement", bob.key(), None).await;
    refused(&foreign, 403, "NotUserOrMod");
    refused(&house.call(Method::GET, "/api/v2/users/77/statement", bob.key(), None).await, 404, "UserNotFound");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_statement_is_read_page_by_page() {
    let house = House::new().await;
    let ada = house.user("ada").await;
    for _ in 0..230 {
        grant(&house, 1, 1).await;
    }
    let (mut seen, mut pages, mut path) =
        (std::collections::BTreeSet::new(), 0, "/api/v2/users/1/statement".to_owned());
    loop {
        let page = ada.gets(&path).await;
        pages += 1;
        seen.extend(page["entries"].as_array().expect("entries").iter().map(|entry| entry["id"].to_string()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v2/users/1/statement?before={next}");
    }
    assert_eq!((seen.len(), pages), (230, 3));
    let answer = house.call(Method::GET, "/api/v2/users/1/statement?before=x", ada.key(), None).await;
    assert_eq!(answer.status, 400);
}
