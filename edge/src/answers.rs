//! Answers that the edge gives by itself, and what every answer carries.

use throng_api::ErrorBody;
use throng_policy::cors::{ON_EVERY_ANSWER, on_permission};
use throng_policy::refusal::JSON;
use throng_policy::{Bucket, Refusal};
use worker::{Headers, Response, ResponseBuilder, Result};

/// Says how an answer came about: `told`, `hit`, `stale`, `miss`.
pub(crate) const HOW_HEADER: &str = "throng-edge";

/// Seconds after which whoever is turned away because nobody is there may ask again.
const BACK_IN_SECONDS: &str = "5";

/// Said where no server answers.
const NOBODY: &str = "No server of this network can be reached at the moment. Please try again in a few seconds.";

/// Puts on an answer what all carry. The headers of an answer that was fetched cannot be changed, so they are copied.
pub(crate) fn dressed(response: Response) -> Result<Response> {
    let headers = response.headers().clone();
    for (name, value) in ON_EVERY_ANSWER {
        headers.set(name, value)?;
    }
    // What may be kept says so; nothing else may be kept by anybody between here and the caller.
    if !headers.has("cache-control")? {
        headers.set("cache-control", "no-store")?;
    }
    Ok(response.with_headers(headers))
}

/// The same answer with one header more.
pub(crate) fn with(response: Response, name: &str, value: &str) -> Result<Response> {
    let headers = response.headers().clone();
    headers.set(name, value)?;
    Ok(response.with_headers(headers))
}

/// An answer in JSON.
pub(crate) fn json(status: u16, body: impl Into<String>) -> Result<Response> {
    let response = ResponseBuilder::new().with_status(status).with_header("content-type", JSON)?;
    Ok(response.fixed(body.into().into_bytes()))
}

/// What a browser is told that asks what a page may do.
pub(crate) fn permission(allow: &'static str) -> Result<Response> {
    let headers = Headers::new();
    for (name, value) in on_permission(allow) {
        headers.set(name, value)?;
    }
    Ok(ResponseBuilder::new().with_headers(headers).empty())
}

/// A no of the policy.
pub(crate) fn refused(refusal: Refusal) -> Result<Response> {
    json(refusal.status, refusal.body)
}

/// A no in words alone.
pub(crate) fn plain(status: u16, message: &str) -> Result<Response> {
    json(status, serde_json::to_string(&ErrorBody::message(message))?)
}

/// What is said to whoever calls too often, in the words of the server.
pub(crate) fn too_often(bucket: Bucket) -> Result<Response> {
    let (count, unit) =
        if bucket.seconds.is_multiple_of(60) { (bucket.seconds / 60, "minute") } else { (bucket.seconds, "second") };
    let response = plain(429, &format!("{} per {count} {unit}", bucket.calls))?;
    with(response, "retry-after", &bucket.seconds.to_string())
}

/// What is said where no server answers.
pub(crate) fn nobody() -> Result<Response> {
    with(plain(503, NOBODY)?, "retry-after", BACK_IN_SECONDS)
}
