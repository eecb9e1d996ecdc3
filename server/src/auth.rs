//! Who is calling: key → [`Caller`], the address, and what the client calls itself; one extractor, [`Call`]. What a caller may do
//! is decided by the desk; how keys are stored is in `secret.rs` and `keys.rs`. No cache is needed: all hashes are in memory.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use chrono::{DateTime, Utc};
use http::request::Parts;
use http::{Extensions, HeaderMap};
use throng_api::auth::{API_KEY_HEADER, CLIENT_AGENT_HEADER, EXTENSIONS_HEADER, PASSKEY_HEADER, PROXIED_FOR_HEADER};
use throng_api::{ApiKey, ClientAgent, ReturnCode};
use throng_domain::desk::restore::KeyHash;
use throng_domain::refusal::AskRefusal;
use throng_domain::{SharedKeyId, UserId};
use throng_policy::client;
use uuid::Uuid;

use crate::app::App;
use crate::config::Config;
use crate::error::Error;
use crate::secret::Secret;
use crate::store::styles;
use crate::watching::push;

/// What clients that send no key read, after words of our own: the ending is what they test.
const KEY_MISSING: &str =
    "The API key corresponding to a registered user. Missing required parameter in the HTTP headers";

/// Characters kept of a client's name for itself: enough for a name, a version and an address.
const AGENT_CHARS_MAX: usize = 256;

/// Some clients send the header with an underscore.
const CLIENT_AGENT_UNDERSCORED: &str = "client_agent";

/// Who the key belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// Everybody.
    Anonymous,
    /// A registered user.
    User(UserId),
}

impl Caller {
    /// The user whose kudos are meant.
    pub fn user(self) -> UserId {
        match self {
            Self::Anonymous => UserId::ANONYMOUS,
            Self::User(user) => user,
        }
    }
}

/// Who asks for results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requester {
    /// Whose kudos are meant.
    pub user: UserId,
    /// The shared key it came with, if it came with one.
    pub shared_key: Option<SharedKeyId>,
    /// That key goes with the style that is asked for.
    pub of_style: bool,
}

/// What names the acts of a call that may come twice: its answer is remembered, and until it is, its acts find themselves by this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cause(pub Uuid);

/// What the headers say about a call.
#[derive(Debug, Clone)]
pub struct Call {
    key: Option<ApiKey>,
    /// How the client presents itself, or that it does not.
    pub agent: String,
    /// Where it calls from.
    pub address: IpAddr,
    /// On whose behalf it calls, by address: a service's visitor's, else where it calls from.
    pub origin: IpAddr,
    /// What names its acts, if it may come twice.
    pub cause: Option<Uuid>,
    /// Whether it understands members beyond the AI Horde's.
    pub extensions: bool,
}

impl Call {
    /// The key, which has to be there; a missing one is a mistake in the call's shape.
    pub fn key(&self) -> Result<&ApiKey, Error> {
        self.key.as_ref().ok_or_else(|| Error::invalid(API_KEY_HEADER, KEY_MISSING))
    }

    /// The key, if there is one.
    pub fn key_if_any(&self) -> Option<&ApiKey> {
        self.key.as_ref()
    }

    /// Who calls.
    pub fn caller(&self, app: &App) -> Result<Caller, Error> {
        recognise(app, self.key()?).ok_or_else(|| Error::refused(ReturnCode::InvalidAPIKey))
    }
}

impl Call {
    /// Who asks for results: a user, or whoever holds a shared key. With nothing left on the key, a request that puts up with less goes on.
    pub async fn requester(&self, app: &App, allow_downgrade: bool) -> Result<Requester, Error> {
        let Some(id) = shared_key_id(self.key()?) else {
            return Ok(Requester { user: self.caller(app)?.user(), shared_key: None, of_style: false });
        };
        let found = app.desk.read_at(move |desk, now| desk.shared_key(id).map(|view| (view, now))).await?;
        let (view, now) = found.ok_or_else(|| Error::refused(ReturnCode::InvalidAPIKey))?;
        if view.record.is_expired(now) {
            return Err(AskRefusal::SharedKeyExpired.into());
        }
        if view.record.is_empty() && !allow_downgrade {
            return Err(AskRefusal::SharedKeyEmpty.into());
        }
        // Whoever sees a style sees its key, which is for the style alone.
        if styles::is_key_assigned(&app.pool, id.0).await.map_err(Error::internal)? {
            return Err(Error::refused(ReturnCode::SharedKeyAssignedStyles));
        }
        Ok(Requester { user: view.record.owner, shared_key: Some(id), of_style: false })
    }

    /// Whether a service makes it for a visitor of its own.
    pub fn is_for_visitor(&self) -> bool {
        self.address != self.origin
    }
}

/// Reads a key as a shared key, if it is one.
pub fn shared_key_id(key: &ApiKey) -> Option<SharedKeyId> {
    let looks_so = key.is_shared();
    Uuid::try_parse(key.reveal()).ok().filter(|_| looks_so).map(SharedKeyId)
}

/// Finds whose key it is. Shared keys belong to nobody here.
pub fn recognise(app: &App, key: &ApiKey) -> Option<Caller> {
    if key.is_anonymous() {
        return Some(Caller::Anonymous);
    }
    app.keys.find(&KeyHash(app.secret.key_hash(key.reveal()))).map(Caller::User)
}

