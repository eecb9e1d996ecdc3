//! What an edge is told by a server that begins to lead.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use http::StatusCode;
use serde_json::json;
use throng_domain::desk::Settings;
use throng_policy::{Batch, push};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use super::{Open, open};
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

async fn take(State(batches): State<UnboundedSender<Bytes>>, batch: Bytes) -> StatusCode {
    batches.send(batch).unwrap();
    StatusCode::NO_CONTENT
}

/// An edge that takes everything: where it is, and what it was told.
async fn edge() -> (String, UnboundedReceiver<Bytes>) {
    let (sender, told) = unbounded_channel();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let routes = Router::new().route(push::PATH, post(take)).with_state(sender);
    tokio::spawn(async { axum::serve(listener, routes).await });
    (url, told)
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_begins_to_lead_tells_the_edge_how_all_requests_stand() {
    let open = open(|_| {}).await;
    let ada = open.user("ada").await;
    let ask = json!({"prompt": "p", "models": ["throng-shapes"], "params": {"width": 64, "height": 64}});
    let asked = open.post("/api/v2/generate/async", &ada, &ask).await.json();
    let request = asked["id"].as_str().unwrap_or_else(|| panic!("not asked: {asked}"));
    let Open { app, house, clock, _data, .. } = open;
    let options = app.pool.connect_options().as_ref().clone();
    house.stop().await;

    let (url, mut told) = edge().await;
    let config = Config { edge_url: Some(url), ..(*app.config).clone() };
    let clock: Arc<dyn Clock> = clock;
    let (_app, house) = App::start(config, options, clock, Arc::clone(&app.ids), Settings::default()).await.unwrap();
    let known = async {
        loop {
            let batch = Batch::read(&told.recv().await.unwrap()).unwrap();
            if let Some(change) = batch.changes.into_iter().find(|change| change.request == request) {
                return change.told.unwrap();
            }
        }
    };
    let told = timeout(PATIENCE, known).await.unwrap();
    assert!(!told.done && told.check.unwrap().contains(r#""waiting":1"#));
    house.stop().await;
}
