//! Addresses: put into timeouts by moderators, and checked by a service for who hides behind them.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Path;
use axum::routing::get;
use hyper::{Method, Request};
use serde_json::{Value, json};
use throng_domain::UserId;
use throng_domain::standing::Roles;
use throng_server::addresses::safety::Unknown;
use throng_server::config::Config;
use throng_tests::house::{House, Requester};
use throng_tests::wire::{Answer, refused};

const DOOR: &str = "/api/v2/operations/ipaddr";

/// A house behind a proxy, so that stories can come from anywhere.
async fn house(change: impl FnOnce(&mut Config)) -> House {
    House::with(|config| {
        config.no_rate_limits = true;
        config.trusted_proxies = vec![[127, 0, 0, 1].into()];
        change(config);
    })
    .await
}

/// One call from an address.
async fn from(house: &House, address: &str, method: Method, path: &str, key: &str, body: Option<Value>) -> Answer {
    let mut request = Request::builder().method(method).uri(path).header("x-forwarded-for", address);
    if !key.is_empty() {
        request = request.header("apikey", key);
    }
    let content = body.map(|body| body.to_string()).unwrap_or_default();
    if !content.is_empty() {
        request = request.header("content-type", "application/json");
    }
    house.send(request.body(Body::from(content)).expect("a request")).await
}

async fn asks(house: &House, address: &str) -> Answer {
    let body = json!({"prompt": "p", "models": ["throng-shapes"]});
    from(house, address, Method::POST, "/api/v2/generate/async", "0000000000", Some(body)).await
}

