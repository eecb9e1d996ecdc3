//! Whose call it is that an edge passes on: the address that the edge saw, signed with its key, so that the server
//! believes nobody else, wherever the call comes from. Who overhears one may pass for this address as long as the
//! signature is young, and for nobody else. Not here: what an address may do.

use std::net::IpAddr;

use crate::sign::{self, Forged, KEY_BYTES};

/// Where it travels: the address, a semicolon, the signature.
pub const HEADER: &str = "throng-client";

/// Writes what goes into the header.
pub fn write(key: &[u8; KEY_BYTES], now_seconds: i64, address: IpAddr) -> String {
    let address = address.to_canonical().to_string();
    let signature = sign::sign(key, now_seconds, address.as_bytes());
    format!("{address};{signature}")
}

/// Reads what came in the header, if it was signed with this key just now.
pub fn read(key: &[u8; KEY_BYTES], now_seconds: i64, said: &str) -> Result<IpAddr, Forged> {
    let (text, signature) = said.split_once(';').ok_or(Forged::Unreadable)?;
    let address: IpAddr = text.parse().map_err(|_| Forged::Unreadable)?;
    sign::verify(key, now_seconds, signature, text.as_bytes())?;
    Ok(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::SKEW_SECONDS_MAX;

    const KEY: [u8; KEY_BYTES] = [7; KEY_BYTES];

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_arrives_as_the_edge_saw_it() {
        let signature = "t=5,v1=f03166275c2aea85909aa9de65f6816018bd91c995a8f3ac61d89c7dbc757f30";
        assert_eq!(write(&KEY, 5, address("192.0.2.1")), format!("192.0.2.1;{signature}"));
        for (seen, read_as) in
            [("192.0.2.1", "192.0.2.1"), ("2001:DB8::7", "2001:db8::7"), ("::ffff:192.0.2.1", "192.0.2.1")]
        {
            assert_eq!(read(&KEY, 5, &write(&KEY, 5, address(seen))), Ok(address(read_as)), "{seen}");
        }
    }

    #[test]
    fn only_the_edge_is_believed_and_only_for_a_while() {
        let said = write(&KEY, 1_000, address("192.0.2.1"));
        assert_eq!(read(&KEY, 1_000 + SKEW_SECONDS_MAX, &said), Ok(address("192.0.2.1")));
        assert_eq!(read(&KEY, 1_001 + SKEW_SECONDS_MAX, &said), Err(Forged::Late));
        assert_eq!(read(&[8; KEY_BYTES], 1_000, &said), Err(Forged::Wrong));
        assert_eq!(read(&KEY, 1_000, &said.replace("192.0.2.1", "192.0.2.2")), Err(Forged::Wrong));
        for unsigned in ["", "192.0.2.1", "192.0.2.1;", "192.0.2.1;t=1000,v1=", "nobody;t=1000,v1=00", ";t=1000,v1=00"]
        {
            assert!(read(&KEY, 1_000, unsigned).is_err(), "{unsigned}");
        }
    }
}
