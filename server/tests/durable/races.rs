//! Many at once at the running desk.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::join_all;
use throng_domain::desk::answer::Gift;
use throng_domain::{Kind, Kudos};
use throng_server::desk::DeskError;

use crate::fixture::{Fixture, offer, product};

const CROWD: usize = 64;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_crowd_of_poppers_never_gets_the_same_job() {
    let fixture = Fixture::new().await;
    let (ada, bob) = (fixture.user("ada", 5_000).await, fixture.user("bob", 0).await);
    for _ in 0..3 {
        fixture.ask(ada, 10).await;
    }
    let pops = (0..CROWD).map(|_| {
        let desk = fixture.app.desk.clone();
        tokio::spawn(async move { desk.pop(offer(bob, "rig")).await.unwrap().assignment })
    });
    let leases: Vec<_> =
        join_all(pops).await.into_iter().filter_map(Result::unwrap).flat_map(|got| got.generations).collect();
    assert_eq!(leases.len(), 30);
    assert_eq!(leases.iter().collect::<BTreeSet<_>>().len(), 30);
    let jobs: BTreeSet<_> = fixture.stored().await.generations.iter().map(|generation| generation.job).collect();
    assert_eq!(jobs.len(), 30);
    fixture.audit().await;
    fixture.house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_crowd_of_submitters_is_paid_once() {
    let fixture = Fixture::new().await;
    let (ada, bob) = (fixture.user("ada", 100).await, fixture.user("bob", 0).await);
    fixture.ask(ada, 1).await;
    let lease = fixture.pop(bob, "rig").await.unwrap();
    fixture.clock.advance(chrono::TimeDelta::seconds(5));
    let submits = (0..CROWD).map(|number| {
        let desk = fixture.app.desk.clone();
        // Half say the same, half say something else.
        let text = if number % 2 == 0 { "a fable".to_owned() } else { format!("fable {number}") };
        tokio::spawn(async move { desk.submit(bob, lease, product(&text)).await })
    });
    let answers: Vec<_> = join_all(submits).await.into_iter().map(Result::unwrap).collect();
    let paid = answers.iter().filter(|answer| answer.as_ref().is_ok_and(|submitted| !submitted.repeated)).count();
    assert_eq!(paid, 1);
    assert!(answers.iter().all(|answer| matches!(answer, Ok(_) | Err(DeskError::Refused(_)))));
    let mut connection = fixture.connection().await;
    let payments: i64 =
        sqlx::query_scalar("select count(distinct cause) from transfer where generation_id is not null")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    assert_eq!(payments, 1);
    fixture.audit().await;
    fixture.house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_crowd_of_spenders_never_overspends() {
    let fixture = Fixture::new().await;
    let (ada, bob) = (fixture.user("ada", 200).await, fixture.user("bob", 0).await);
    let gifts = (0..CROWD).map(|_| {
        let desk = fixture.app.desk.clone();
        tokio::spawn(async move { desk.transfer(Gift::new(ada, bob, Kudos::whole(7))).await })
    });
    let given = join_all(gifts).await.into_iter().filter(|gift| gift.as_ref().unwrap().is_ok()).count() as i64;
    assert!(given > 0 && given < CROWD as i64);
    assert_eq!(fixture.balance(ada).await, Kudos::whole(200 - 7 * given));
    assert_eq!(fixture.balance(bob).await, Kudos::whole(7 * given));
    // One more would break through the floor below which a balance may not be spent.
    assert!(fixture.balance(ada).await - Kudos::whole(14) < Kudos::whole(7));
    fixture.audit().await;
    fixture.house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_reads_what_is_not_yet_durable() {
    let fixture = Fixture::new().await;
    let ada = fixture.user("ada", 5_000).await;
    for _ in 0..20 {
        let request = fixture.ask(ada, 1).await;
        let desk = fixture.app.desk.clone();
        let read = tokio::spawn(async move { desk.check(request, Kind::Text).await });
        let mut connection = fixture.connection().await;
        read.await.unwrap().unwrap();
        // The answer is out, so the row is in.
        let stored: i64 = sqlx::query_scalar("select count(*) from request where id = $1")
            .bind(request.0)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(stored, 1);
    }
    fixture.audit().await;
    fixture.house.stop().await;
}

#[tokio::test]
async fn a_stopped_desk_says_so_at_once() {
    let fixture = Fixture::new().await;
    let ada = fixture.user("ada", 50).await;
    let desk = fixture.app.desk.clone();
    fixture.house.stop().await;
    let answer = tokio::time::timeout(Duration::from_secs(5), desk.user(ada)).await.unwrap();
    assert!(answer.is_err());
}
