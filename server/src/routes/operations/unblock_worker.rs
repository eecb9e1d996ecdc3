//! `DELETE /operations/block_worker_ipaddr/{worker_id}`: a moderator ends the timeout of the address that a worker last came from.

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::json;
use throng_domain::desk::moderation::Act;

use super::super::acts::act;
use super::super::rights::moderator;
use super::{done, network_of};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;

/// Ends it.
pub async fn delete(State(app): State<App>, call: Call, Path(worker): Path<String>) -> Result<Response, Error> {
    let moderator = moderator(&app, &call).await?;
    let (network, owner) = network_of(&app, &worker).await?;
    let act = act(&app, moderator.id, Act::AddressUnblock, network, owner, json!({"worker": worker}));
    app.unblock(network, &act).await?;
    tracing::info!(moderator = %moderator.id, %network, worker, "the timeout of a worker's address is ended");
    Ok(done())
}
