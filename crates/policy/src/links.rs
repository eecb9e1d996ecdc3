//! Signed links: whoever holds one may put or get one picture until the link expires. The server makes them; it and an
//! edge that keeps pictures itself check them alike, with the edge's key and nothing else. Not here: how long a link
//! holds, where pictures are kept.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use serde::Deserialize;
use sha2::Sha256;

use crate::key::pairs;
use crate::sign::KEY_BYTES;

/// The folder of pictures, at the server and at the edge.
pub const FOLDER: &str = "/images/";

/// Keeps the key of links apart from every other use of the edge's key.
const PURPOSE: &[u8] = b"picture-link";

/// What every name of a picture ends in.
const ENDING: &str = ".webp";

/// Bytes of a name: an id with what stands before and behind it has half of that.
const NAME_BYTES_MAX: usize = 100;

/// What a link permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    /// Putting the picture there, once or again.
    Upload,
    /// Getting it.
    Download,
}

impl Permit {
    /// The method it is about.
    pub const fn method(self) -> &'static str {
        match self {
            Self::Upload => "PUT",
            Self::Download => "GET",
        }
    }
}

/// The signed part of a link.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Signed {
    /// Until when it holds, in seconds since 1970.
    pub expires: i64,
    /// That the server said so.
    pub signature: String,
}

impl Signed {
    /// Reads it from the query of a link; none if it is not there, or there twice.
    pub fn read(query: &str) -> Option<Self> {
        let pairs = pairs(query)?;
        let said = |wanted: &str| {
            let mut found = pairs.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value);
            found.next().filter(|_| found.next().is_none())
        };
        Some(Self { expires: said("expires")?.parse().ok()?, signature: said("signature")?.clone() })
    }
}

/// Whether this may be the name of a picture: one flat name, so that no link leads out of the folder.
pub fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let stem = name.strip_suffix(ENDING).unwrap_or_default();
    !stem.is_empty() && !stem.starts_with('.') && name.len() <= NAME_BYTES_MAX && name.bytes().all(is_plain)
}

/// Writes the part of a link behind the picture's name. Some clients take an address for base64 unless they find
/// `https` somewhere in it, so it says so even where the server is reached without.
pub fn query(key: &[u8; KEY_BYTES], permit: Permit, name: &str, expires: i64) -> String {
    let signed = mac(key, permit, name, expires).map(|mac| mac.finalize().into_bytes()).unwrap_or_default();
    format!("expires={expires}&signature={}&v=https", URL_SAFE_NO_PAD.encode(signed))
}

/// Whether a link permits this, now.
pub fn permits(key: &[u8; KEY_BYTES], permit: Permit, name: &str, signed: &Signed, now_seconds: i64) -> bool {
    if !is_name(name) || signed.expires < now_seconds {
        return false;
    }
    let Ok(signature) = URL_SAFE_NO_PAD.decode(&signed.signature) else { return false };
    // Compares in constant time.
    mac(key, permit, name, signed.expires).is_some_and(|mac| mac.verify_slice(&signature).is_ok())
}

/// There is always one: HMAC takes keys of any length.
fn mac(key: &[u8; KEY_BYTES], permit: Permit, name: &str, expires: i64) -> Option<Hmac<Sha256>> {
    let mut link_key = Hmac::<Sha256>::new_from_slice(key).ok()?;
    link_key.update(PURPOSE);
    let mut mac = Hmac::<Sha256>::new_from_slice(&link_key.finalize().into_bytes()).ok()?;
    mac.update(format!("{} {name} {expires}", permit.method()).as_bytes());
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; KEY_BYTES] = [7; KEY_BYTES];
    const EXPIRES: i64 = 1_795_603_787;

    fn signed(permit: Permit, name: &str) -> Signed {
        Signed::read(&query(&KEY, permit, name, EXPIRES)).unwrap()
    }

    #[test]
    fn a_link_permits_one_thing_until_it_expires() {
        let up = signed(Permit::Upload, "a.webp");
        assert!(permits(&KEY, Permit::Upload, "a.webp", &up, EXPIRES));
        assert!(!permits(&KEY, Permit::Upload, "a.webp", &up, EXPIRES + 1));
        assert!(!permits(&KEY, Permit::Download, "a.webp", &up, 0));
        assert!(!permits(&KEY, Permit::Upload, "b.webp", &up, 0));
        assert!(!permits(&[8; KEY_BYTES], Permit::Upload, "a.webp", &up, 0));
        let longer = Signed { expires: EXPIRES + 1, ..up.clone() };
        assert!(!permits(&KEY, Permit::Upload, "a.webp", &longer, 0), "the time is signed too");
        for signature in ["", "=", &up.signature[1..], &format!("{}A", up.signature)] {
            let forged = Signed { signature: signature.to_owned(), ..up.clone() };
            assert!(!permits(&KEY, Permit::Upload, "a.webp", &forged, 0), "{signature}");
        }
    }

    #[test]
    fn no_link_leads_out_of_the_folder() {
        for name in ["0190b6f0-1c2d-7e3f-8a4b-5c6d7e8f9a0b.webp", "src-1.webp", "a.b.webp"] {
            assert!(permits(&KEY, Permit::Download, name, &signed(Permit::Download, name), 0), "{name}");
        }
        let long = format!("{}.webp", "a".repeat(NAME_BYTES_MAX));
        for name in
            ["", ".webp", "..webp", "shared/a.webp", "../a.webp", "a.png", "a.webp/", "ä.webp", "a b.webp", &long]
        {
            assert!(!permits(&KEY, Permit::Download, name, &signed(Permit::Download, name), 0), "{name}");
        }
    }

    #[test]
    fn a_link_is_read_as_it_was_written_and_never_in_two_ways() {
        let link = query(&KEY, Permit::Download, "a.webp", 5);
        assert!(link.contains("https"));
        assert_eq!(Signed::read(&format!("x=y&{link}")), Signed::read(&link));
        for broken in ["", "expires=5", "signature=x", "expires=x&signature=x", &format!("{link}&expires=5")] {
            assert_eq!(Signed::read(broken), None, "{broken}");
        }
    }

    #[test]
    fn signatures_are_those_any_hmac_makes() {
        // The key of links: printf picture-link | openssl dgst -sha256 -mac HMAC -macopt hexkey:0707...07; with it,
        // printf 'PUT a.webp 1795603787' in the same way, in base64url.
        assert_eq!(signed(Permit::Upload, "a.webp").signature, "tDf1swi2nkjMPAPHOm6zVnO1AE-3EQxAg6920XYceXY");
    }
}
