//! `PUT /operations/block_worker_ipaddr/{worker_id}`: a moderator puts the address that a worker last came from into a timeout.

use axum::extract::{Path, State};
use axum::response::Response;
use chrono::TimeDelta;
use serde_json::json;
use throng_api::operations::WorkerTimeout;
use throng_domain::desk::moderation::Act;

use super::super::acts::act;
use super::super::rights::moderator;
use super::{done, network_of};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::validation::{self, bodies};
use crate::wire::JsonBody;

/// Sets it.
pub async fn put(
    State(app): State<App>,
    call: Call,
    Path(worker): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Response, Error> {
    validation::check(&bodies::fleet::WORKER_TIMEOUT, &body)?;
    call.key()?;
    let timeout: WorkerTimeout = validation::typed(body)?;
    let moderator = moderator(&app, &call).await?;
    let (network, owner) = network_of(&app, &worker).await?;
    let details = json!({"days": timeout.days, "worker": worker});
    let act = act(&app, moderator.id, Act::AddressBlock, network, owner, details);
    app.block(network, app.clock.now() + TimeDelta::days(i64::from(timeout.days)), &act).await?;
    tracing::info!(moderator = %moderator.id, %network, worker, days = timeout.days, "a worker's address is in a timeout");
    Ok(done())
}
