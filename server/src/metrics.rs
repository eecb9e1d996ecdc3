//! Numbers for Prometheus at `/metrics`: calls by route and status, how long they took, the desk's own work, the queue,
//! the workers, what the edge was told.
//! Not here: what is told to users (`routes/status`).

use std::net::{IpAddr, SocketAddr};
use std::sync::OnceLock;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, header};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use throng_policy::client;

use crate::app::App;
use crate::desk::State as DeskState;
use crate::error::Error;
use crate::watching::outbox::Outbox;

/// Seconds: from a read answered out of memory to a call that waited for its deadline.
const CALL_SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// After so many calls the samples are folded into their histograms, whether anybody asks for them or not: they would pile up.
const FOLD_EVERY_CALLS: u64 = 1024;

static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Begins to count, once for the process.
pub fn start() -> Option<&'static PrometheusHandle> {
    let install = || {
        let recorder = PrometheusBuilder::new().set_buckets(&CALL_SECONDS).ok()?.build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).ok()?;
        Some(handle)
    };
    RECORDER.get_or_init(install).as_ref()
}

/// Counts a call that is over.
pub fn count(route: &str, method: &str, status: StatusCode, took: Duration, calls_so_far: u64) {
    let labels = [("route", route.to_owned()), ("method", method.to_owned())];
    metrics::counter!("throng_http_calls_total", "route" => route.to_owned(), "method" => method.to_owned(), "status" => status.as_u16().to_string())
        .increment(1);
    metrics::histogram!("throng_http_call_seconds", &labels).record(took.as_secs_f64());
    if calls_so_far.is_multiple_of(FOLD_EVERY_CALLS)
        && let Some(handle) = start()
    {
        handle.run_upkeep();
    }
}

/// Counts a batch of changes that the edge has taken.
pub fn told(changes: usize) {
    metrics::counter!("throng_edge_batches_total").increment(1);
    metrics::counter!("throng_edge_changes_total").increment(changes as u64);
}

/// Shows the numbers, to this machine and its private network only: they tell more than strangers need.
pub async fn show(State(app): State<App>, request: Request) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip().to_canonical());
    // Whoever is near may be a proxy or an edge, and passes on the calls of strangers.
    let forwarded = ["x-forwarded-for", client::HEADER].iter().any(|name| request.headers().contains_key(*name));
    if forwarded || !peer.is_none_or(is_near) {
        return Error::Plain(
            StatusCode::FORBIDDEN,
            "Metrics are shown to this machine and its private network only.".into(),
        )
        .into_response();
    }
    let Some(handle) = start() else {
        return Error::internal("another recorder of metrics was installed first").into_response();
    };
    if let Err(error) = read_desk(&app).await {
        return error.into_response();
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], handle.render()).into_response()
}

fn is_near(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_loopback() || address.is_private(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
    }
}

async fn read_desk(app: &App) -> Result<(), Error> {
    let reading = app.desk.meter().read();
    let seconds = |micros: u64| micros as f64 / 1e6;
    metrics::counter!("throng_desk_acts_total").absolute(reading.acts);
    metrics::counter!("throng_desk_batches_total").absolute(reading.batches);
    metrics::counter!("throng_desk_events_total").absolute(reading.events);
    metrics::counter!("throng_desk_lead_regained_total").absolute(reading.retakes);
    metrics::gauge!("throng_desk_apply_seconds_total").set(seconds(reading.apply_micros));
    metrics::gauge!("throng_desk_commit_seconds_total").set(seconds(reading.write_micros));
    let (watchers, sleepers) = app.watching.counts();
    metrics::gauge!("throng_watchers").set(watchers as f64);
    metrics::gauge!("throng_sleepers").set(sleepers as f64);
    metrics::gauge!("throng_edge_waiting").set(app.watching.outbox().map_or(0, Outbox::count) as f64);
    let leads = app.desk.state() == DeskState::Leading;
    metrics::gauge!("throng_desk_leads").set(if leads { 1.0 } else { 0.0 });
    if leads {
        let performance = app.desk.performance().await?;
        for (kind, load) in [("image", performance.image), ("text", performance.text)] {
            metrics::gauge!("throng_queue_results", "kind" => kind).set(load.queued_requests as f64);
            metrics::gauge!("throng_queue_things", "kind" => kind).set(load.queued_things as f64);
            metrics::gauge!("throng_workers", "kind" => kind).set(f64::from(load.workers));
            metrics::gauge!("throng_threads", "kind" => kind).set(f64::from(load.threads));
            metrics::gauge!("throng_past_minute_things", "kind" => kind).set(load.past_minute_things as f64);
        }
    }
    Ok(())
}
