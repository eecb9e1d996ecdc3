//! Watching a request instead of looking at it again and again: every change is told, in the very bytes that a look brings.

use hyper::Method;
use serde_json::json;
use std::time::Duration;
use throng_tests::house::House;

use super::alchemy::picture;

/// Longer than a request lives.
const LIFE: Duration = Duration::from_secs(25 * 60);

/// What a look at a path brings, byte for byte.
async fn seen(house: &House, path: &str) -> String {
    let answer = house.call(Method::GET, path, "", None).await;
    assert_eq!(answer.status, 200, "{}", answer.json);
    String::from_utf8(answer.body.to_vec()).expect("text")
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_watches_a_picture_sees_it_wait_being_made_and_done_in_the_bytes_of_a_check() {
    let house = House::new().await;
    let (ada, rig) = (house.user("ada").await, house.dreamer("rig").await);
    let id = ada.asks_for_an_image().await;
    let (watch, check) = (format!("/watch/image/{id}"), format!("/api/v2/generate/check/{id}"));
    let mut watcher = house.opens(&watch, &[]).await.expect("a stream");
    let waiting = watcher.next().await.expect("how it stands");
    assert_eq!((waiting.json()["waiting"].clone(), waiting.json()["done"].clone()), (json!(1), json!(false)));
    assert_eq!(waiting.data, seen(&house, &check).await);

    let job = rig.pops().await.expect("a job");
    let made = watcher.until(|news| news["processing"] == 1).await;
    assert_eq!(made.data, seen(&house, &check).await);
    rig.submits(&job).await;
    let done = watcher.until(|news| news["finished"] == 1).await;
    assert_eq!(done.json()["done"], true);
    assert_eq!(done.data, seen(&house, &check).await);
    assert_eq!(watcher.next().await, None, "the stream ends with the request");

    let number = |id: &str| id.parse::<u64>().expect("a number");
    assert!(number(&waiting.id) < number(&made.id) && number(&made.id) < number(&done.id));
    let look = house.call(Method::GET, &check, "", None).await;
    let sequence = look.headers["throng-sequence"].to_str().expect("text");
    assert!(number(sequence) > number(&done.id), "a later look has a higher number");
    let nothing_new = house.opens(&watch, &[("last-event-id", &done.id)]).await.expect_err("it is over");
    assert_eq!(
        (nothing_new.status.as_u16(), nothing_new.body.len()),
        (204, 0),
        "so browsers do not come back for ever"
    );
    let mut late = house.opens(&watch, &[("last-event-id", &made.id)]).await.expect("a stream");
    assert_eq!(late.next().await.as_ref(), Some(&done), "whoever has not seen the end is told");
    assert_eq!(late.next().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_back_is_not_told_again_what_they_know() {
    let house = House::new().await;
    let (ada, pen) = (house.user("ada").await, house.scribe("pen").await);
    let id = ada.asks_for_a_text().await;
    let watch = format!("/watch/text/{id}");
    let mut watcher = house.opens(&watch, &[]).await.expect("a stream");
    let waiting = watcher.next().await.expect("how it stands");
    drop(watcher);
    let mut again = house.opens(&watch, &[("last-event-id", &waiting.id)]).await.expect("a stream");
    let job = pen.pops().await.expect("a job");
    let next = again.next().await.expect("what is new");
    assert!(next.json()["processing"] == 1 && next.id != waiting.id, "{next:?}");
    pen.submits(&job).await;
    let done = again.until(|news| news["done"] == true).await;
    assert!(done.json()["generations"][0]["text"].as_str().is_some_and(|text| text.contains("fox")));
    assert_eq!(done.data, seen(&house, &format!("/api/v2/generate/text/status/{id}")).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_are_watched_until_none_is_open() {
    let house = House::new().await;
    let (ada, sage) = (house.user("ada").await, house.alchemist("sage", &["caption"]).await);
    let id = ada.asks_for_forms(&picture(64, 64), &["caption", "caption"]).await;
    let mut watcher = house.opens(&format!("/watch/alchemy/{id}"), &[]).await.expect("a stream");
    for form in sage.pops_forms().await {
        sage.submits_form(&form, json!({"caption": "a cat"})).await;
    }
    let done = watcher.until(|news| news["state"] == "done").await;
    assert_eq!(done.data, seen(&house, &format!("/api/v2/interrogate/status/{id}")).await);
    assert_eq!(watcher.next().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_cancelled_or_forgotten_is_told_so() {
    let house = House::new().await;
    let ada = house.user("ada").await;
    let (cancelled, forgotten) = (ada.asks_for_an_image().await, ada.asks_for_an_image().await);
    let mut first = house.opens(&format!("/watch/image/{cancelled}"), &[]).await.expect("a stream");
    let mut second = house.opens(&format!("/watch/image/{forgotten}"), &[]).await.expect("a stream");
    first.next().await.expect("how it stands");
    second.next().await.expect("how it stands");
    ada.cancels(&cancelled).await;
    first.until(|news| news["done"] == true && news["waiting"] == 0).await;
    assert_eq!(first.next().await, None);
    house.waits(LIFE).await;
    let gone = second.until(|news| news["rc"] == "RequestNotFound").await;
    assert_eq!(gone.name, "gone");
    assert_eq!(second.next().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_watches_what_is_not_there() {
    let house = House::new().await;
    let ada = house.user("ada").await;
    let id = ada.asks_for_an_image().await;
    for path in ["/watch/image/x".to_owned(), format!("/watch/text/{id}"), format!("/watch/image/{}", uuid(7))] {
        let refused = house.opens(&path, &[]).await.expect_err("nothing is there");
        assert_eq!((refused.status.as_u16(), refused.rc()), (404, "RequestNotFound"), "{path}");
    }
    let (check, watch) = ("/api/v2/generate/check/x", "/watch/image/x");
    let [looked, watched] =
        [house.call(Method::GET, check, "", None).await, house.call(Method::GET, watch, "", None).await];
    assert_eq!(looked.body, watched.body, "the same words");
}

fn uuid(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_holds_so_many_streams_and_gets_room_again_when_it_lets_go() {
    let house = House::new().await;
    let ada = house.user("ada").await;
    let watch = format!("/watch/image/{}", ada.asks_for_an_image().await);
    let mut held = Vec::new();
    let refused = loop {
        match house.opens(&watch, &[]).await {
            Ok(stream) => held.push(stream),
            Err(refused) => break refused,
        }
    };
    assert_eq!((held.len(), refused.status.as_u16()), (200, 429), "{}", refused.json);
    assert!(refused.json["message"].as_str().is_some_and(|message| message.contains("look now and then")));
    assert_eq!(
        house.call(Method::GET, &watch.replace("watch/image", "api/v2/generate/check"), "", None).await.status,
        200
    );
    held.pop();
    house.opens(&watch, &[]).await.expect("a place is free");
}
