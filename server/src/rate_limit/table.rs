//! Which path has which limits: the AI Horde's, never tighter, because a refused poll ends the job in some clients.

use http::Method;

use super::Limit;

/// What a limit counts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The address, over all paths of the same kind.
    Address,
    /// The same, but of a service's visitors each by itself.
    Visitor,
    /// The address, for each method and path by itself (so for each request's id).
    AddressAndPath,
    /// The key, for each method and path by itself.
    KeyAndPath,
}

/// One limit of one path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// What is counted by.
    pub by: By,
    /// How many.
    pub limit: Limit,
    /// How many when the call comes with the key everybody shares.
    pub anonymous: Limit,
    /// How many when it comes from where many calls are welcome.
    pub listed: Limit,
}

const fn rule(by: By, limit: Limit) -> Rule {
    Rule { by, limit, anonymous: limit, listed: limit }
}

/// A limit with a wider one for where many calls are welcome.
const fn wider(by: By, limit: Limit, listed: Limit) -> Rule {
    Rule { by, limit, anonymous: limit, listed }
}

/// What a path without limits of its own has.
pub const DEFAULT: &[Rule] = &[rule(By::Visitor, Limit::per_minute(90))];

const PER_MINUTE: Rule = wider(By::AddressAndPath, Limit::per_minute(90), Limit::per_minute(300));
const PER_SECOND: Rule = wider(By::AddressAndPath, Limit::per_second(2), Limit::per_second(10));

const NONE: &[Rule] = &[];
const ASK: &[Rule] = &[
    PER_MINUTE,
    PER_SECOND,
    // A key that everybody uses must not let one visitor shut out the others.
    Rule {
        by: By::KeyAndPath,
        limit: Limit::per_second(2),
        anonymous: Limit::per_second(60),
        listed: Limit::per_second(60),
    },
];
const IMAGE_CHECK: &[Rule] = &[rule(By::AddressAndPath, Limit::per_second(10))];
const IMAGE_STATUS: &[Rule] = &[rule(By::AddressAndPath, Limit::per_minute(10))];
const TEXT_STATUS: &[Rule] = &[rule(By::AddressAndPath, Limit::per_minute(60))];
const ALCHEMY_STATUS: &[Rule] = &[rule(By::AddressAndPath, Limit::per_second(10))];
const RATING: &[Rule] = &[rule(By::AddressAndPath, Limit::per_minute(5))];
const WORK: &[Rule] = &[rule(By::Address, Limit::per_second(60))];
const WORKER: &[Rule] = &[rule(By::AddressAndPath, Limit::per_minute(30))];
const USER: &[Rule] = &[rule(By::AddressAndPath, Limit::per_minute(60))];
const MODES: &[Rule] = &[rule(By::AddressAndPath, Limit::per_minute(30))];
const STYLES: &[Rule] = &[PER_MINUTE, PER_SECOND];
const SELDOM: &[Rule] = &[rule(By::AddressAndPath, Limit::per_hour(20)), PER_SECOND];

const TRANSFER: &[Rule] =
    &[rule(By::KeyAndPath, Limit::per_second(1)), wider(By::KeyAndPath, Limit::per_hour(90), Limit::per_hour(600))];
const SHARED_KEYS: &[Rule] = &[rule(By::AddressAndPath, Limit::per_minute(5))];

/// The limits of a route, by its pattern. Pictures, pieces of weights and the page's files are not limited: the links are signed, pieces and
/// files cached. A model has hundreds of pieces.
pub fn rules(method: &Method, pattern: &str) -> &'static [Rule] {
    match pattern {
        "/api/v2/generate/async" | "/api/v2/generate/text/async" => ASK,
        "/api/v2/generate/check/{id}" => IMAGE_CHECK,
        "/api/v2/generate/status/{id}" => IMAGE_STATUS,
        "/api/v2/generate/text/status/{id}" => TEXT_STATUS,
        "/api/v2/interrogate/status/{id}" => ALCHEMY_STATUS,
        "/api/v2/generate/rate/{id}" => RATING,
        "/api/v2/generate/pop"
        | "/api/v2/generate/submit"
        | "/api/v2/generate/text/pop"
        | "/api/v2/generate/text/submit"
        | "/api/v2/interrogate/pop"
        | "/api/v2/interrogate/submit" => WORK,
        "/api/v2/workers/{id}" | "/api/v2/teams" | "/api/v2/teams/{id}" => WORKER,
        "/api/v2/users/{id}" => USER,
        "/api/v2/kudos/transfer" => TRANSFER,
        "/api/v2/sharedkeys" => SHARED_KEYS,
        "/api/v2/status/modes" => MODES,
        "/api/v2/styles/image"
        | "/api/v2/styles/image/{id}/example"
        | "/api/v2/styles/text/{id}"
        | "/api/v2/collections"
        | "/api/v2/collections/{id}" => STYLES,
        "/api/v2/styles/image/{id}" | "/api/v2/styles/text" => SELDOM,
        "/api/v2/status/heartbeat" | "/metrics" => NONE,
        pattern if pattern.starts_with("/images/") || pattern.starts_with("/weights/") => NONE,
        "/register" if *method == Method::GET => NONE,
        _ => DEFAULT,
    }
}
