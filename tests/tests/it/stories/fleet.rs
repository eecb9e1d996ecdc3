//! What owners and moderators do with workers, and say to them.

use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};
use throng_domain::UserId;
use throng_domain::standing::Roles;
use throng_tests::house::{House, Requester, Worker};
use throng_tests::wire::{Answer, refused};

const MINUTE: Duration = Duration::from_secs(60);

/// Makes a user a moderator, by number: users are numbered as they register.
async fn appoint(house: &House, number: i64) {
    let moderator = Roles { moderator: true, trusted: true, ..Roles::default() };
    assert!(house.app().desk.set_roles(UserId(number), moderator).await.expect("the desk works"));
}

/// The id of the worker of this name.
async fn id_of(house: &House, name: &str) -> String {
    let found = house.call(Method::GET, &format!("/api/v2/workers/name/{name}"), "", None).await;
    found.json["id"].as_str().unwrap_or_else(|| panic!("no {name}: {}", found.json)).to_owned()
}

async fn edits(house: &House, key: &str, id: &str, body: Value) -> Answer {
    house.call(Method::PUT, &format!("/api/v2/workers/{id}"), key, Some(body)).await
}

async fn says(house: &House, key: &str, body: Value) -> Answer {
    house.call(Method::POST, "/api/v2/workers/messages", key, Some(body)).await
}

