//! Signed links: whoever holds one may put or get one picture for half an hour, with no key and no database look-up. Where the store
//! signs by itself (a bucket), its links are handed out instead and the pictures never pass through this server, unless an edge with the
//! same bucket takes and gives them. Not here: how links are signed (`throng_policy::links`).

use std::time::Duration;

use chrono::{DateTime, Utc};
use http::Method;
use throng_domain::GenerationId;
use throng_policy::links;
use uuid::Uuid;

pub use throng_policy::links::{Permit, Signed};

use crate::app::App;
use crate::error::Error;
use crate::secret::Secret;
use crate::watching::push::key;

/// How long a link holds: as long as at the AI Horde, and longer than any lease.
pub const VALID: Duration = Duration::from_mins(30);

/// The name of a result.
pub fn result_name(generation: GenerationId) -> String {
    format!("{generation}.webp")
}

/// The name of a picture that a requester sent.
pub fn source_name(id: Uuid) -> String {
    format!("src-{id}.webp")
}

/// Writes the part of a link behind the picture's name.
pub fn query(secret: &Secret, permit: Permit, name: &str, now: DateTime<Utc>) -> String {
    links::query(&key(secret), permit, name, now.timestamp() + VALID.as_secs() as i64)
}

/// Whether a link permits this, now.
pub fn permits(secret: &Secret, permit: Permit, name: &str, signed: &Signed, now: DateTime<Utc>) -> bool {
    links::permits(&key(secret), permit, name, signed, now.timestamp())
}

/// The method that a bucket's own link is for.
const fn method(permit: Permit) -> Method {
    match permit {
        Permit::Upload => Method::PUT,
        Permit::Download => Method::GET,
    }
}

impl App {
    /// A link for one picture.
    pub async fn link(&self, permit: Permit, name: &str) -> Result<String, Error> {
        if !self.config.edge_pictures
            && let Some(link) = self.images.presigned(method(permit), name, VALID).await
        {
            return link.map_err(Error::internal);
        }
        let query = query(&self.secret, permit, name, self.clock.now());
        Ok(format!("{}{}{name}?{query}", self.config.public_url(), links::FOLDER))
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
        let signed = Signed::read(&link).unwrap();
        let permitted = |permit, name, signed: &Signed| permits(&secret, permit, name, signed, clock.now());

        assert!(permitted(Permit::Upload, "a.webp", &signed));
        assert!(!permitted(Permit::Download, "a.webp", &signed));
        assert!(!permitted(Permit::Upload, "b.webp", &signed));
        let later = Signed { expires: signed.expires + 1, ..signed.clone() };
        assert!(!permitted(Permit::Upload, "a.webp", &later));
        clock.advance(TimeDelta::minutes(30));
        assert!(permitted(Permit::Upload, "a.webp", &signed));
        clock.advance(TimeDelta::seconds(1));
        assert!(!permitted(Permit::Upload, "a.webp", &signed));
        assert!(link.contains("https"));
    }

    #[test]
    fn another_servers_link_permits_nothing() {
        let clock = Arc::new(ManualClock::default());
        let (ours, other) =
            (Secret::draw(&Ids::seeded(clock.clone(), 1)), Secret::draw(&Ids::seeded(clock.clone(), 2)));
        let signed = Signed::read(&query(&other, Permit::Download, "a.webp", clock.now())).unwrap();
        assert!(permits(&other, Permit::Download, "a.webp", &signed, clock.now()));
        assert!(!permits(&ours, Permit::Download, "a.webp", &signed, clock.now()));
    }

    #[test]
    fn every_picture_has_a_name_that_links_may_lead_to() {
        for name in [result_name(GenerationId(Uuid::nil())), source_name(Uuid::nil())] {
            assert!(links::is_name(&name), "{name}");
        }
    }
}
