//! A network: an address, or all addresses that begin alike. Written and read as `192.0.2.7` or `192.0.2.0/24`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Who holds one address of IPv6 holds the others of its /64: blocking one alone blocks nobody.
const V6_HOLDER_PREFIX: u8 = 64;

/// An address or a range. Bits behind the prefix are zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// Not an address, nor a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an address, nor a range like 192.0.2.0/24")]
pub struct NotANetwork;

impl Network {
    /// The first `prefix` bits of an address.
    pub fn new(address: IpAddr, prefix: u8) -> Result<Self, NotANetwork> {
        let address = address.to_canonical();
        if prefix > bits(address) {
            return Err(NotANetwork);
        }
        let address = match address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from(u32::from(address) & mask))
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from(u128::from(address) & mask))
            }
        };
        Ok(Self { address, prefix })
    }

    /// One address alone.
    pub fn single(address: IpAddr) -> Self {
        let address = address.to_canonical();
        Self { address, prefix: bits(address) }
    }

    /// What is blocked when the holder of an address is.
    pub fn of_holder(address: IpAddr) -> Self {
        match address.to_canonical() {
            address @ IpAddr::V6(_) => Self::new(address, V6_HOLDER_PREFIX).unwrap_or_else(|_| Self::single(address)),
            address => Self::single(address),
        }
    }

    /// Whether it is more than one address.
    pub fn is_range(self) -> bool {
        self.prefix < bits(self.address)
    }

    /// Whether an address belongs to it.
    pub fn contains(self, address: IpAddr) -> bool {
        Self::new(address, self.prefix).is_ok_and(|other| other == self)
    }
}

fn bits(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let address = |text: &str| text.trim().parse::<IpAddr>().map_err(|_| NotANetwork);
        match text.split_once('/') {
            Some((left, prefix)) => Self::new(address(left)?, prefix.trim().parse().map_err(|_| NotANetwork)?),
            None => Ok(Self::single(address(text)?)),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_range() {
            write!(formatter, "{}/{}", self.address, self.prefix)
        } else {
            self.address.fmt(formatter)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        text.parse().unwrap()
    }

    #[test]
    fn networks_are_read_and_written_in_their_shortest_form() {
        for (text, written) in [
            ("192.0.2.7", "192.0.2.7"),
            ("192.0.2.7/24", "192.0.2.0/24"),
            ("192.0.2.7/32", "192.0.2.7"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:0:1::7/64", "2001:db8:0:1::/64"),
            ("::/0", "::/0"),
        ] {
            assert_eq!(network(text).to_string(), written);
        }
        for wrong in ["", "nobody", "192.0.2", "192.0.2.7/33", "192.0.2.7/", "2001:db8::/129", "192.0.2.0/-1"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_range_holds_what_begins_alike() {
        for (range, address, holds) in [
            ("192.0.2.0/24", "192.0.2.255", true),
            ("192.0.2.0/24", "192.0.3.0", false),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("0.0.0.0/0", "203.0.113.1", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
        ] {
            assert_eq!(network(range).contains(address.parse().unwrap()), holds, "{range} {address}");
        }
    }

    #[test]
    fn who_holds_one_address_of_the_new_kind_holds_its_neighbours() {
        let of_holder = |text: &str| Network::of_holder(text.parse().unwrap()).to_string();
        assert_eq!(of_holder("2001:db8:0:1:2:3:4:5"), "2001:db8:0:1::/64");
        assert_eq!(of_holder("192.0.2.7"), "192.0.2.7");
        assert_eq!(of_holder("::ffff:192.0.2.7"), "192.0.2.7");
    }
}
