//! Calls that this server makes to addresses strangers gave it: only to the open internet, and only to where was looked. The name is
//! resolved once, here, and the connection goes to what was found: a second look-up could lead elsewhere. Redirects are not followed.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::{Client, Url};

use crate::images::address::is_public;

/// How long a stranger's server has to begin to answer.
pub const CONNECT_WAIT: Duration = Duration::from_secs(2);

/// Why no call is made.
#[derive(Debug, thiserror::Error)]
pub enum OutwardError {
    /// The address is none of the open internet, or no address at all.
    #[error("the address does not lead to the open internet")]
    NotPublic,
    /// The client could not be made.
    #[error("no client could be made: {0}")]
    Client(#[from] reqwest::Error),
}

/// Which addresses will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Those of the open internet.
    Public,
    /// All, because the operator says so.
    Anywhere,
}

/// Looks an address up and makes a client that can reach it alone.
pub async fn client(address: &str, reach: Reach, wait: Duration) -> Result<(Client, Url), OutwardError> {
    let url = Url::parse(address).map_err(|_| OutwardError::NotPublic)?;
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Err(OutwardError::NotPublic);
    };
    if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
        return Err(OutwardError::NotPublic);
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let found: Vec<SocketAddr> = match tokio::time::timeout(CONNECT_WAIT, tokio::net::lookup_host((bare, port))).await {
        Ok(Ok(found)) => found.collect(),
        _ => return Err(OutwardError::NotPublic),
    };
    let fits = |address: &SocketAddr| reach == Reach::Anywhere || is_public(address.ip());
    if found.is_empty() || !found.iter().all(fits) {
        return Err(OutwardError::NotPublic);
    }
    // A second installation of the same provider is refused, and does not matter.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_WAIT)
        .timeout(wait)
        .resolve_to_addrs(host, &found)
        .build()?;
    Ok((client, url))
}