impl FromRequestParts<App> for Call {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let agent =
            text(CLIENT_AGENT_HEADER).or_else(|| text(CLIENT_AGENT_UNDERSCORED)).unwrap_or(ClientAgent::UNKNOWN);
        Ok(Self {
            key: text(API_KEY_HEADER).map(ApiKey::new),
            agent: agent.chars().take(AGENT_CHARS_MAX).collect(),
            address: address(&parts.headers, &parts.extensions, app),
            origin: origin(&parts.headers, &parts.extensions, app),
            cause: parts.extensions.get::<Cause>().map(|cause| cause.0),
            extensions: text(EXTENSIONS_HEADER) == Some("1"),
        })
    }
}

/// Where a call comes from, by the word of another server of this database (`front.rs`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassedOn(pub IpAddr);

/// Where a call comes from: by the word of another server of this database, or of the edge, else by whose connection it came.
pub fn address(headers: &HeaderMap, extensions: &Extensions, app: &App) -> IpAddr {
    if let Some(passed_on) = extensions.get::<PassedOn>() {
        return passed_on.0;
    }
    let seen = seen_by_edge(headers, &app.secret, app.clock.now());
    seen.unwrap_or_else(|| connected(headers, extensions, &app.config))
}

/// Whether it is the edge that passes a call on.
pub fn is_from_edge(headers: &HeaderMap, app: &App) -> bool {
    seen_by_edge(headers, &app.secret, app.clock.now()).is_some()
}

/// The address that the edge saw, if it says so, once, under its key. Anything else in that header is somebody's invention.
fn seen_by_edge(headers: &HeaderMap, secret: &Secret, now: DateTime<Utc>) -> Option<IpAddr> {
    let mut said = headers.get_all(client::HEADER).iter();
    let only = said.next().filter(|_| said.next().is_none())?.to_str().ok()?;
    client::read(&push::key(secret), now.timestamp(), only).ok()
}

/// Whose connection it is: the peer, or, when the peer is a proxy the operator trusts, the last address that proxy wrote down.
fn connected(headers: &HeaderMap, extensions: &Extensions, config: &Config) -> IpAddr {
    // A call without a peer was made inside the process.
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0.ip());
    let peer = peer.to_canonical();
    if !config.trusted_proxies.contains(&peer) {
        return peer;
    }
    let last = headers.get_all("x-forwarded-for").iter().next_back();
    let last = last.and_then(|value| value.to_str().ok()).and_then(|list| list.rsplit(',').next());
    last.and_then(|address| address.trim().parse::<IpAddr>().ok()).map_or(peer, |address| address.to_canonical())
}

/// On whose behalf a call is made: the address that a service names, if it comes with the passkey of that very account, else where the
/// call comes from.
pub fn origin(headers: &HeaderMap, extensions: &Extensions, app: &App) -> IpAddr {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let passkey = text(PASSKEY_HEADER).map(|passkey| KeyHash(app.secret.passkey_hash(passkey)));
    let visitor = passkey
        .and_then(|passkey| app.keys.service(&passkey))
        .and_then(|_| text(PROXIED_FOR_HEADER)?.trim().parse::<IpAddr>().ok());
    visitor.map_or_else(|| address(headers, extensions, app), |address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::TimeDelta;
    use throng_policy::sign::SKEW_SECONDS_MAX;

    use super::*;
    use crate::clock::{Clock as _, Ids, ManualClock};

    fn seen(peer: &str, forwarded: &str, trusted: &[&str]) -> String {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        let trusted_proxies = trusted.iter().map(|address| address.parse().unwrap()).collect();
        let config = Config { trusted_proxies, ..Config::default() };
        connected(&headers, &extensions, &config).to_string()
    }

    #[test]
    fn the_edge_is_believed_for_what_it_signed_just_now() {
        let clock = Arc::new(ManualClock::default());
        let secret = Secret::draw(&Ids::seeded(clock.clone(), 1));
        let here: IpAddr = "198.51.100.7".parse().unwrap();
        let signed = client::write(&push::key(&secret), clock.now().timestamp(), here);
        let seen = |said: &[&str]| {
            let mut headers = HeaderMap::new();
            for text in said {
                headers.append(client::HEADER, text.parse().unwrap());
            }
            seen_by_edge(&headers, &secret, clock.now())
        };
        assert_eq!(seen(&[&signed]), Some(here));
        assert_eq!(seen(&[]), None);
        assert_eq!(seen(&["198.51.100.7"]), None, "unsigned");
        assert_eq!(seen(&[&signed.replace("100.7", "100.8")]), None, "forged");
        assert_eq!(seen(&[&signed, &signed]), None, "whoever says it twice had the first one from somewhere else");
        clock.advance(TimeDelta::seconds(SKEW_SECONDS_MAX + 1));
        assert_eq!(seen(&[&signed]), None, "late");
    }

    #[test]
    fn nobody_can_forge_an_address() {
        assert_eq!(seen("192.0.2.1", "198.51.100.7", &[]), "192.0.2.1");
    }

    #[test]
    fn a_trusted_proxy_is_believed_for_its_own_last_word() {
        assert_eq!(seen("192.0.2.1", "203.0.113.9, 198.51.100.7", &["192.0.2.1"]), "198.51.100.7");
        assert_eq!(seen("::ffff:192.0.2.1", "198.51.100.7", &["192.0.2.1"]), "198.51.100.7");
        assert_eq!(seen("192.0.2.1", "nonsense", &["192.0.2.1"]), "192.0.2.1");
    }
}
