//! `X-Fields`: a client names the members it wants, `{a,b{c}}`, and gets no others. Not here: what the members mean.

use std::collections::BTreeMap;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, header};
use serde_json::Value;
use throng_api::auth::FIELDS_HEADER;

use crate::error::Error;
use crate::wire::reply;

/// Characters of a mask: no answer has so many members.
const MASK_CHARS_MAX: usize = 2048;
/// Masks inside masks.
const DEPTH_MAX: usize = 8;
/// Bytes of an answer that a mask is laid over; larger ones hold pictures, and are given whole.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Which members are wanted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Mask {
    every: bool,
    members: BTreeMap<String, Option<Mask>>,
}

impl Mask {
    /// Reads a mask; the outer braces may be missing.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.len() > MASK_CHARS_MAX {
            return Err("the mask is too long");
        }
        let text = text.trim();
        let inner = match text.strip_prefix('{') {
            Some(rest) => rest.strip_suffix('}').ok_or("missing closing bracket")?,
            None => text,
        };
        let mut rest = inner;
        let mask = Self::members(&mut rest, 0)?;
        if rest.is_empty() { Ok(mask) } else { Err("unexpected closing bracket") }
    }

    fn members(rest: &mut &str, depth: usize) -> Result<Self, &'static str> {
        if depth > DEPTH_MAX {
            return Err("too many brackets");
        }
        let mut mask = Self::default();
        loop {
            let end = rest.find([',', '{', '}']).unwrap_or(rest.len());
            let name = rest[..end].trim().to_owned();
            let stop = rest[end..].chars().next();
            *rest = &rest[end..];
            let mut inside = None;
            if stop == Some('{') {
                *rest = &rest[1..];
                inside = Some(Self::members(rest, depth + 1)?);
                *rest = rest.strip_prefix('}').ok_or("missing closing bracket")?.trim_start();
            }
            match (name.as_str(), inside) {
                ("", Some(_)) => return Err("a bracket needs a name before it"),
                ("", None) => {}
                ("*", _) => mask.every = true,
                (_, inside) => drop(mask.members.insert(name, inside)),
            }
            match rest.chars().next() {
                Some(',') => *rest = &rest[1..],
                Some('}') | None => return Ok(mask),
                Some(_) => return Err("a comma is missing"),
            }
        }
    }

    /// Takes away what is not wanted; lists are masked item by item.
    pub fn apply(&self, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.apply(item)),
            Value::Object(members) => {
                members.retain(|name, _| self.every || self.members.contains_key(name));
                for (name, member) in members.iter_mut() {
                    if let Some(Some(mask)) = self.members.get(name) {
                        mask.apply(member);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

/// Lays the mask a client sent over a good answer.
pub async fn lay(request: Request, next: Next) -> Response {
    let Some(wanted) = request.headers().get(FIELDS_HEADER) else { return next.run(request).await };
    let parsed = wanted.to_str().map_err(|_| "the mask is no text").and_then(Mask::parse);
    let mask = match parsed {
        Ok(mask) => mask,
        Err(why) => {
            return Error::Plain(StatusCode::BAD_REQUEST, format!("Mask parse error: {why}").into()).into_response();
        }
    };
    let response = next.run(request).await;
    let is_json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if !response.status().is_success() || !is_json {
        return response;
    }
    let (parts, body) = response.into_parts();
    let size = http_body::Body::size_hint(&body).upper().unwrap_or(u64::MAX);
    if size > ANSWER_BYTES_MAX as u64 {
        return Response::from_parts(parts, body);
    }
    let bytes = to_bytes(body, ANSWER_BYTES_MAX).await.unwrap_or_default();
    match serde_json::from_slice::<Value>(&bytes) {
        Ok(mut value) => {
            mask.apply(&mut value);
            reply(parts.status, &value)
        }
        Err(_) => Response::from_parts(parts, Body::from(bytes)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn masks_keep_what_they_name() {
        let whole = json!({"a": 1, "b": {"c": 2, "d": 3}, "e": [{"f": 4, "g": 5}]});
        for (mask, kept) in [
            ("{a}", json!({"a": 1})),
            ("a,b{c}", json!({"a": 1, "b": {"c": 2}})),
            ("{ e{f} , a }", json!({"a": 1, "e": [{"f": 4}]})),
            ("{*,b{d}}", json!({"a": 1, "b": {"d": 3}, "e": [{"f": 4, "g": 5}]})),
            ("{nothing}", json!({})),
        ] {
            let mut value = whole.clone();
            Mask::parse(mask).unwrap().apply(&mut value);
            assert_eq!(value, kept, "{mask}");
        }
    }

    #[test]
    fn broken_masks_are_refused() {
        for mask in ["{a", "a}", "a{b", "{a{b}", "{b}}", "a{b}c", ",{a}", &"{".repeat(100), &"a".repeat(5000)] {
            assert!(Mask::parse(mask).is_err(), "{mask}");
        }
    }
}
