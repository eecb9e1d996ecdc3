//! Crashes: what was acknowledged is there afterwards, what was not is either wholly there or wholly not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::join_all;
use throng_domain::{GenerationId, RequestId, UserId};
use throng_server::desk::{DeskError, DeskHandle};

use crate::fixture::{Fixture, ask, offer, product};
use crate::leader::cut_the_leader;

/// What one client was told.
#[derive(Default)]
struct Told {
    asked: Vec<RequestId>,
    leased: Vec<GenerationId>,
    submitted: Vec<GenerationId>,
}

/// Asks, pops, submits, twice where unsure, until told to stop.
async fn busy_client(desk: DeskHandle, number: usize, ada: UserId, bob: UserId, enough: Arc<AtomicBool>) -> Told {
    let mut told = Told::default();
    while !enough.load(Ordering::Relaxed) {
        if let Ok(asked) = desk.ask(ask(ada, 1)).await {
            told.asked.push(asked.request);
        }
        let Ok(popped) = desk.pop(offer(bob, &format!("rig {number}"))).await else {
            tokio::task::yield_now().await;
            continue;
        };
        for lease in popped.assignment.map(|assignment| assignment.generations).unwrap_or_default() {
            told.leased.push(lease);
            for _ in 0..2 {
                if desk.submit(bob, lease, product("a fable")).await.is_ok() {
                    told.submitted.push(lease);
                }
            }
        }
    }
    told
}

/// Checks that everything a client was told is in the tables.
async fn check_what_was_told(fixture: &Fixture, told: &[Told]) {
    let stored = fixture.stored().await;
    let asked: std::collections::BTreeSet<_> = stored.requests.iter().map(|request| request.id).collect();
    let done: std::collections::BTreeSet<_> = stored
        .generations
        .iter()
        .filter(|g| matches!(g.state, throng_domain::desk::restore::GenerationState::Done(_)))
        .map(|g| g.id)
        .collect();
    let leased: std::collections::BTreeSet<_> = stored.generations.iter().map(|generation| generation.id).collect();
    let mut handed_out = std::collections::BTreeSet::new();
    for client in told {
        assert!(client.asked.iter().all(|request| asked.contains(request)), "an admitted request is lost");
        assert!(client.leased.iter().all(|lease| leased.contains(lease)), "a lease is lost");
        assert!(client.leased.iter().all(|lease| handed_out.insert(*lease)), "a lease was handed out twice");
        assert!(client.submitted.iter().all(|lease| done.contains(lease)), "an accepted result is lost");
    }
    fixture.audit().await;
}

async fn wealthy_pair(fixture: &Fixture) -> (UserId, UserId) {
    (fixture.user("ada", 1_000_000).await, fixture.user("bob", 0).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn cutting_the_writers_connection_again_and_again_loses_and_doubles_nothing() {
    let fixture = Fixture::new().await;
    let (ada, bob) = wealthy_pair(&fixture).await;
    let enough = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..8)
        .map(|number| tokio::spawn(busy_client(fixture.app.desk.clone(), number, ada, bob, Arc::clone(&enough))))
        .collect();
    for _ in 0..6 {
        let acts = fixture.app.desk.meter().read().acts;
        while fixture.app.desk.meter().read().acts < acts + 100 {
            tokio::task::yield_now().await;
        }
        cut_the_leader(&fixture.options).await;
    }
    assert!(fixture.app.desk.ready().await);
    enough.store(true, Ordering::Relaxed);
    let told: Vec<_> = join_all(clients).await.into_iter().map(Result::unwrap).collect();
    assert!(fixture.app.desk.ready().await);
    assert!(fixture.app.desk.meter().read().retakes > 0);
    assert!(told.iter().map(|client| client.submitted.len()).sum::<usize>() > 0);
    check_what_was_told(&fixture, &told).await;
    fixture.house.stop().await;
}

#[test]
fn a_server_that_dies_between_applying_and_committing_leaves_whole_books() {
    // The first server gets a runtime of its own, so that it can be torn away in the middle of everything, as by kill -9. The second
    // runs where the cluster was started.
    let outer = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    for seed in 0..4 {
        let inner = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let enough = Arc::new(AtomicBool::new(false));
        let told = Arc::new(std::sync::Mutex::new(Vec::new()));
        let (options, data) = inner.block_on(async {
            let fixture = Fixture::on(crate::fixture::database().await, tempfile::tempdir().unwrap(), seed).await;
            let (ada, bob) = wealthy_pair(&fixture).await;
            for number in 0..8 {
                let client = busy_client(fixture.app.desk.clone(), number, ada, bob, Arc::clone(&enough));
                tokio::spawn(client);
            }
            let asker = (fixture.app.desk.clone(), Arc::clone(&told));
            tokio::spawn(async move {
                loop {
                    match asker.0.ask(ask(ada, 1)).await {
                        Ok(asked) => asker.1.lock().unwrap().push(asked.request),
                        // Too much of hers waits: the others work it off.
                        Err(DeskError::Refused(_)) => tokio::task::yield_now().await,
                        Err(DeskError::Unavailable(_)) => return,
                    }
                }
            });
            while told.lock().unwrap().len() < 25 {
                tokio::task::yield_now().await;
            }
            (fixture.options.clone(), fixture.data)
        });
        inner.shutdown_background();
        outer.block_on(async {
            let fixture = Fixture::on(options, data, seed + 100).await;
            let asked = std::mem::take(&mut *told.lock().unwrap());
            check_what_was_told(&fixture, &[Told { asked, ..Told::default() }]).await;
            fixture.house.stop().await;
        });
    }
}
