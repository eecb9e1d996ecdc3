//! What a lent tab is called on the network. A worker's name belongs to one user for ever, so each account of this browser has one.

use std::fmt::Write as _;

/// Where the name is kept, before the account's number.
const SLOT: &str = "throng.lend.name";
const BEFORE: &str = "Tab ";
const DIGITS: usize = 6;

/// A name made of chance.
pub fn of_chance(chance: [u8; DIGITS / 2]) -> String {
    let mut name = BEFORE.to_owned();
    for byte in chance {
        // Writing to a string cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}

/// The name under which the same tab makes stories; the wire refuses one name for two kinds.
pub fn for_stories(name: &str) -> String {
    format!("{name} (stories)")
}

/// Whether this is a name as [`of_chance`] makes them, and not something that got into the storage otherwise.
pub fn is_ours(name: &str) -> bool {
    let digits = name.strip_prefix(BEFORE).unwrap_or_default();
    digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Where the name of this user's tab is kept; `user` is `name#number`, if it is known.
pub fn slot(user: Option<&str>) -> String {
    match user.and_then(|user| user.rsplit_once('#')) {
        Some((_, number)) => format!("{SLOT}.{number}"),
        None => SLOT.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_six_digits_of_chance() {
        assert_eq!(of_chance([0, 0x1b, 0xff]), "Tab 001bff");
        assert_eq!(for_stories("Tab 001bff"), "Tab 001bff (stories)");
        assert!(is_ours(&of_chance([1, 2, 3])));
        for other in ["", "Tab ", "Tab 12345", "Tab 12345x", "Tab 1234567", "x 123456"] {
            assert!(!is_ours(other), "{other}");
        }
    }

    #[test]
    fn each_account_has_a_name_of_its_own() {
        assert_eq!(slot(Some("volunteer#12")), "throng.lend.name.12");
        assert_ne!(slot(Some("ada#1")), slot(Some("bob#2")));
        assert_eq!(slot(None), "throng.lend.name");
    }
}
