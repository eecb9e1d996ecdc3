//! What moderators and administrators do is written down; what people do to what is their own is not.

use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};
use throng_domain::UserId;
use throng_server::operator::acts::{Which, list};
use throng_server::store::moderator_acts::{self, Line};
use throng_tests::house::{House, Requester, Worker};

const ADA: i64 = 1;
const MO: i64 = 2;
const CAROL: i64 = 3;

/// A house with ada#1, who administers, mo#2, who moderates, and carol#3, who is trusted.
struct Scene<'h> {
    house: &'h House,
    ada: Requester<'h>,
    mo: Requester<'h>,
    carol: Requester<'h>,
}

async fn open() -> House {
    House::with(|config| {
        config.no_rate_limits = true;
        config.admins = vec!["ada#1".to_owned()];
    })
    .await
}

impl<'h> Scene<'h> {
    async fn new(house: &'h House) -> Scene<'h> {
        let (ada, mo, carol) = (house.user("ada").await, house.user("mo").await, house.user("carol").await);
        let scene = Scene { house, ada, mo, carol };
        scene.does(&scene.ada, Method::PUT, "/users/2", json!({"moderator": true})).await;
        scene.does(&scene.mo, Method::PUT, "/users/3", json!({"trusted": true, "contact": "carol@example.org"})).await;
        scene
    }

    /// Does something that must succeed, and lets a second pass, so that it is clear what came first.
    async fn does(&self, who: &Requester<'_>, method: Method, path: &str, body: Value) -> Value {
        let body = (!body.is_null()).then_some(body);
        let answer = self.house.call(method, &format!("/api/v2{path}"), who.key(), body).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.json);
        self.house.waits(Duration::from_secs(1)).await;
        answer.json
    }

    /// What was written down, oldest first.
    async fn lines(&self, user: Option<i64>) -> Vec<Line> {
        let mut lines = moderator_acts::list(&self.house.app().pool, user.map(UserId), 100).await.expect("lines");
        lines.reverse();
        lines
    }

    /// What was written down since a number of lines: who, what, to what, whose.
    async fn told(&self, since: usize) -> Vec<(i64, String, String, Option<i64>)> {
        let told = |line: Line| (line.moderator_id, line.act, line.target, line.user_id);
        self.lines(None).await.into_iter().skip(since).map(told).collect()
    }

    async fn worker(&self, name: &str) -> String {
        Worker::dreamer(self.house, self.carol.key(), name).pops().await;
        let found = self.carol.gets(&format!("/api/v2/workers/name/{name}")).await;
        found["id"].as_str().expect("an id").to_owned()
    }
}