async fn pops(house: &House, address: &str, key: &str, name: &str) -> Answer {
    let offer = json!({"name": name, "models": ["throng-shapes"], "bridge_agent": "AI Horde Worker reGen:13:story"});
    from(house, address, Method::POST, "/api/v2/generate/pop", key, Some(offer)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_in_a_timeout_neither_asks_nor_works() {
    let house = house(|_| {}).await;
    let (moderator, owner) = (house.moderator("moderator").await, house.user("owner").await);
    let here = "203.0.113.7";
    let request = asks(&house, here).await.json["id"].as_str().expect("an id").to_owned();
    assert_eq!(pops(&house, here, owner.key(), "rig").await.status, 200);

    let block = json!({"ipaddr": here, "hours": 2});
    assert_eq!(house.call(Method::POST, DOOR, moderator.key(), Some(block)).await.json, json!({"message": "OK"}));
    let answer = asks(&house, here).await;
    refused(&answer, 403, "TimeoutIP");
    assert!(answer.json["message"].as_str().is_some_and(|message| message.contains("7200")), "{}", answer.json);
    let text = json!({"prompt": "p", "params": {"max_length": 20}});
    let answer = from(&house, here, Method::POST, "/api/v2/generate/text/async", "0000000000", Some(text)).await;
    refused(&answer, 403, "TimeoutIP");
    refused(&pops(&house, here, owner.key(), "rig").await, 403, "TimeoutIP");
    let check = format!("/api/v2/generate/check/{request}");
    refused(&from(&house, here, Method::GET, &check, "", None).await, 403, "Forbidden");
    assert_eq!(from(&house, "203.0.113.8", Method::GET, &check, "", None).await.status, 200);
    let named = Request::get(&check).header("x-forwarded-for", here).header("client-agent", "story:1:me");
    assert_eq!(house.send(named.body(Body::empty()).expect("a request")).await.status, 200);
    assert_eq!(asks(&house, "203.0.113.8").await.status, 202);

    let shown = moderator.gets(&format!("{DOOR}/{here}")).await;
    assert_eq!(shown, json!([{"ipaddr": here, "seconds": 7200}]));
    assert_eq!(moderator.gets(DOOR).await, json!([]), "single addresses are not listed");
    house.waits(Duration::from_secs(3600)).await;
    assert_eq!(moderator.gets(&format!("{DOOR}/{here}")).await[0]["seconds"], 3600);
    house.call(Method::DELETE, DOOR, moderator.key(), Some(json!({"ipaddr": here}))).await;
    assert_eq!(asks(&house, here).await.status, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_in_a_timeout_holds_until_it_ends() {
    let house = house(|_| {}).await;
    let moderator = house.moderator("moderator").await;
    let block = json!({"ipaddr": "2001:db8::/32", "hours": 120});
    house.call(Method::POST, DOOR, moderator.key(), Some(block)).await;
    let answer = asks(&house, "2001:db8:7::1").await;
    refused(&answer, 403, "TimeoutIP");
    assert!(
        !answer.json["message"].as_str().unwrap_or_default().contains("432000"),
        "more than four days are not told"
    );
    assert_eq!(asks(&house, "2001:db9::1").await.status, 202);
    assert_eq!(moderator.gets(DOOR).await, json!([{"ipaddr": "2001:db8::/32", "seconds": 432_000}]));
    assert_eq!(moderator.gets(&format!("{DOOR}/2001:db8::7")).await[0]["ipaddr"], "2001:db8::/32");
    house.waits(Duration::from_secs(432_001)).await;
    assert_eq!(asks(&house, "2001:db8:7::1").await.status, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_of_a_worker_is_blocked_by_its_id() {
    let house = house(|_| {}).await;
    let (moderator, owner) = (house.moderator("moderator").await, house.user("owner").await);
    pops(&house, "2001:db8:1:2::7", owner.key(), "rig").await;
    let id = moderator.gets("/api/v2/workers/name/rig").await["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/v2/operations/block_worker_ipaddr/{id}");
    refused(&house.call(Method::PUT, &path, owner.key(), Some(json!({"days": 1}))).await, 403, "NotModerator");
    assert_eq!(house.call(Method::PUT, &path, moderator.key(), Some(json!({"days": 1}))).await.status, 200);
    assert_eq!(moderator.gets(DOOR).await, json!([{"ipaddr": "2001:db8:1:2::/64", "seconds": 86_400}]));
    refused(&pops(&house, "2001:db8:1:2::8", owner.key(), "rig").await, 403, "TimeoutIP");
    assert_eq!(house.call(Method::DELETE, &path, moderator.key(), None).await.status, 200);
    assert_eq!(pops(&house, "2001:db8:1:2::8", owner.key(), "rig").await.status, 200);
    let nobody = "/api/v2/operations/block_worker_ipaddr/00000000-0000-4000-8000-000000000000";
    refused(&house.call(Method::PUT, nobody, moderator.key(), Some(json!({"days": 1}))).await, 404, "WorkerNotFound");
    let answer = house.call(Method::PUT, &path, moderator.key(), Some(json!({"days": 31}))).await;
    assert_eq!(answer.json["message"], "Input payload validation failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_moderators_see_and_set_timeouts() {
    let house = house(|_| {}).await;
    let (moderator, ada) = (house.moderator("moderator").await, house.user("ada").await);
    let block = |address: &str| Some(json!({"ipaddr": address, "hours": 1}));
    refused(&house.call(Method::GET, DOOR, ada.key(), None).await, 403, "NotModerator");
    refused(&house.call(Method::POST, DOOR, ada.key(), block("192.0.2.7")).await, 403, "NotModerator");
    refused(&house.call(Method::POST, DOOR, "0000000000", block("192.0.2.7")).await, 403, "NotModerator");
    refused(&house.call(Method::POST, DOOR, "no such key at all!!!", block("192.0.2.7")).await, 401, "InvalidAPIKey");
    // What is no address is refused before the key is looked at.
    refused(&house.call(Method::POST, DOOR, ada.key(), block("somewhere")).await, 400, "BadRequest");
    refused(&house.call(Method::POST, DOOR, moderator.key(), block("192.0.2.7/99")).await, 400, "BadRequest");
    refused(&house.call(Method::GET, &format!("{DOOR}/somewhere"), ada.key(), None).await, 400, "BadRequest");
    let answer = house.call(Method::POST, DOOR, moderator.key(), Some(json!({"ipaddr": "1.1.1", "hours": 721}))).await;
    assert!(
        answer.json["errors"]["hours"].is_string() && answer.json["errors"]["ipaddr"].is_string(),
        "{}",
        answer.json
    );
}

/// Has moderators keep prompts clean, and returns one that is not.
async fn filtered(house: &House, moderator: &Requester<'_>) -> Value {
    for (filter_type, regex) in [(10, "pixie"), (20, "glow")] {
        let filter = json!({"regex": regex, "filter_type": filter_type});
        assert_eq!(house.call(Method::PUT, "/api/v2/filters", moderator.key(), Some(filter)).await.status, 200);
    }
    json!({"prompt": "a glowing pixie", "models": ["throng-shapes"], "replacement_filter": false})
}

#[tokio::test(flavor = "multi_thread")]
async fn each_corrupt_prompt_costs_its_address_more() {
    let house = house(|_| {}).await;
    let moderator = house.moderator("moderator").await;
    let corrupt = filtered(&house, &moderator).await;
    let here = "203.0.113.7";
    let tries = || from(&house, here, Method::POST, "/api/v2/generate/async", "0000000000", Some(corrupt.clone()));
    for seconds in [180, 540, 900] {
        refused(&tries().await, 400, "CorruptPrompt");
        assert_eq!(moderator.gets(&format!("{DOOR}/{here}")).await[0]["seconds"], seconds);
        refused(&asks(&house, here).await, 403, "TimeoutIP");
        assert_eq!(asks(&house, "203.0.113.8").await.status, 202);
        house.waits(Duration::from_secs(seconds)).await;
    }
    assert_eq!(asks(&house, here).await.status, 202);
    refused(&tries().await, 400, "CorruptPrompt");
    house.call(Method::DELETE, DOOR, moderator.key(), Some(json!({"ipaddr": here}))).await;
    refused(&tries().await, 400, "CorruptPrompt");
    assert_eq!(
        moderator.gets(&format!("{DOOR}/{here}")).await[0]["seconds"],
        180,
        "what led to it was forgotten with the timeout"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_services_visitor_pays_for_what_it_says_and_the_service_goes_on() {
    let house = house(|_| {}).await;
    let (moderator, bot) = (house.moderator("moderator").await, house.user("bot").await);
    let corrupt = filtered(&house, &moderator).await;
    house.gives_roles(&bot, Roles { service: true, ..Roles::default() }).await;
    let made =
        house.call(Method::PUT, "/api/v2/users/2", bot.key(), Some(json!({"generate_proxy_passkey": true}))).await;
    let passkey = made.json["proxy_passkey"].as_str().expect("a passkey").to_owned();
    let asks_for = async |visitor: &str, body: &Value| {
        let request = Request::post("/api/v2/generate/async")
            .header("apikey", bot.key())
            .header("content-type", "application/json")
            .header("proxy-authorization", &passkey)
            .header("proxied-for", visitor)
            .body(Body::from(body.to_string()));
        house.send(request.expect("a request")).await
    };
    let decent = json!({"prompt": "p", "models": ["throng-shapes"]});
    refused(&asks_for("198.51.100.9", &corrupt).await, 400, "CorruptPrompt");
    refused(&asks_for("198.51.100.9", &decent).await, 403, "TimeoutIP");
    assert_eq!(asks_for("198.51.100.10", &decent).await.status, 202);
    bot.asks_for(decent).await;
    assert_eq!(moderator.gets(&format!("{DOOR}/198.51.100.9")).await[0]["seconds"], 180);
    assert_eq!(moderator.gets(&format!("{DOOR}/127.0.0.1")).await, json!([]));
    assert_eq!(moderator.gets("/api/v2/users/2").await["suspicious"], 1);
}

/// A service that takes addresses ending in 66 for hidden ones, and does not know those ending in 77.
async fn checker() -> SocketAddr {
    let answer = |Path(address): Path<String>| async move {
        match address.rsplit('.').next() {
            Some("66") => "0.99",
            Some("77") => "no idea",
            _ => "0.02",
        }
    };
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let service = axum::Router::new().route("/check/{address}", get(answer));
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_from_hidden_addresses_are_sent_away_unless_they_may_hide() {
    let service = checker().await;
    let house = house(|config| config.ip_checker = Some(format!("http://{service}/check/{{ipaddr}}"))).await;
    let (_, owner) = (house.moderator("moderator").await, house.user("owner").await);
    assert_eq!(pops(&house, "8.8.4.1", owner.key(), "rig").await.status, 200);
    refused(&pops(&house, "8.8.4.66", owner.key(), "rig").await, 403, "UnsafeIP");
    refused(&pops(&house, "8.8.4.77", owner.key(), "rig").await, 403, "TooManyNewIPs");
    house.app().desk.set_roles(UserId(2), Roles { vpn: true, ..Roles::default() }).await.expect("the desk works");
    for address in ["8.8.4.66", "8.8.4.77"] {
        assert_eq!(pops(&house, address, owner.key(), "rig").await.status, 200, "{address}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn under_a_raid_workers_from_hidden_addresses_are_let_in_and_watched() {
    let service = checker().await;
    let house = house(|config| config.ip_checker = Some(format!("http://{service}/check/{{ipaddr}}"))).await;
    let (moderator, owner) = (house.moderator("moderator").await, house.user("owner").await);
    refused(&pops(&house, "8.8.4.66", owner.key(), "rig").await, 403, "UnsafeIP");
    let raid = Some(json!({"raid_mode": true}));
    assert_eq!(house.call(Method::PUT, "/api/v2/status/modes", moderator.key(), raid).await.status, 200);
    assert_eq!(pops(&house, "8.8.4.66", owner.key(), "rig").await.status, 200);
    assert_eq!(moderator.gets("/api/v2/workers/name/rig").await["suspicious"], 1);
    refused(&pops(&house, "8.8.4.77", owner.key(), "rig").await, 403, "TooManyNewIPs");
    house.app().desk.set_roles(UserId(2), Roles { vpn: true, ..Roles::default() }).await.expect("the desk works");
    assert_eq!(pops(&house, "8.8.4.66", owner.key(), "other rig").await.status, 200);
    assert_eq!(moderator.gets("/api/v2/workers/name/other%20rig").await["suspicious"], 0, "who may hide is not odd");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_unknown_address_means_is_the_operators_to_say() {
    let service = checker().await;
    for (unknown, status, rc) in [(Unknown::Allow, 200, ""), (Unknown::Deny, 403, "UnsafeIP")] {
        let house = house(|config| {
            config.ip_checker = Some(format!("http://{service}/check/{{ipaddr}}"));
            config.ip_unknown = unknown;
            config.safe_ranges = vec!["9.9.9.0/24".parse().expect("a range")];
        })
        .await;
        let owner = house.user("owner").await;
        refused(&pops(&house, "8.8.4.77", owner.key(), "rig").await, status, rc);
        assert_eq!(pops(&house, "9.9.9.66", owner.key(), "rig").await.status, 200, "a safe range");
    }
}
