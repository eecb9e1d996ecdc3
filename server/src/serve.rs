//! The role `serve`: listens once this server leads or has somebody to forward to, until it is told to stop; then drains, writes what it has, and leaves.
//! Not here: what is answered (`routes.rs`).

use std::process::ExitCode;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;

use crate::app::{App, House};

/// How long open calls may take after the server was told to stop: longer than any call, long polls included.
const DRAIN_WAIT_MAX: Duration = Duration::from_secs(10);

/// How long the first callers are kept waiting for the desk to be read: a slow machine needs its time. After it "not yet" is answered.
const READY_WAIT_MAX: Duration = Duration::from_secs(20);

/// Serves until SIGINT or SIGTERM, or until the desk is gone.
pub async fn until_told(app: App, mut house: House) -> Result<ExitCode, std::io::Error> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    // A port that is taken is said at once, not after the database was read.
    let listener = TcpListener::bind(app.config.listen).await?;
    let stopping = app.stopping.clone();
    let router = crate::routes::router(app.clone());
    let service = router.into_make_service_with_connect_info::<std::net::SocketAddr>();
    let drain = stopping.clone();
    let ready = app.clone();
    let mut server = tokio::spawn(async move {
        let leads_or_forwards = async {
            tokio::select! {
                leads = ready.desk.ready() => leads,
                sees = ready.front.sees_leader() => sees,
            }
        };
        if let Ok(true) = timeout(READY_WAIT_MAX, leads_or_forwards).await {
            tracing::info!(url = ready.config.public_url(), "ready");
        }
        axum::serve(listener, service).with_graceful_shutdown(drain.cancelled_owned()).await
    });
    let mut code = ExitCode::SUCCESS;
    tokio::select! {
        _ = interrupted.recv() => tracing::info!("stopping: finishing open calls"),
        _ = terminated.recv() => tracing::info!("stopping: finishing open calls"),
        () = house.desk_ended() => {
            tracing::error!("the desk ended abruptly: stopping");
            code = ExitCode::FAILURE;
        }
        ended = &mut server => {
            tracing::error!(?ended, "no longer listening: stopping");
            code = ExitCode::FAILURE;
        }
    }
    stopping.cancel();
    if !server.is_finished() && timeout(DRAIN_WAIT_MAX, &mut server).await.is_err() {
        tracing::warn!("some calls did not finish in time");
        server.abort();
    }
    house.stop().await;
    Ok(code)
}