fn line(who: i64, act: &str, target: impl ToString, whom: Option<i64>) -> (i64, String, String, Option<i64>) {
    (who, act.to_owned(), target.to_string(), whom)
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_to_users_are_written_down_with_what_was_asked_for() {
    let house = open().await;
    let scene = Scene::new(&house).await;
    scene.does(&scene.carol, Method::PUT, "/users/3", json!({"username": "Caroline"})).await;
    scene.does(&scene.mo, Method::PUT, "/users/2", json!({"public_workers": true})).await;
    let award = json!({"username": "carol#3", "amount": 7});
    scene.does(&scene.ada, Method::POST, "/kudos/award", award).await;
    scene.does(&scene.mo, Method::PUT, "/users/2", json!({"concurrency": 99})).await;
    scene.does(&scene.mo, Method::DELETE, "/users/3", Value::Null).await;
    assert_eq!(
        scene.told(0).await,
        [
            line(ADA, "user_edit", 2, Some(MO)),
            line(MO, "user_edit", 3, Some(CAROL)),
            line(ADA, "award", 3, Some(CAROL)),
            line(MO, "user_edit", 2, Some(MO)),
            line(MO, "user_delete", 3, Some(CAROL)),
        ]
    );
    let details: Vec<Value> =
        scene.lines(None).await.iter().map(|line| serde_json::from_str(&line.details).expect("JSON")).collect();
    assert_eq!(details[0], json!({"moderator": true}));
    assert_eq!(details[1], json!({"trusted": true, "contact": true}), "how to reach her is not kept");
    assert_eq!((&details[2], &details[4]), (&json!({"kudos": 7.0}), &json!({"wiped": false})));
    // Refused, so nothing happened and nothing is written down.
    let refused = house.call(Method::PUT, "/api/v2/users/1", scene.mo.key(), Some(json!({"kudos": 5}))).await;
    assert_eq!(refused.rc(), "NotAdmin");
    assert_eq!(scene.lines(None).await.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_moderators_do_to_workers_teams_and_styles_of_others_is_written_down() {
    let house = open().await;
    let scene = Scene::new(&house).await;
    let (ada, mo, carol) = (&scene.ada, &scene.mo, &scene.carol);
    let (rig, other) = (scene.worker("rig").await, scene.worker("spare").await);
    let team = text(&scene.does(carol, Method::POST, "/teams", json!({"name": "Lamps"})).await["id"]);
    let style = json!({"name": "oil", "info": "paints everything in oil", "prompt": "{p} in oil{np}",
        "models": ["throng-shapes"], "tags": ["paint"], "params": {"steps": 8}});
    let style = text(&scene.does(carol, Method::POST, "/styles/image", style).await["id"]);
    let own = text(&scene.does(carol, Method::POST, "/teams", json!({"name": "Candles"})).await["id"]);

    scene.does(carol, Method::PUT, &format!("/workers/{rig}"), json!({"maintenance": true})).await;
    scene.does(carol, Method::DELETE, &format!("/workers/{other}"), Value::Null).await;
    scene.does(carol, Method::DELETE, &format!("/teams/{own}"), Value::Null).await;
    let said = json!({"worker_id": rig, "message": "well done"});
    scene.does(carol, Method::POST, "/workers/messages", said).await;
    assert_eq!(scene.told(2).await, [], "people do what they like with what is their own");

    scene.does(mo, Method::PUT, &format!("/workers/{rig}"), json!({"paused": true})).await;
    let said = json!({"worker_id": rig, "message": "tidy up"});
    scene.does(mo, Method::POST, "/workers/messages", said).await;
    let said = scene.does(mo, Method::POST, "/workers/messages", json!({"message": "an update is out"})).await;
    let author = text(&said["id"]);
    scene.does(ada, Method::PUT, "/users/1", json!({"moderator": true})).await;
    scene.does(ada, Method::DELETE, &format!("/workers/messages/{author}"), Value::Null).await;
    scene.does(mo, Method::DELETE, &format!("/workers/{rig}"), Value::Null).await;
    scene.does(mo, Method::PATCH, &format!("/teams/{team}"), json!({"info": "dim lamps"})).await;
    scene.does(mo, Method::DELETE, &format!("/teams/{team}"), Value::Null).await;
    let example = json!({"url": "https://example.org/a.webp", "primary": true});
    scene.does(mo, Method::POST, &format!("/styles/image/{style}/example"), example).await;
    scene.does(mo, Method::DELETE, &format!("/styles/image/{style}"), Value::Null).await;
    assert_eq!(
        scene.told(2).await,
        [
            line(MO, "worker_edit", &rig, Some(CAROL)),
            line(MO, "message_send", &rig, Some(CAROL)),
            line(MO, "message_send", "all", None),
            line(ADA, "user_edit", 1, Some(ADA)),
            line(ADA, "message_delete", &author, Some(MO)),
            line(MO, "worker_delete", &rig, Some(CAROL)),
            line(MO, "team_edit", &team, Some(CAROL)),
            line(MO, "team_dissolve", &team, Some(CAROL)),
            line(MO, "style_example", &style, Some(CAROL)),
            line(MO, "style_delete", &style, Some(CAROL)),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_modes_and_timeouts_are_written_down_and_listed_for_the_operator() {
    let house = open().await;
    let scene = Scene::new(&house).await;
    let (ada, mo) = (&scene.ada, &scene.mo);
    let rig = scene.worker("rig").await;
    let new = json!({"regex": "pixie", "filter_type": 10, "replacement": "giant"});
    let filter = text(&scene.does(mo, Method::PUT, "/filters", new.clone()).await["id"]);
    scene.does(mo, Method::PUT, "/filters", new).await;
    scene.does(mo, Method::PATCH, &format!("/filters/{filter}"), json!({"replacement": "troll"})).await;
    scene.does(mo, Method::DELETE, &format!("/filters/{filter}"), Value::Null).await;
    scene.does(ada, Method::PUT, "/status/modes", json!({"maintenance_mode": false})).await;
    let block = json!({"ipaddr": "203.0.113.7", "hours": 2});
    scene.does(mo, Method::POST, "/operations/ipaddr", block).await;
    scene.does(mo, Method::DELETE, "/operations/ipaddr", json!({"ipaddr": "203.0.113.7"})).await;
    scene.does(mo, Method::PUT, &format!("/operations/block_worker_ipaddr/{rig}"), json!({"days": 1})).await;
    scene.does(mo, Method::DELETE, &format!("/operations/block_worker_ipaddr/{rig}"), Value::Null).await;
    assert_eq!(
        scene.told(2).await,
        [
            line(MO, "filter_add", &filter, None),
            line(MO, "filter_change", &filter, None),
            line(MO, "filter_remove", &filter, None),
            line(ADA, "modes", "network", None),
            line(MO, "address_block", "203.0.113.7", None),
            line(MO, "address_unblock", "203.0.113.7", None),
            line(MO, "address_block", "127.0.0.1", Some(CAROL)),
            line(MO, "address_unblock", "127.0.0.1", Some(CAROL)),
        ]
    );

    let whose = |line: &Line| (line.moderator_id, line.user_id);
    let adas: Vec<_> = scene.lines(Some(ADA)).await.iter().map(whose).collect();
    assert_eq!(adas, [(ADA, Some(MO)), (ADA, None)]);
    let carols: Vec<_> = scene.lines(Some(CAROL)).await.iter().map(whose).collect();
    assert_eq!(carols, [(MO, Some(CAROL)); 3]);
    let shown = list(&house.app().pool, &Which { user: Some(ADA), last: 1 }).await.expect("a list");
    assert_eq!(shown, "2026-01-01T00:00:06Z\t#1\tmodes\tnetwork\t\t{\"maintenance_mode\":false}\n");
}
