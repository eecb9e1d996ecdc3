//! Whose call it is: by the word of an edge, and of a server that passes calls on. Seen by what is counted for whom.

use std::sync::Arc;

use axum::body::Body;
use http::{Method, StatusCode};
use throng_domain::desk::Settings;
use throng_policy::{client, sign};
use tokio::net::TcpListener;

use super::{Open, open};
use crate::app::App;
use crate::clock::{Clock, Ids};
use crate::config::Config;
use crate::routes::router;
use crate::watching::push;

/// May be called ten times a second from each address.
const LIMITED: &str = "/api/v2/generate/check/x";

/// What an edge says of a call, so many seconds ago.
fn said(open: &Open, address: &str, seconds_ago: i64) -> String {
    let then = open.clock.now().timestamp() - seconds_ago;
    client::write(&push::key(&open.app.secret), then, address.parse().unwrap())
}

/// Calls with this said of it; tells how many calls are left to whoever it is counted for.
async fn left(open: &Open, said: &str) -> String {
    let answer = open.call(Method::GET, LIMITED, &[(client::HEADER, said)], Body::empty()).await;
    answer.header("x-ratelimit-remaining").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_edge_passes_on_is_counted_for_whoever_called_the_edge() {
    let open = open(|config| config.no_rate_limits = false).await;
    let (ada, bob) = (said(&open, "192.0.2.1", 0), said(&open, "192.0.2.2", 0));
    assert_eq!(left(&open, &ada).await, "9");
    assert_eq!(left(&open, &ada).await, "8");
    assert_eq!(left(&open, &bob).await, "9");
    // The rest is the peer's own, whatever it says.
    let forged = ada.replace("192.0.2.1", "192.0.2.3");
    let late = said(&open, "192.0.2.4", sign::SKEW_SECONDS_MAX + 1);
    for (said, expected) in [("192.0.2.5", "9"), (forged.as_str(), "8"), (late.as_str(), "7"), ("", "6")] {
        assert_eq!(left(&open, said).await, expected, "{said}");
    }
    assert_eq!(left(&open, &said(&open, "192.0.2.4", sign::SKEW_SECONDS_MAX)).await, "9", "a slow clock");
    let strange = open.call(Method::GET, "/metrics", &[(client::HEADER, &ada)], Body::empty()).await;
    assert_eq!(strange.status, StatusCode::FORBIDDEN, "the edge may be a neighbour, whoever calls it is none");
    open.close().await;
}

/// A second server of the same database, which does not lead.
async fn beside(leader: &Open) -> Open {
    let data = tempfile::tempdir().unwrap();
    let config = Config {
        data: Some(data.path().to_owned()),
        secret_file: Some(leader.app.config.secret_file()),
        no_edge: true,
        ..Config::default()
    };
    let clock: Arc<dyn Clock> = leader.clock.clone();
    let ids = Arc::new(Ids::seeded(Arc::clone(&clock), 12));
    let options = leader.app.pool.connect_options().as_ref().clone();
    let (app, house) = App::start(config, options, clock, ids, Settings::default()).await.unwrap();
    assert!(app.front.sees_leader().await);
    Open { router: router(app.clone()), app, house, clock: Arc::clone(&leader.clock), _data: data }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_lead_passes_on_what_the_edge_saw() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let here = format!("http://{}", listener.local_addr().unwrap());
    let leader = open(|config| {
        config.no_rate_limits = false;
        config.peer_url = Some(here);
    })
    .await;
    let service = leader.router.clone();
    let serving = tokio::spawn(async move { axum::serve(listener, service).await });
    let front = beside(&leader).await;
    let (ada, bob) = (said(&front, "192.0.2.1", 0), said(&front, "192.0.2.2", 0));
    assert_eq!(left(&front, &ada).await, "9");
    assert_eq!(left(&leader, &ada).await, "8", "both servers know them for the same");
    assert_eq!(left(&front, &bob).await, "9");
    assert_eq!(left(&front, "192.0.2.1").await, "9", "and an unsigned one for nobody");
    front.close().await;
    serving.abort();
    leader.close().await;
}
