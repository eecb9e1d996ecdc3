//! Which addresses of others may be visited: a requester can write any address into a job, and this machine may stand
//! where the requester cannot look. Not here: the server's own address, which its owner chose.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;
use throng_bridge::HordeError;

use super::unusable;

/// Reads an address a job came with.
pub(super) fn parse(address: &str) -> Result<Url, HordeError> {
    Url::parse(address).map_err(|error| unusable(&error.to_string()))
}

/// Refuses a host that is, or resolves to, somewhere private; the server's own host is always allowed.
pub(super) async fn check_public(url: &Url, server: Option<&str>) -> Result<(), HordeError> {
    let host = url.host_str().ok_or_else(|| unusable("it names no host"))?;
    if server == Some(host) {
        return Ok(());
    }
    let port = url.port_or_known_default().unwrap_or(443);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let found = tokio::net::lookup_host((bare, port)).await.map_err(|error| HordeError::Network(error.to_string()))?;
    for place in found {
        if !is_public(place.ip()) {
            return Err(unusable(&format!("{host} is not a public host")));
        }
    }
    Ok(())
}

fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || first == 0
        || first >= 240
        // Shared by a provider's customers (RFC 6598).
        || (first == 100 && (64..128).contains(&second)))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    !(address.is_loopback()
        || address.is_unspecified()
        || address.is_unique_local()
        || address.is_unicast_link_local()
        || address.is_multicast())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_known_in_every_dress() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.1",
            "172.20.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "::1",
            "::",
            "fd00::1",
            "fe80::1",
            "::ffff:127.0.0.1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "100.128.0.1"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }
}
