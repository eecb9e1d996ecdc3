//! Signed links: whoever holds one may put or get one picture for half an hour, with no key and no database look-up. Where the store
//! signs by itself (a bucket), its links are handed out instead and the pictures never pass through this server.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use http::Method;
use subtle::ConstantTimeEq as _;
use throng_domain::GenerationId;
use uuid::Uuid;

use crate::app::App;
use crate::error::Error;
use crate::secret::Secret;

/// How long a link holds: as long as at the AI Horde, and longer than any lease.
pub const VALID: Duration = Duration::from_mins(30);

/// Keeps these signatures apart from every other use of the secret.
const PURPOSE: &str = "picture-link";

/// What a link permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    /// Putting the picture there, once or again.
    Upload,
    /// Getting it.
    Download,
}

impl Permit {
    const fn method(self) -> Method {
        match self {
            Self::Upload => Method::PUT,
            Self::Download => Method::GET,
        }
    }
}

impl fmt::Display for Permit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.method().as_str())
    }
}

/// The name of a result.
pub fn result_name(generation: GenerationId) -> String {
    format!("{generation}.webp")
}

/// The name of a picture that a requester sent.
pub fn source_name(id: Uuid) -> String {
    format!("src-{id}.webp")
}

/// Signs a permit for one picture until a moment.
fn signature(secret: &Secret, permit: Permit, name: &str, expires: i64) -> String {
    URL_SAFE_NO_PAD.encode(secret.sign(PURPOSE, format!("{permit} {name} {expires}").as_bytes()))
}

/// Writes the part of a link behind the picture's name. Some clients take an address for base64 unless they find `https` somewhere
/// in it, so it says so even where the server is reached without.
pub fn query(secret: &Secret, permit: Permit, name: &str, now: DateTime<Utc>) -> String {
    let expires = now.timestamp() + VALID.as_secs() as i64;
    format!("expires={expires}&signature={}&v=https", signature(secret, permit, name, expires))
}

/// Whether a link permits this, now.
pub fn permits(secret: &Secret, permit: Permit, name: &str, expires: i64, signed: &str, now: DateTime<Utc>) -> bool {
    let expected = signature(secret, permit, name, expires);
    expires >= now.timestamp() && bool::from(expected.as_bytes().ct_eq(signed.as_bytes()))
}

impl App {
    /// A link for one picture.
    pub async fn link(&self, permit: Permit, name: &str) -> Result<String, Error> {
        if let Some(link) = self.images.presigned(permit.method(), name, VALID).await {
            return link.map_err(Error::internal);
        }
        let query = query(&self.secret, permit, name, self.clock.now());
        Ok(format!("{}/images/{name}?{query}", self.config.public_url()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::TimeDelta;

    use super::*;
    use crate::clock::{Clock as _, Ids, ManualClock};

    #[test]
    fn a_link_permits_one_thing_for_half_an_hour() {
        let clock = Arc::new(ManualClock::default());
        let secret = Secret::draw(&Ids::seeded(clock.clone(), 1));
        let link = query(&secret, Permit::Upload, "a.webp", clock.now());
        let part = |name: &str| {
            let pair = link.split('&').find(|pair| pair.starts_with(name)).unwrap();
            pair[name.len() + 1..].to_owned()
        };
        let (expires, signed) = (part("expires").parse::<i64>().unwrap(), part("signature"));
        let permitted = |permit, name, expires| permits(&secret, permit, name, expires, &signed, clock.now());

        assert!(permitted(Permit::Upload, "a.webp", expires));
        assert!(!permitted(Permit::Download, "a.webp", expires));
        assert!(!permitted(Permit::Upload, "b.webp", expires));
        assert!(!permitted(Permit::Upload, "a.webp", expires + 1));
        clock.advance(TimeDelta::minutes(30));
        assert!(permitted(Permit::Upload, "a.webp", expires));
        clock.advance(TimeDelta::seconds(1));
        assert!(!permitted(Permit::Upload, "a.webp", expires));
        assert!(link.contains("https"));
    }

    #[test]
    fn another_servers_link_permits_nothing() {
        let clock = Arc::new(ManualClock::default());
        let (ours, other) =
            (Secret::draw(&Ids::seeded(clock.clone(), 1)), Secret::draw(&Ids::seeded(clock.clone(), 2)));
        let signed = signature(&other, Permit::Download, "a.webp", i64::MAX);
        assert!(!permits(&ours, Permit::Download, "a.webp", i64::MAX, &signed, clock.now()));
    }
}
