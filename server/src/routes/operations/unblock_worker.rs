//! `DELETE /operations/block_worker_ipaddr/{worker_id}`: a moderator ends the timeout of the address that a worker last came from.

use axum::extract::{Path, State};
use axum::response::Response;

use super::super::rights::moderator;
use super::{done, network_of};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;

/// Ends it.
pub async fn delete(State(app): State<App>, call: Call, Path(worker): Path<String>) -> Result<Response, Error> {
    let moderator = moderator(&app, &call).await?;
    let network = network_of(&app, &worker).await?;
    app.unblock(network).await?;
    tracing::info!(moderator = %moderator.id, %network, worker, "the timeout of a worker's address is ended");
    Ok(done())
}