/// A moderator and a dreamer that has popped once.
async fn scene(house: &House) -> (Requester<'_>, Worker<'_>, String) {
    let moderator = house.user("moderator").await;
    appoint(house, 1).await;
    let rig = house.dreamer("rig one").await;
    rig.pops().await;
    let id = id_of(house, "rig%20one").await;
    (moderator, rig, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_sends_a_worker_into_maintenance_and_back() {
    let house = House::new().await;
    let (_, rig, id) = scene(&house).await;
    let stranger = house.stranger();
    stranger.asks_for_an_image().await;
    let on = edits(&house, rig.key(), &id, json!({"maintenance": true, "maintenance_msg": "new fans"})).await;
    assert_eq!((on.status.as_u16(), &on.json), (200, &json!({"maintenance": true})));
    let sent_away = rig.tries_to_pop().await;
    refused(&sent_away, 403, "WorkerMaintenance");
    let message = sent_away.json["message"].as_str().unwrap_or_default();
    assert!(message.contains("maintenance mode") && message.contains("new fans"), "{message}");
    assert_eq!(stranger.gets(&format!("/api/v2/workers/{id}")).await["maintenance_mode"], true);
    edits(&house, rig.key(), &id, json!({"maintenance": false})).await;
    assert!(rig.pops().await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moderator_pauses_a_worker_and_sees_what_others_do_not() {
    let house = House::new().await;
    let (moderator, rig, id) = scene(&house).await;
    let path = format!("/api/v2/workers/{id}");
    refused(&edits(&house, rig.key(), &id, json!({"paused": true})).await, 403, "NotModerator");
    assert_eq!(edits(&house, moderator.key(), &id, json!({"paused": true})).await.json, json!({"paused": true}));
    house.stranger().asks_for_an_image().await;
    let pop = rig.tries_to_pop().await.json;
    assert!(pop["id"].is_null() && pop["messages"][0]["message"].is_string(), "{pop}");

    let seen = moderator.gets(&path).await;
    assert_eq!((&seen["paused"], &seen["suspicious"], &seen["ipaddr"]), (&json!(true), &json!(0), &json!("127.0.0.1")));
    let owner = house.call(Method::GET, &path, rig.key(), None).await.json;
    assert_eq!(
        (&owner["owner"], &owner["messages"], &owner["paused"]),
        (&json!("owner of rig one#2"), &json!([]), &Value::Null)
    );
    for key in ["", "0000000000", "no such key at all!!!"] {
        let public = house.call(Method::GET, &path, key, None).await.json;
        for hidden in ["paused", "suspicious", "ipaddr", "owner", "messages", "contact"] {
            assert!(public.get(hidden).is_none(), "{hidden} is shown: {public}");
        }
    }
    let listed = moderator.gets("/api/v2/workers?name=RIG%20ONE&type=text").await;
    assert_eq!((&listed[0]["id"], &listed[0]["paused"]), (&json!(id), &json!(true)), "name wins over type: {listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_is_renamed_and_described() {
    let house = House::new().await;
    let (moderator, rig, id) = scene(&house).await;
    let other = house.dreamer("another rig").await;
    other.pops().await;
    let done = edits(&house, rig.key(), &id, json!({"name": "rig <two>", "info": "quick & quiet"})).await;
    assert_eq!(done.json, json!({"name": "rig &lt;two&gt;", "info": "quick &amp; quiet"}), "markup is made harmless");
    let seen = house.stranger().gets(&format!("/api/v2/workers/{id}")).await;
    assert_eq!((&seen["name"], &seen["info"]), (&json!("rig &lt;two&gt;"), &json!("quick &amp; quiet")));
    let table = [
        (other.key(), json!({"name": "rig three"}), 403, "NotModerator"),
        (other.key(), json!({"info": "slow"}), 403, "NotOwner"),
        (other.key(), json!({"maintenance": true}), 403, "NotOwner"),
        (other.key(), json!({"team": ""}), 403, "NotModerator"),
        (rig.key(), json!({"name": "another rig"}), 400, "WorkerNameAlreadyExists"),
        (rig.key(), json!({"name": "shit rig"}), 400, "ProfaneWorkerName"),
        (rig.key(), json!({"info": "a fucking good rig"}), 400, "ProfaneWorkerInfo"),
        (rig.key(), json!({"name": "<".repeat(99)}), 400, "TooLongWorkerName"),
        (rig.key(), json!({"team": "nowhere"}), 404, "TeamNotFound"),
        (rig.key(), json!({"maintenance_msg": "alone"}), 400, "NoWorkerModSelected"),
        ("0000000000", json!({"info": "x"}), 403, "AnonForbiddenWorker"),
        ("no such key at all!!!", json!({"info": "x"}), 401, "InvalidAPIKey"),
    ];
    for (key, body, status, rc) in table {
        refused(&edits(&house, key, &id, body).await, status, rc);
    }
    for wrong in [json!({"name": "tiny"}), json!({"info": "x".repeat(1001)}), json!({"paused": "yes"})] {
        let answer = edits(&house, rig.key(), &id, wrong).await;
        assert_eq!(answer.json["message"], "Input payload validation failed");
    }
    for nobody in ["nonsense", "00000000-0000-4000-8000-000000000000"] {
        refused(&edits(&house, rig.key(), nobody, json!({"info": "x"})).await, 404, "WorkerNotFound");
    }
    let seen = moderator.gets(&format!("/api/v2/workers/{id}")).await;
    assert_eq!(
        (&seen["suspicious"], &seen["name"]),
        (&json!(1), &json!("rig &lt;two&gt;")),
        "foul words are remembered"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_is_deleted_when_nothing_speaks_of_it() {
    let house = House::new().await;
    let (moderator, rig, id) = scene(&house).await;
    let path = format!("/api/v2/workers/{id}");
    house.stranger().asks_for_an_image().await;
    let job = rig.pops().await.expect("a job");
    rig.submits(&job).await;
    let thief = house.user("thief").await;
    let deletes = async |key: &str| house.call(Method::DELETE, &path, key, None).await;
    refused(&deletes(thief.key()).await, 403, "NotModerator");
    refused(&deletes("0000000000").await, 403, "AnonForbiddenWorker");
    refused(&deletes(rig.key()).await, 423, "Locked");
    house.waits(MINUTE * 61).await;
    assert_eq!(deletes(moderator.key()).await.json, json!({"deleted_id": id, "deleted_name": "rig one"}));
    refused(&deletes(rig.key()).await, 404, "WorkerNotFound");
    Worker::dreamer(&house, thief.key(), "rig one").pops().await;
    assert_ne!(id_of(&house, "rig%20one").await, id, "the name is free, the id is not used again");
}

#[tokio::test(flavor = "multi_thread")]
async fn new_workers_need_decent_names() {
    let house = House::new().await;
    let owner = house.user("owner").await;
    let pops = async |name: &str, agent: &str| {
        let offer = json!({"name": name, "models": ["throng-shapes"], "bridge_agent": agent});
        house.call(Method::POST, "/api/v2/generate/pop", owner.key(), Some(offer)).await
    };
    refused(&pops("sh1t rig", "a:1:b").await, 400, "ProfaneWorkerName");
    refused(&pops("good rig", "fuck:1:b").await, 400, "ProfaneBridgeAgent");
    refused(&pops("my colab", "a:1:b").await, 400, "BadRequest");
    assert_eq!(pops(&"r".repeat(150), "a:1:b").await.status, 200);
    appoint(&house, 1).await;
    let seen = owner.gets(&format!("/api/v2/workers/name/{}", "r".repeat(100))).await;
    assert_eq!(seen["suspicious"], 1, "a name that had to be cut is odd: {seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_to_a_worker_is_told_at_every_pop_until_it_expires() {
    let house = House::new().await;
    let (moderator, rig, id) = scene(&house).await;
    let sent = says(&house, rig.key(), json!({"worker_id": id, "message": "rest a little", "expiry": 1})).await;
    assert_eq!(sent.status, 200, "{}", sent.json);
    assert_eq!((&sent.json["user_id"], &sent.json["origin"]), (&json!("2"), &json!("2")), "{}", sent.json);
    assert_eq!(sent.json["worker_id"], json!(id));
    let all = says(&house, moderator.key(), json!({"message": "to everybody"})).await.json;
    assert_eq!(all["origin"], "AI Horde Moderators");
    assert!(
        all.get("worker_id").is_none() && all["created"].as_str().is_some_and(|date| date.ends_with(" -0000")),
        "{all}"
    );

    let told = async || -> Vec<String> {
        let pop = rig.tries_to_pop().await.json;
        let messages = pop["messages"].as_array().cloned().unwrap_or_default();
        messages.iter().map(|message| message["message"].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(told().await, ["to everybody", "rest a little"]);
    assert_eq!(told().await, ["to everybody", "rest a little"], "again, for nobody tells that it was read");
    house.waits(MINUTE * 61).await;
    assert_eq!(told().await, ["to everybody"]);
    let old = moderator.gets("/api/v2/workers/messages?validity=expired").await;
    assert_eq!((old.as_array().map(Vec::len), &old[0]["message"]), (Some(1), &json!("rest a little")));
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_listed_shown_and_taken_back_and_never_cached() {
    let house = House::new().await;
    let (moderator, rig, id) = scene(&house).await;
    let other = house.user("other").await;
    let first = says(&house, rig.key(), json!({"worker_id": id, "message": "one"})).await.json;
    let second = says(&house, rig.key(), json!({"worker_id": id, "message": "two"})).await.json;
    assert_ne!(first["id"], second["id"], "a second message within a minute is another one");

    let list = async |key: &str, query: &str| {
        house.call(Method::GET, &format!("/api/v2/workers/messages{query}"), key, None).await
    };
    let count = |answer: &Answer| answer.json.as_array().map(Vec::len);
    assert_eq!(count(&list(moderator.key(), "").await), Some(2));
    assert_eq!(count(&list(rig.key(), "?validity=all&page=2&user_id=").await), Some(1));
    assert_eq!(count(&list(other.key(), "").await), Some(0));
    assert_eq!(count(&list(moderator.key(), "?user_id=3").await), Some(0));
    refused(&list(other.key(), "?user_id=2").await, 403, "Forbidden");
    refused(&list(other.key(), "?validity=some").await, 400, "BadRequest");
    refused(&list("no such key at all!!!", "").await, 401, "InvalidAPIKey");
    assert!(list("", "").await.json["errors"]["apikey"].is_string());

    let path = format!("/api/v2/workers/messages/{}", first["id"].as_str().expect("an id"));
    assert_eq!(house.stranger().gets(&path).await["message"], "one");
    refused(&house.call(Method::DELETE, &path, other.key(), None).await, 403, "Forbidden");
    assert_eq!(house.call(Method::DELETE, &path, rig.key(), None).await.json, json!({"message": "OK"}));
    refused(&house.call(Method::GET, &path, "", None).await, 404, "WorkermessageNotFound");
    refused(
        &house.call(Method::GET, "/api/v2/workers/messages/nonsense", "", None).await,
        404,
        "WorkermessageNotFound",
    );
    refused(&house.call(Method::DELETE, &path, rig.key(), None).await, 404, "WorkermessageNotFound");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_speaks_to_the_workers_of_others() {
    let house = House::new().await;
    let (_, rig, id) = scene(&house).await;
    let other = house.user("other").await;
    let unknown = "00000000-0000-4000-8000-000000000000";
    refused(&says(&house, other.key(), json!({"worker_id": id, "message": "x"})).await, 403, "MessagesOnlyOwnWorkers");
    refused(&says(&house, "0000000000", json!({"worker_id": id, "message": "x"})).await, 403, "AnonForbidden");
    refused(&says(&house, rig.key(), json!({"message": "x"})).await, 400, "BadRequest");
    refused(&says(&house, rig.key(), json!({"worker_id": unknown, "message": "x"})).await, 404, "WorkerNotFound");
    for wrong in
        [json!({"message": ""}), json!({"message": "x", "expiry": 721}), json!({"message": "x", "worker_id": "short"})]
    {
        assert_eq!(says(&house, rig.key(), wrong).await.json["message"], "Input payload validation failed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_impossibly_fast_worker_is_paused_until_its_owner_is_trusted() {
    let house = House::new().await;
    let (moderator, rig, id) = scene(&house).await;
    house.app().desk.grant(UserId(1), throng_domain::Kudos::whole(100_000)).await.expect("the desk works");
    let large =
        json!({"prompt": "p", "models": ["throng-shapes"], "params": {"width": 1024, "height": 1024, "steps": 40}});
    for _ in 0..5 {
        moderator.asks_for(large.clone()).await;
        let job = rig.pops().await.expect("a job");
        rig.submits(&job).await;
    }
    let path = format!("/api/v2/workers/{id}");
    let seen = moderator.gets(&path).await;
    assert_eq!((&seen["suspicious"], &seen["paused"]), (&json!(5), &json!(true)), "{seen}");
    let roles = house.app().desk.user(UserId(2)).await.expect("the desk works").expect("the owner").record.roles;
    assert!(roles.suspicious);
    let reset = Some(json!({"reset_suspicion": true}));
    let told = house.call(Method::PUT, "/api/v2/users/2", moderator.key(), reset).await.json;
    assert_eq!(told, json!({"new_suspicion": 0}));
    let seen = moderator.gets(&path).await;
    assert_eq!((&seen["suspicious"], &seen["paused"]), (&json!(0), &json!(true)), "{seen}");
    house.app().desk.set_roles(UserId(2), Roles { trusted: true, ..Roles::default() }).await.expect("the desk works");
    assert_eq!(moderator.gets(&path).await["paused"], false);
}
