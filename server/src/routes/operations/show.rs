//! `GET /operations/ipaddr/{ipaddr}`: what holds for an address: ranges it belongs to, and its own timeout.

use std::net::IpAddr;

use axum::extract::{Path, State};
use axum::response::Response;
use throng_api::ReturnCode as Rc;

use super::super::rights::moderator;
use super::shown;
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;

/// Shows it.
pub async fn get(State(app): State<App>, call: Call, Path(address): Path<String>) -> Result<Response, Error> {
    let address: IpAddr =
        address.parse().map_err(|_| Error::refused_with(Rc::BadRequest, "This is not an address."))?;
    moderator(&app, &call).await?;
    Ok(shown(app.addresses.timeouts.holding(address, app.clock.now())))
}
