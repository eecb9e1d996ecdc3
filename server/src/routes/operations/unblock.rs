//! `DELETE /operations/ipaddr`: a moderator ends the timeout of an address or a range, and forgets what led to it.

use axum::extract::State;
use axum::response::Response;
use serde_json::json;
use throng_api::operations::OldIpTimeout;
use throng_domain::desk::moderation::Act;

use super::super::acts::act;
use super::super::rights::moderator;
use super::{done, network};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::validation::{self, bodies};
use crate::wire::JsonBody;

/// Ends it.
pub async fn delete(State(app): State<App>, call: Call, JsonBody(body): JsonBody) -> Result<Response, Error> {
    validation::check(&bodies::fleet::DELETE_TIMEOUT, &body)?;
    call.key()?;
    let old: OldIpTimeout = validation::typed(body)?;
    let network = network(&old.ipaddr)?;
    let moderator = moderator(&app, &call).await?;
    let act = act(&app, moderator.id, Act::AddressUnblock, network, None, json!({}));
    app.unblock(network, &act).await?;
    tracing::info!(moderator = %moderator.id, %network, "a timeout is ended");
    Ok(done())
}
