//! Where a call comes from, as Cloudflare saw it. Not here: how the server is told so (`origin.rs`).

use std::net::{IpAddr, Ipv4Addr};

use crate::call::Call;

/// Cloudflare's word for the caller's address. It takes the caller's own away.
const HEADER: &str = "cf-connecting-ip";

/// The caller's address. A call that names none was made beside Cloudflare, on one's own machine.
pub(crate) fn of(call: &Call) -> IpAddr {
    let said = call.header(HEADER).and_then(|address| address.trim().parse::<IpAddr>().ok());
    said.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |address| address.to_canonical())
}

/// Who holds an address of the sixth version holds all 2⁶⁴ beside it.
pub(crate) fn holder(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => IpAddr::V6((six.to_bits() >> 64 << 64).into()),
    }
}
