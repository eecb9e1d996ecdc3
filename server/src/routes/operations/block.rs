//! `POST /operations/ipaddr`: a moderator puts an address or a range into a timeout.

use axum::extract::State;
use axum::response::Response;
use chrono::TimeDelta;
use serde_json::json;
use throng_api::operations::NewIpTimeout;
use throng_domain::desk::moderation::Act;

use super::super::acts::act;
use super::super::rights::moderator;
use super::{done, network};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::validation::{self, bodies};
use crate::wire::JsonBody;

/// Sets it.
pub async fn post(State(app): State<App>, call: Call, JsonBody(body): JsonBody) -> Result<Response, Error> {
    validation::check(&bodies::fleet::ADD_TIMEOUT, &body)?;
    call.key()?;
    let new: NewIpTimeout = validation::typed(body)?;
    let network = network(&new.ipaddr)?;
    let moderator = moderator(&app, &call).await?;
    let act = act(&app, moderator.id, Act::AddressBlock, network, None, json!({"hours": new.hours}));
    app.block(network, app.clock.now() + TimeDelta::hours(i64::from(new.hours)), &act).await?;
    tracing::info!(moderator = %moderator.id, %network, hours = new.hours, "an address is in a timeout");
    Ok(done())
}
