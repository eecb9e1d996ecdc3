//! What moderators do about addresses.

pub mod block;
pub mod block_worker;
pub mod list;
pub mod show;
pub mod unblock;
pub mod unblock_worker;

use std::net::IpAddr;

use axum::response::Response;
use throng_api::ReturnCode as Rc;
use throng_api::operations::{Done, IpTimeout};
use throng_domain::UserId;

use super::workers::{not_found, worker_id};
use crate::addresses::network::Network;
use crate::app::App;
use crate::error::Error;
use crate::wire::ok;

/// Reads an address or a range.
fn network(text: &str) -> Result<Network, Error> {
    text.parse().map_err(|_| {
        Error::refused_with(Rc::BadRequest, "'ipaddr' needs to be an address, or a range like 192.0.2.0/24")
    })
}

/// What is blocked when a worker's last address is, and whose worker it is.
async fn network_of(app: &App, worker: &str) -> Result<(Network, Option<UserId>), Error> {
    let found = app.desk.worker(worker_id(worker)?).await?.ok_or_else(|| not_found(worker))?;
    let address: IpAddr = found.record.profile.address.parse().map_err(Error::internal)?;
    Ok((Network::of_holder(address), Some(found.owner.id)))
}

/// Shows timeouts.
fn shown(networks: Vec<(Network, i64)>) -> Response {
    let shown = |(network, seconds): (Network, i64)| IpTimeout { ipaddr: network.to_string(), seconds };
    ok(&networks.into_iter().map(shown).collect::<Vec<_>>())
}

/// Says that it was done.
fn done() -> Response {
    ok(&Done::default())
}
