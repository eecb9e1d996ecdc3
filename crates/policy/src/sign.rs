//! That it is the server who tells the edge something: HMAC-SHA-256 over the second and the bytes, with a key that the
//! server derives from its secret for this alone (`throng-server edge-key` prints it), in the form of the signatures of
//! webhooks. An overheard batch that comes again within its time is genuine and changes nothing: `latest.rs` knows its
//! numbers.

use std::fmt::Write as _;

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// Keeps the derived key apart from every other use of the server's secret.
pub const PURPOSE: &str = "edge";

/// Bytes of the key.
pub const KEY_BYTES: usize = 32;

/// How far the clocks of server and edge may differ, in seconds, with the time a batch is on its way.
pub const SKEW_SECONDS_MAX: i64 = 300;

/// Why something is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forged {
    /// The signature has another form.
    Unreadable,
    /// It was made too long ago, or in the future.
    Late,
    /// It was made with another key, or over other bytes.
    Wrong,
}

/// Signs bytes that are sent at a second.
pub fn sign(key: &[u8; KEY_BYTES], seconds: i64, bytes: &[u8]) -> String {
    let signature = mac(key, seconds, bytes).map(|mac| mac.finalize().into_bytes()).unwrap_or_default();
    signature.iter().fold(format!("t={seconds},v1="), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whether a signature has the right form and was made just now, whoever made it: what has not need not be read.
pub fn is_young(now_seconds: i64, signature: &str) -> bool {
    parts(signature).is_some_and(|(seconds, _)| is_near(seconds, now_seconds))
}

fn parts(signature: &str) -> Option<(i64, Vec<u8>)> {
    let (time, digits) = signature.split_once(",v1=")?;
    Some((time.strip_prefix("t=")?.parse().ok()?, bytes_of(digits)?))
}

fn is_near(seconds: i64, now_seconds: i64) -> bool {
    seconds.abs_diff(now_seconds) <= SKEW_SECONDS_MAX.unsigned_abs()
}

/// Checks that bytes were signed with this key, just now.
pub fn verify(key: &[u8; KEY_BYTES], now_seconds: i64, signature: &str, bytes: &[u8]) -> Result<(), Forged> {
    let (seconds, signed) = parts(signature).ok_or(Forged::Unreadable)?;
    if !is_near(seconds, now_seconds) {
        return Err(Forged::Late);
    }
    // Compares in constant time.
    mac(key, seconds, bytes).and_then(|mac| mac.verify_slice(&signed).ok()).ok_or(Forged::Wrong)
}

/// There is always one: HMAC takes keys of any length.
fn mac(key: &[u8; KEY_BYTES], seconds: i64, bytes: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(seconds.to_string().as_bytes());
    mac.update(b".");
    mac.update(bytes);
    Some(mac)
}

fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    if !digits.len().is_multiple_of(2) || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let pairs = (0..digits.len()).step_by(2).map(|at| digits.get(at..at + 2));
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; KEY_BYTES] = [7; KEY_BYTES];
    const NOW: i64 = 1_795_601_987;

    #[test]
    fn only_the_holder_of_the_key_is_believed() {
        let signature = sign(&KEY, NOW, b"{}");
        assert_eq!(verify(&KEY, NOW, &signature, b"{}"), Ok(()));
        assert_eq!(verify(&[8; KEY_BYTES], NOW, &signature, b"{}"), Err(Forged::Wrong));
        assert_eq!(verify(&KEY, NOW, &signature, b"{ }"), Err(Forged::Wrong));
        let later = signature.replace(&NOW.to_string(), &(NOW + 1).to_string());
        assert_eq!(verify(&KEY, NOW, &later, b"{}"), Err(Forged::Wrong), "the second is signed too");
        assert_eq!(verify(&KEY, NOW, &signature[..signature.len() - 2], b"{}"), Err(Forged::Wrong));
    }

    #[test]
    fn an_overheard_signature_is_soon_worth_nothing() {
        let signature = sign(&KEY, NOW, b"{}");
        assert_eq!(verify(&KEY, NOW + SKEW_SECONDS_MAX, &signature, b"{}"), Ok(()));
        for now in [NOW + SKEW_SECONDS_MAX + 1, NOW - SKEW_SECONDS_MAX - 1] {
            assert_eq!(verify(&KEY, now, &signature, b"{}"), Err(Forged::Late));
            assert!(!is_young(now, &signature));
        }
    }

    #[test]
    fn what_is_no_signature_is_not_read_as_one() {
        for text in ["", "t=1", "t=1,v1", "t=x,v1=00", "1,v1=00", "t=1,v1=0", "t=1,v1=zz", "t=1,v1=é"] {
            assert_eq!(verify(&KEY, 1, text, b""), Err(Forged::Unreadable), "{text}");
        }
    }

    #[test]
    fn signatures_are_those_any_hmac_makes() {
        // printf '5.{}' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0707...07
        let expected = "t=5,v1=2305a5fd546e74c2dd34bb786af471c066fb6614f3ca2b650cd737e66560f4be";
        assert_eq!(sign(&KEY, 5, b"{}"), expected);
    }
}
