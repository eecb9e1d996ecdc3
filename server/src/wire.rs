//! How JSON comes in and goes out: the body as a value that is still to be validated, and answers with the content type that
//! clients of the AI Horde know. Not here: what a body may hold (`validation.rs`).

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Utc};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::Value;
use throng_api::ReturnCode;
use throng_domain::Timestamp;
use throng_policy::refusal;

use crate::app::App;
use crate::error::{Error, internal};

/// The content type of every answer in JSON.
pub const JSON: HeaderValue = HeaderValue::from_static(refusal::JSON);

/// A body that is JSON and says so. Nothing else is known about it.
#[derive(Debug)]
pub struct JsonBody(pub Value);

impl FromRequest<App> for JsonBody {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        let declared = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !declared.is_some_and(refusal::is_json) {
            return Err(Error::unreadable());
        }
        let bytes = Bytes::from_request(request, app)
            .await
            .map_err(|rejection| Error::Plain(rejection.status(), rejection.body_text().into()))?;
        serde_json::from_slice(&bytes).map(Self).map_err(|_| Error::unreadable())
    }
}

/// Answers with JSON.
pub fn reply(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => (status, [(header::CONTENT_TYPE, JSON)], bytes).into_response(),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written as JSON");
            internal()
        }
    }
}

/// Answers 200 with JSON.
pub fn ok(body: &impl Serialize) -> Response {
    reply(StatusCode::OK, body)
}

/// Refuses NUL bytes: the database cannot store them in text.
pub fn refuse_nul(value: &Value) -> Result<(), Error> {
    if has_nul(value) { Err(Error::refused(ReturnCode::NulByteInPayload)) } else { Ok(()) }
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Writes a date as the wire does: RFC 822 with a numeric zone that says "unknown".
pub fn date(at: Timestamp) -> String {
    let at: DateTime<Utc> = DateTime::from_timestamp_micros(at.0).unwrap_or_default();
    at.format("%a, %d %b %Y %H:%M:%S -0000").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_look_as_the_wire_wants_them() {
        assert_eq!(date(Timestamp::from_seconds(1_795_601_987)), "Wed, 25 Nov 2026 10:19:47 -0000");
    }

    #[test]
    fn a_nul_is_found_at_any_depth() {
        assert!(has_nul(&serde_json::json!({"a": [{"b": "x\u{0}"}]})));
        assert!(!has_nul(&serde_json::json!({"a": [{"b": "x\\u0000"}]})));
    }
}
