//! Where kudos go. The sum of all accounts is checked at the end of every story anyway; these look at single balances.

use std::time::Duration;

use serde_json::json;
use throng_domain::price::foreseen_seconds;
use throng_domain::price::recorded::Recorded;
use throng_domain::{Desk, Kudos, Span, Timestamp, UserId};
use throng_server::times;
use throng_tests::house::House;
use throng_tests::wire::refused;

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_costs_its_requester_and_earns_its_maker() {
    let house = House::new().await;
    let (ada, rig) = (house.user("ada").await, house.dreamer("rig").await);
    house.app().desk.grant(UserId(1), Kudos::whole(1000)).await.expect("the desk works");
    let before = ada.kudos().await;
    ada.asks_for_an_image().await;
    let taxed = ada.kudos().await;
    assert_eq!(before - taxed, 3.0, "admission of a picture costs 3");
    let job = rig.pops().await.expect("a job");
    let reward = rig.submits(&job).await;
    let paid = taxed - ada.kudos().await;
    assert!((paid - reward - 1.0).abs() < 0.011, "the reward of {reward} and one for the house, not {paid}");
    let owner = house.call(hyper::Method::GET, "/api/v2/find_user", rig.key(), None).await.json;
    assert!(owner["kudos"].as_f64().is_some_and(|kudos| kudos > 0.0), "{owner}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_owns_more_goes_first() {
    let house = House::new().await;
    let (poor, rich, rig) = (house.user("poor").await, house.user("rich").await, house.dreamer("rig").await);
    house.app().desk.grant(UserId(2), Kudos::whole(5000)).await.expect("the desk works");
    let first = poor.asks_for_an_image().await;
    let second = rich.asks_for_an_image().await;
    let job = rig.pops().await.expect("a job");
    rig.submits(&job).await;
    assert_eq!(rich.checks(&second).await["done"], true);
    assert_eq!(poor.checks(&first).await["done"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demanding_request_needs_kudos_in_hand() {
    let house = House::new().await;
    let ada = house.user("ada").await;
    let body = json!({"prompt": "p", "models": ["throng-shapes"], "slow_workers": false, "params": {"width": 2048, "height": 2048, "steps": 50}});
    let refused = ada.tries_to_ask(body.clone()).await;
    assert_eq!((refused.status.as_u16(), refused.rc()), (403, "KudosUpfront"), "{}", refused.json);
    let mut priced = body.clone();
    priced["dry_run"] = json!(true);
    let told = ada.tries_to_ask(priced).await;
    assert_eq!((told.status.as_u16(), told.rc()), (403, "KudosUpfront"), "a dry run says what would happen");
    house.app().desk.grant(UserId(1), Kudos::whole(100_000)).await.expect("the desk works");
    let accepted = ada.tries_to_ask(body).await;
    assert_eq!(accepted.status, 202, "{}", accepted.json);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_may_ask_for_kudos_upfront_where_workers_are_named() {
    let house = House::with(|config| {
        config.no_rate_limits = true;
        config.upfront_on_worker_list = true;
    })
    .await;
    let (ada, rig) = (house.user("ada").await, house.dreamer("rig").await);
    assert!(rig.pops().await.is_none());
    let worker = ada.gets("/api/v2/workers/name/rig").await["id"].clone();
    let body = json!({"prompt": "p", "models": ["throng-shapes"], "workers": [worker]});
    refused(&ada.tries_to_ask(body.clone()).await, 403, "KudosUpfront");
    ada.asks_for_an_image().await;
    house.app().desk.grant(UserId(1), Kudos::whole(1000)).await.expect("the desk works");
    assert_eq!(ada.tries_to_ask(body).await.status, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_names_a_price_and_leaves_nothing_behind() {
    let house = House::new().await;
    let (ada, rig) = (house.user("ada").await, house.dreamer("rig").await);
    let before = ada.kudos().await;
    let answer = ada.tries_to_ask(json!({"prompt": "p", "models": ["throng-shapes"], "dry_run": true})).await;
    assert_eq!(answer.status, 200);
    assert!(answer.json["kudos"].as_f64().is_some_and(|kudos| kudos > 0.0) && answer.json.get("id").is_none());
    assert!(rig.pops().await.is_none());
    assert_eq!(ada.kudos().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_times_that_pictures_took_become_a_table_to_learn_prices_from() {
    let house = House::new().await;
    let (ada, rig) = (house.user("ada").await, house.dreamer("rig").await);
    for seconds in [6, 6, 6, 12, 6] {
        ada.asks_for_an_image().await;
        let job = rig.pops().await.expect("a job");
        house.waits(Duration::from_secs(seconds)).await;
        rig.submits(&job).await;
    }
    let records = house.app().desk.read(Desk::records).await.expect("the desk works");
    let lines = times::lines(&records, Timestamp(0));
    let rows: Vec<_> = lines.iter().map(|line| Recorded::parse(line).expect(line)).collect();
    let usual = foreseen_seconds(&rows[0].payload).expect("a payload that the network knows");
    let mut times: Vec<f64> = rows.iter().map(|row| row.seconds / usual).collect();
    times.sort_by(f64::total_cmp);
    for (time, expected) in times.iter().zip([1.0, 1.0, 1.0, 1.0, 2.0]) {
        assert!((time - expected).abs() < 0.01, "a machine's own speed does not count: {lines:?}");
    }
    assert_eq!(times.len(), 5);
    let tomorrow = Timestamp(house.app().clock.now().timestamp_micros()) + Span::minutes(1);
    assert_eq!(times::lines(&records, tomorrow), Vec::<String>::new());
}
