//! What was made is counted, each once.

use std::time::Duration;

use serde_json::{Value, json};
use throng_server::tasks::fold_statistics;
use throng_tests::house::House;

const MINUTE: Duration = Duration::from_secs(60);

fn images(totals: &Value) -> Vec<i64> {
    let periods = ["minute", "hour", "day", "month", "total"];
    periods.iter().map(|period| totals[*period]["images"].as_i64().expect("a number")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_generation_counts_once_before_and_after_it_is_folded() {
    let house = House::new().await;
    let (ada, rig, pen) = (house.user("ada").await, house.dreamer("rig").await, house.scribe("pen").await);
    let body = json!({"prompt": "stars", "models": ["throng-shapes"],
                      "params": {"n": 3, "width": 64, "height": 128, "steps": 10}});
    ada.asks_for(body).await;
    ada.asks_for_a_text().await;
    assert_eq!(
        images(&ada.gets("/api/v2/stats/img/totals").await),
        [0, 0, 0, 0, 0],
        "what is only begun is not counted"
    );
    let job = rig.pops().await.expect("a job");
    rig.gives_up(&job).await;
    for _ in 0..3 {
        let job = rig.pops().await.expect("a job");
        rig.submits(&job).await;
        assert_eq!(rig.tries_to_submit(&job, "ok").await.status, 200);
    }
    let job = pen.pops().await.expect("a text");
    pen.submits(&job).await;

    assert_eq!(images(&ada.gets("/api/v2/stats/img/totals").await), [0, 0, 0, 0, 4], "windows end with full minutes");
    house.waits(MINUTE).await;
    let totals = ada.gets("/api/v2/stats/img/totals").await;
    assert_eq!(images(&totals), [4, 4, 4, 4, 4], "faulted ones count too");
    assert_eq!(totals["minute"]["ps"], 4 * 64 * 128 * 10);
    let texts = ada.gets("/api/v2/stats/text/totals").await;
    assert_eq!((&texts["day"]["requests"], &texts["total"]["tokens"]), (&json!(1), &json!(20)));

    house.waits(15 * MINUTE).await;
    fold_statistics(house.app().clone()).await;
    assert_eq!(images(&ada.gets("/api/v2/stats/img/totals").await), [0, 4, 4, 4, 4]);
    let models = ada.gets("/api/v2/stats/img/models").await;
    assert_eq!(
        models,
        json!({"day": {"throng-shapes": 4}, "month": {"throng-shapes": 4}, "total": {"throng-shapes": 4}})
    );
    assert_eq!(ada.gets("/api/v2/stats/text/models").await["total"], json!({"throng-fables": 1}));
    assert_eq!(ada.gets("/api/v2/stats/img/models?model_state=custom").await["total"], json!({}));

    for (passed, expected) in
        [(2, [0, 0, 4, 4, 4]), (24, [0, 0, 0, 4, 4]), (24 * 28, [0, 0, 0, 4, 4]), (24, [0, 0, 0, 0, 4])]
    {
        house.waits(passed * 60 * MINUTE).await;
        fold_statistics(house.app().clone()).await;
        assert_eq!(images(&ada.gets("/api/v2/stats/img/totals").await), expected, "after {passed} hours more");
    }
    assert_eq!(
        ada.gets("/api/v2/stats/img/models").await,
        json!({"day": {}, "month": {}, "total": {"throng-shapes": 4}})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn loras_are_counted_by_their_numbers() {
    let house = House::new().await;
    let ada = house.user("ada").await;
    let rig = house.dreamer("rig").await.saying("allow_lora", json!(true));
    for loras in [json!([{"name": "7"}]), json!([{"name": "7"}, {"name": "99", "is_version": true}])] {
        ada.asks_for(json!({"prompt": "stars", "models": ["throng-shapes"], "params": {"width": 64, "height": 64, "loras": loras}})).await;
        let job = rig.pops().await.expect("a job");
        rig.submits(&job).await;
    }
    house.waits(11 * MINUTE).await;
    fold_statistics(house.app().clone()).await;
    let expected =
        json!([{"name": "7", "is_version": false, "times": 2}, {"name": "99", "is_version": true, "times": 1}]);
    let loras = ada.gets("/api/v2/stats/img/loras").await;
    assert_eq!((&loras["month"], &loras["total"]), (&expected, &expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_states_of_models_are_refused() {
    let house = House::new().await;
    let answer = house.call(hyper::Method::GET, "/api/v2/stats/img/models?model_state=x", "", None).await;
    assert_eq!((answer.status.as_u16(), answer.rc()), (400, "BadRequest"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grave_report_is_kept() {
    let house = House::new().await;
    let (ada, eve, rig) = (house.user("first").await, house.user("eve").await, house.dreamer("rig").await);
    for user in [&ada, &eve] {
        user.asks_for_an_image().await;
        let job = rig.pops().await.expect("a job");
        let body = json!({"id": job["id"], "generation": "R2", "seed": 1, "state": "csam",
                          "gen_metadata": [{"type": "censorship", "value": "csam"}]});
        let answer = house.call(hyper::Method::POST, "/api/v2/generate/submit", rig.key(), Some(body)).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
    }
    let since = house.app().clock.now() - chrono::TimeDelta::hours(1);
    let reported = throng_server::store::problems::often_reported(&house.app().pool, since, 0).await.expect("a table");
    let eve = eve.account().await["id"].as_i64().expect("an id");
    assert_eq!(
        reported.iter().map(|one| (one.user_id, one.times)).collect::<Vec<_>>(),
        [(eve, 1)],
        "the keeper is exempt"
    );
    let origins = throng_server::store::problems::often_reported_origins(&house.app().pool, since, 0).await;
    let origins: Vec<_> = origins.expect("a table").into_iter().map(|one| (one.address, one.times)).collect();
    assert_eq!(origins, [("127.0.0.1".to_owned(), 1)]);
}
