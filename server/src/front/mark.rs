//! The mark that one server of a database puts on a call it forwards: where the call came from, and when, signed with the secret they
//! share. Nobody else can write one. Not here: forwarding (`front.rs`).

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use http::{HeaderName, HeaderValue};
use subtle::ConstantTimeEq as _;

use crate::secret::Secret;

/// Where the mark travels.
pub(super) const HEADER: HeaderName = HeaderName::from_static("throng-passed-on");

/// Keeps these signatures apart from every other use of the secret.
const PURPOSE: &str = "passed-on";

/// How far the clocks of two servers may differ, in seconds; a mark that was overheard is of no use any longer.
const SKEW_SECONDS_MAX: i64 = 120;

fn signature(secret: &Secret, address: IpAddr, seconds: i64) -> String {
    URL_SAFE_NO_PAD.encode(secret.sign(PURPOSE, format!("{address} {seconds}").as_bytes()))
}

/// Writes a mark.
pub(super) fn write(secret: &Secret, address: IpAddr, now: DateTime<Utc>) -> HeaderValue {
    let seconds = now.timestamp();
    let text = format!("{address} {seconds} {}", signature(secret, address, seconds));
    // It is made of digits, colons and base64.
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

/// Reads a mark, if it was written by a server with this secret just now.
pub(super) fn read(secret: &Secret, mark: &HeaderValue, now: DateTime<Utc>) -> Option<IpAddr> {
    let mut parts = mark.to_str().ok()?.split(' ');
    let address: IpAddr = parts.next()?.parse().ok()?;
    let seconds: i64 = parts.next()?.parse().ok()?;
    let signed = parts.next()?;
    let fresh = seconds.abs_diff(now.timestamp()) <= SKEW_SECONDS_MAX.unsigned_abs();
    let genuine = bool::from(signature(secret, address, seconds).as_bytes().ct_eq(signed.as_bytes()));
    (fresh && genuine).then_some(address)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::TimeDelta;

    use super::*;
    use crate::clock::{Clock as _, Ids, ManualClock};

    #[test]
    fn only_a_server_with_the_same_secret_is_believed() {
        let clock = Arc::new(ManualClock::default());
        let ours = Secret::draw(&Ids::seeded(clock.clone(), 1));
        let other = Secret::draw(&Ids::seeded(clock.clone(), 2));
        let address: IpAddr = "2001:db8::7".parse().unwrap();
        let mark = write(&ours, address, clock.now());
        assert_eq!(read(&ours, &mark, clock.now()), Some(address));
        assert_eq!(read(&other, &mark, clock.now()), None);
        let forged = mark.to_str().unwrap().replace("2001:db8::7", "2001:db8::8");
        assert_eq!(read(&ours, &HeaderValue::from_str(&forged).unwrap(), clock.now()), None);
        assert_eq!(read(&ours, &HeaderValue::from_static("192.0.2.1"), clock.now()), None);
    }

    #[test]
    fn an_overheard_mark_is_soon_worth_nothing() {
        let clock = Arc::new(ManualClock::default());
        let secret = Secret::draw(&Ids::seeded(clock.clone(), 1));
        let mark = write(&secret, "192.0.2.1".parse().unwrap(), clock.now());
        assert!(read(&secret, &mark, clock.now() + TimeDelta::seconds(SKEW_SECONDS_MAX)).is_some());
        assert!(read(&secret, &mark, clock.now() + TimeDelta::seconds(SKEW_SECONDS_MAX + 1)).is_none());
    }
}
