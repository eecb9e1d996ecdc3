//! Who is calling: the API key, the client's name for itself, and the names of the headers. Not here: whether a key is good.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// The header that carries the key.
pub const API_KEY_HEADER: &str = "apikey";
/// The header in which a client names itself.
pub const CLIENT_AGENT_HEADER: &str = "client-agent";
/// The header that asks for a subset of the answer's members.
pub const FIELDS_HEADER: &str = "x-fields";
/// The header with which our own clients ask for optional members beyond the AI Horde's.
pub const EXTENSIONS_HEADER: &str = "throng-extensions";
/// The header that makes a repeated mutating call answer the same once more.
pub const IDEMPOTENCY_HEADER: &str = "idempotency-key";
/// The header in which a service names its visitor's address ...
pub const PROXIED_FOR_HEADER: &str = "proxied-for";
/// ... and the one with the passkey that lets it.
pub const PASSKEY_HEADER: &str = "proxy-authorization";
/// The length of a shared key: a UUID with its hyphens.
pub const SHARED_KEY_LENGTH: usize = 36;
/// The key everybody may use; its requests wait longest.
pub const ANONYMOUS_KEY: &str = "0000000000";
/// The length of a key that we issue: 128 bits in URL-safe base64. Some clients refuse any other length by themselves.
pub const KEY_LENGTH: usize = 22;

/// An API key. Its `Debug` prints nothing, so that it cannot end up in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// Wraps a key as it came.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// The key of the anonymous requester.
    pub fn anonymous() -> Self {
        Self(ANONYMOUS_KEY.to_owned())
    }

    /// Hands out the secret: for the header, and for hashing.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether this looks like a shared key: ours have another length.
    pub fn is_shared(&self) -> bool {
        self.0.len() == SHARED_KEY_LENGTH
    }

    /// Whether this is the key everybody may use.
    pub fn is_anonymous(&self) -> bool {
        self.0 == ANONYMOUS_KEY
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ApiKey(..)")
    }
}

/// `name:version:contact`, as a client or a worker's bridge presents itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAgent {
    /// What it is called.
    pub name: String,
    /// Its version; `0` when it did not say.
    pub version: String,
    /// Where its makers can be reached.
    pub contact: String,
}

impl ClientAgent {
    /// What a caller is taken for that does not say.
    pub const UNKNOWN: &'static str = "unknown:0:unknown";
}

impl Default for ClientAgent {
    fn default() -> Self {
        Self { name: "unknown".to_owned(), version: "0".to_owned(), contact: "unknown".to_owned() }
    }
}

impl FromStr for ClientAgent {
    type Err = Infallible;

    /// Reads any text: the contact keeps its colons, missing parts are unknown.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        let unknown = Self::default();
        let mut parts = text.splitn(3, ':');
        let mut next = |fallback: String| parts.next().filter(|part| !part.is_empty()).map_or(fallback, str::to_owned);
        Ok(Self { name: next(unknown.name), version: next(unknown.version), contact: next(unknown.contact) })
    }
}

impl fmt::Display for ClientAgent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}", self.name, self.version, self.contact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_never_prints_itself() {
        assert_eq!(format!("{:?}", ApiKey::new("secret")), "ApiKey(..)");
    }

    #[test]
    fn an_agent_keeps_the_colons_of_its_contact() {
        let agent: ClientAgent = "AI Horde Worker reGen:12:https://example.org".parse().unwrap();
        assert_eq!((agent.name.as_str(), agent.version.as_str()), ("AI Horde Worker reGen", "12"));
        assert_eq!(agent.to_string(), "AI Horde Worker reGen:12:https://example.org");
    }

    #[test]
    fn an_agent_without_parts_is_unknown() {
        assert_eq!("".parse::<ClientAgent>().unwrap().to_string(), ClientAgent::UNKNOWN);
        assert_eq!("only".parse::<ClientAgent>().unwrap().to_string(), "only:0:unknown");
    }
}
