//! Users change themselves, moderators and administrators change them, and users leave.

use std::time::Duration;

use hyper::{Method, Request};
use serde_json::{Value, json};
use throng_tests::house::House;
use throng_tests::wire::{Answer, refused};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A house that knows ada#1 as its administrator.
async fn administered() -> House {
    House::with(|config| {
        config.no_rate_limits = true;
        config.admins = vec!["ada#1".to_owned()];
    })
    .await
}

async fn edits(house: &House, key: &str, id: &str, body: Value) -> Answer {
    house.call(Method::PUT, &format!("/api/v2/users/{id}"), key, Some(body)).await
}

fn agreed(answer: &Answer, told: Value) {
    assert_eq!((answer.status.as_u16(), &answer.json), (200, &told));
}

#[tokio::test(flavor = "multi_thread")]
async fn users_change_what_is_theirs_and_nothing_else() {
    let house = administered().await;
    let (ada, bob) = (house.user("ada").await, house.user("bob").await);
    agreed(&edits(&house, bob.key(), "2", json!({"username": "Robert"})).await, json!({"username": "Robert#2"}));
    let both = json!({"contact": "bob@example.org", "public_workers": true});
    agreed(&edits(&house, bob.key(), "2", both.clone()).await, both);
    assert_eq!(bob.account().await["contact"], "bob@example.org");
    assert!(ada.gets("/api/v2/users/2").await.get("contact").is_some(), "an administrator sees it");
    let public = house.call(Method::GET, "/api/v2/users/2", "", None).await.json;
    assert!(public.get("contact").is_none() && public["username"] == "Robert#2" && public["worker_ids"] == json!([]));
    for (key, id, body, status, rc) in [
        (bob.key(), "99", json!({"username": "Rob"}), 404, "UserNotFound"),
        (bob.key(), "two", json!({"username": "Rob"}), 404, "UserNotFound"),
        ("no such key of anybody", "2", json!({"username": "Rob"}), 401, "InvalidAPIKey"),
        ("0000000000", "0", json!({"username": "Rob"}), 403, "AnonForbiddenUserMod"),
        (bob.key(), "1", json!({"username": "Rob"}), 403, "NotModerator"),
        (bob.key(), "2", json!({"username": "R".repeat(31)}), 400, "TooLongUserName"),
        (bob.key(), "2", json!({"username": "Sh1t Bob"}), 400, "ProfaneUserName"),
        (bob.key(), "1", json!({"username": "Sh1t Ada"}), 403, "NotModerator"),
        (bob.key(), "2", json!({"contact": "fuck@example.org"}), 400, "ProfaneUserContact"),
        (bob.key(), "2", json!({"kudos": 5}), 403, "NotAdmin"),
        (bob.key(), "2", json!({"moderator": true}), 403, "NotAdmin"),
        (bob.key(), "2", json!({"trusted": true}), 403, "NotModerator"),
        (bob.key(), "2", json!({"concurrency": 500}), 403, "NotModerator"),
        (bob.key(), "2", json!({"generate_proxy_passkey": true}), 403, "NonServiceForbidden"),
        (bob.key(), "2", json!({"undelete": true}), 400, "UserNotDeleted"),
        (bob.key(), "2", json!({"filtered": true}), 400, "NoUserModSelected"),
        (bob.key(), "2", json!({}), 400, "NoUserModSelected"),
    ] {
        refused(&edits(&house, key, id, body).await, status, rc);
    }
    for body in
        [json!({"username": "Ro"}), json!({"usage_multiplier": 11}), json!({"kudos": "5"}), json!({"contact": null})]
    {
        let answer = edits(&house, bob.key(), "2", body.clone()).await;
        assert!(answer.status == 400 && answer.json["errors"].is_object(), "{body}: {}", answer.json);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_registers_under_a_foul_name() {
    let house = House::new().await;
    let answer = house.call(Method::POST, "/register", "", Some(json!({"username": "f u c k"}))).await;
    refused(&answer, 400, "ProfaneUserName");
    house.user("Scunthorpe").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_names_administrators_who_make_moderators() {
    let house = administered().await;
    let (ada, bob, cleo) = (house.user("ada").await, house.user("bob").await, house.user("cleo").await);
    agreed(&edits(&house, ada.key(), "2", json!({"moderator": true})).await, json!({"moderator": true}));
    assert_eq!(bob.account().await["trusted"], true, "moderators are trusted");
    let told = json!({"trusted": true, "customizer": true, "vpn": true, "special": true, "concurrency": 77, "worker_invited": 4,
        "admin_comment": "a friend of the house"});
    agreed(&edits(&house, bob.key(), "3", told.clone()).await, told);
    agreed(&edits(&house, bob.key(), "3", json!({"reset_suspicion": false})).await, json!({"new_suspicion": 0}));
    refused(&edits(&house, bob.key(), "3", json!({"admin_comment": "a bastard"})).await, 400, "ProfaneAdminComment");
    refused(&edits(&house, bob.key(), "3", json!({"kudos": 5})).await, 403, "NotAdmin");
    agreed(&edits(&house, ada.key(), "3", json!({"kudos": 120.9})).await, json!({"new_kudos": 120.0}));
    agreed(&edits(&house, ada.key(), "3", json!({"kudos": -20})).await, json!({"new_kudos": 100.0}));
    agreed(&edits(&house, ada.key(), "3", json!({"usage_multiplier": 2.5})).await, json!({"usage_multiplier": 2.5}));
    // Each sees what its standing permits.
    let (own, seen) = (cleo.account().await, bob.gets("/api/v2/users/3").await);
    assert!(own.get("admin_comment").is_none() && own.get("evaluating_kudos").is_none(), "{own}");
    assert_eq!(seen["admin_comment"], "a friend of the house");
    assert_eq!((&seen["evaluating_kudos"], &seen["suspicious"], &seen["vpn"]), (&json!(0.0), &json!(0), &json!(true)));
    assert_eq!(
        (&own["concurrency"], &own["special"], &own["kudos_details"]["admin"]),
        (&json!(77), &json!(true), &json!(100.0))
    );
    let public = house.call(Method::GET, "/api/v2/users/3", "", None).await.json;
    for hidden in ["vpn", "special", "active_generations", "sharedkey_ids", "contact", "monthly_kudos"] {
        assert!(public.get(hidden).is_none(), "{hidden}: {public}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn monthly_kudos_come_at_once_and_every_month() {
    let house = administered().await;
    let (ada, bob) = (house.user("ada").await, house.user("bob").await);
    agreed(&edits(&house, ada.key(), "2", json!({"monthly_kudos": 500})).await, json!({"monthly_kudos": 500}));
    assert_eq!(bob.kudos().await, 500.0);
    house.waits(27 * DAY).await;
    assert_eq!(bob.kudos().await, 500.0);
    house.waits(5 * DAY).await;
    assert_eq!(bob.kudos().await, 1000.0);
    house.waits(DAY).await;
    assert_eq!(bob.account().await["kudos_details"]["recurring"], 1000.0);
    let monthly = ada.gets("/api/v2/users/2").await["monthly_kudos"].clone();
    assert!(monthly["amount"] == 500 && monthly["last_received"].as_str().is_some_and(|date| date.ends_with("-0000")));
    let page = bob.gets("/api/v2/users/2/statement").await;
    assert!(page["entries"].as_array().is_some_and(|all| all.iter().all(|one| one["reason"] == "monthly")), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_may_come_back_until_nothing_is_left() {
    let house = administered().await;
    let (ada, bob, cleo) = (house.user("ada").await, house.user("bob").await, house.user("cleo").await);
    let leave = async |key: &str, id: u8| house.call(Method::DELETE, &format!("/api/v2/users/{id}"), key, None).await;
    assert_eq!(edits(&house, ada.key(), "1", json!({"moderator": true})).await.status, 200);
    refused(&leave("", 2).await, 401, "InvalidAPIKey");
    refused(&leave("0000000000", 2).await, 403, "AnonForbiddenUser");
    refused(&leave(bob.key(), 3).await, 403, "NotUserOrMod");
    refused(&leave(bob.key(), 1).await, 403, "CannotDeleteMod");
    refused(&leave(bob.key(), 77).await, 404, "UserNotFound");
    bob.asks_for_an_image().await;
    agreed(&leave(bob.key(), 2).await, json!({"message": "OK"}));
    refused(&bob.tries_to_ask(json!({"prompt": "p"})).await, 403, "DeletedUser");
    agreed(&edits(&house, bob.key(), "2", json!({"undelete": true})).await, json!({"undeleted": true}));
    assert_eq!(leave(bob.key(), 2).await.status, 200);
    refused(&leave(bob.key(), 2).await, 403, "CannotWipeActiveUser");
    house.waits(31 * DAY).await;
    agreed(&leave(bob.key(), 2).await, json!({"message": "OK"}));
    refused(&house.call(Method::GET, "/api/v2/find_user", bob.key(), None).await, 404, "UserNotFound");
    refused(&house.call(Method::GET, "/api/v2/users/2", ada.key(), None).await, 404, "UserNotFound");
    let ranking = house.call(Method::GET, "/api/v2/users", "", None).await.json;
    assert!(ranking.as_array().is_some_and(|users| users.iter().all(|user| user["id"] != 2)));
    // A second one can be wiped too.
    for _ in 0..2 {
        assert_eq!(leave(cleo.key(), 3).await.status, 200);
    }
    refused(&leave(cleo.key(), 3).await, 401, "InvalidAPIKey");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_speaks_for_its_visitors_with_its_own_passkey_only() {
    let house = House::with(|config| config.admins = vec!["ada#1".to_owned()]).await;
    let (ada, bot) = (house.user("ada").await, house.user("bot").await);
    assert_eq!(edits(&house, ada.key(), "2", json!({"service": true})).await.status, 200);
    let told = edits(&house, bot.key(), "2", json!({"generate_proxy_passkey": true})).await.json;
    let passkey = told["proxy_passkey"].as_str().expect("a passkey").to_owned();
    assert_eq!(passkey.len(), 22);
    assert_eq!(ada.gets("/api/v2/users/2").await["proxy_passkey"], json!(passkey));
    assert!(bot.account().await.get("proxy_passkey").is_none());
    // The page of users allows so many calls of one address in a minute; visitors are counted one by one.
    let look = async |passkey: &str, visitor: String| {
        let request = Request::get("/api/v2/users/2")
            .header("proxy-authorization", passkey)
            .header("proxied-for", visitor)
            .body(axum::body::Body::empty())
            .expect("a request");
        house.send(request).await.status.as_u16()
    };
    for visitor in 0..70 {
        assert_eq!(look(&passkey, format!("203.0.113.{visitor}")).await, 200);
    }
    let mut wrong = Vec::new();
    for visitor in 0..70 {
        wrong.push(look("another passkey of 22.", format!("203.0.113.{visitor}")).await);
    }
    assert!(wrong.contains(&429), "whoever has not this very passkey is counted as itself");
    assert_eq!(edits(&house, ada.key(), "2", json!({"flagged": true})).await.status, 200);
    assert_eq!(look(&passkey, "203.0.113.99".to_owned()).await, 429, "a flagged service speaks for nobody");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schools_pictures_are_safe_for_pupils() {
    let house = administered().await;
    let (ada, school, rig) = (house.user("ada").await, house.user("school").await, house.dreamer("rig").await);
    let told = edits(&house, ada.key(), "2", json!({"education": true})).await;
    agreed(&told, json!({"education": true}));
    assert_eq!(school.account().await["concurrency"], 200);
    let id = school.asks_for(json!({"prompt": "p", "models": ["throng-shapes"], "nsfw": true, "shared": true})).await;
    assert_eq!(school.looks_at(&id).await["shared"], false);
    assert!(rig.pops().await.is_none(), "only trusted owners serve schools");
    assert_eq!(edits(&house, ada.key(), "3", json!({"trusted": true})).await.status, 200);
    let job = rig.pops().await.expect("the school's job");
    assert_eq!(job["payload"]["use_nsfw_censor"], true, "{job}");
}
