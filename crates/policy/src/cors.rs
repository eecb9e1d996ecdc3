//! What pages of other origins may do, which browsers ask before they call: the same for all paths, because keys travel
//! in a header that no page sends unasked. Said by the server and by the edge in the same words.

/// The methods there are.
pub const METHODS: &str = "POST, GET, OPTIONS, PUT, DELETE, PATCH";

/// The headers that a page may send.
pub const HEADERS: &str = "Accept, Content-Type, Content-Length, Accept-Encoding, X-CSRF-Token, apikey, Client-Agent, X-Fields, \
     X-Forwarded-For, Proxied-For, Proxy-Authorization, Idempotency-Key, Throng-Extensions, Last-Event-ID";

/// What a page may read of an answer.
pub const EXPOSED: &str = "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After, Horde-Node, X-Request-Id, \
     Throng-Sequence, Throng-Stale";

/// How long a browser may remember what it was permitted, in seconds: a day, the longest any browser honours.
pub const PERMITTED_SECONDS: &str = "86400";

/// The headers that every answer carries, `OPTIONS` or not.
pub const ON_EVERY_ANSWER: [(&str, &str); 5] = [
    ("access-control-allow-origin", "*"),
    ("access-control-allow-methods", METHODS),
    ("access-control-allow-headers", HEADERS),
    ("access-control-expose-headers", EXPOSED),
    ("x-content-type-options", "nosniff"),
];

/// The headers that the answer to `OPTIONS` carries besides, whatever the path allows; its status is 200 and it has no
/// body. `allow` is what [`crate::Verdict::Permit`] holds.
pub fn on_permission(allow: &'static str) -> [(&'static str, &'static str); 2] {
    [("access-control-max-age", PERMITTED_SECONDS), ("allow", allow)]
}
