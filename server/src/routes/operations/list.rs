//! `GET /operations/ipaddr`: the ranges that are in a timeout. Single addresses are not listed, as at the AI Horde.

use axum::extract::State;
use axum::response::Response;

use super::super::rights::moderator;
use super::shown;
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;

/// Lists them.
pub async fn get(State(app): State<App>, call: Call) -> Result<Response, Error> {
    moderator(&app, &call).await?;
    Ok(shown(app.addresses.timeouts.ranges(app.clock.now())))
}
