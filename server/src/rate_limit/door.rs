//! Where rate limits meet calls: before anything else is looked at. Every limited answer tells how the limit stands.

use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, Method, StatusCode, header};
use throng_api::auth::{ANONYMOUS_KEY, API_KEY_HEADER};

use super::table::{By, Rule, rules};
use super::{RateLimiter, Standing};
use crate::app::App;
use crate::auth;
use crate::error::Error;

/// What the door needs.
#[derive(Debug, Clone)]
pub struct Door {
    app: App,
    limiter: Arc<RateLimiter>,
    /// Seeded by chance of the process, so that nobody can choose colliding counters. It decides nothing else.
    hasher: RandomState,
}

impl Door {
    /// Opens the door with all counters at zero.
    pub fn new(app: App) -> Self {
        Self { app, limiter: Arc::default(), hasher: RandomState::new() }
    }

    fn count(&self, request: &Request, pattern: &str) -> Option<Standing> {
        let now = self.app.clock.now();
        let address = auth::address(request.headers(), request.extensions(), &self.app);
        // A service's visitors are counted one by one; workers have no visitors.
        let origin = auth::origin(request.headers(), request.extensions(), &self.app);
        let key = request.headers().get(API_KEY_HEADER).map_or(&b""[..], HeaderValue::as_bytes);
        let listed = self.app.addresses.listed.holds(origin, now);
        let mut tightest: Option<Standing> = None;
        for (at, rule) in rules(request.method(), pattern).iter().enumerate() {
            let whom = self.whom(rule, at, request, pattern, ((address, origin), key));
            let limit = if listed {
                rule.listed
            } else if key == ANONYMOUS_KEY.as_bytes() {
                rule.anonymous
            } else {
                rule.limit
            };
            let standing = self.limiter.count(whom, limit, now);
            if standing.exceeded {
                return Some(standing);
            }
            if tightest.is_none_or(|other| standing.remaining < other.remaining) {
                tightest = Some(standing);
            }
        }
        tightest
    }

    fn whom(
        &self,
        rule: &Rule,
        at: usize,
        request: &Request,
        pattern: &str,
        ((address, origin), key): ((IpAddr, IpAddr), &[u8]),
    ) -> u64 {
        let place = (request.method().as_str(), request.uri().path());
        match rule.by {
            By::Address => self.hash((at, pattern, address)),
            By::Visitor => self.hash((at, pattern, origin)),
            By::AddressAndPath => self.hash((at, place, origin)),
            By::KeyAndPath => self.hash((at, place, key)),
        }
    }

    fn hash(&self, what: impl Hash) -> u64 {
        self.hasher.hash_one(what)
    }
}

/// Marks a call that was counted on its way here: it is not counted again.
#[derive(Debug, Clone, Copy)]
pub struct Counted;

impl Door {
    /// Counts a call; nothing if its path has no limit.
    pub fn judge(&self, request: &Request) -> Option<Standing> {
        let pattern = request.extensions().get::<MatchedPath>()?;
        let counts = !self.app.config.no_rate_limits && *request.method() != Method::OPTIONS;
        if counts { self.count(request, pattern.as_str()) } else { None }
    }

    /// Tells in an answer how the limit stands.
    pub fn mark(&self, standing: Standing, response: &mut Response) {
        let wait_seconds = (standing.resets_at - self.app.clock.now().timestamp()).max(0);
        let headers = response.headers_mut();
        headers.insert("x-ratelimit-limit", HeaderValue::from(standing.limit.calls));
        headers.insert("x-ratelimit-remaining", HeaderValue::from(standing.remaining));
        headers.insert("x-ratelimit-reset", HeaderValue::from(standing.resets_at));
        headers.entry(header::RETRY_AFTER).or_insert(HeaderValue::from(wait_seconds));
    }
}

impl Standing {
    /// What is answered to a call too many.
    pub fn refusal(self) -> Response {
        Error::Plain(StatusCode::TOO_MANY_REQUESTS, self.limit.to_string().into()).into_response()
    }
}

/// Counts the call, and refuses it when it is one too many.
pub async fn limit(State(door): State<Door>, request: Request, next: Next) -> Response {
    let is_counted = request.extensions().get::<Counted>().is_some();
    let counted = if is_counted { None } else { door.judge(&request) };
    let Some(standing) = counted else { return next.run(request).await };
    let mut response = if standing.exceeded { standing.refusal() } else { next.run(request).await };
    door.mark(standing, &mut response);
    response
}
