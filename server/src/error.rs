//! [`Error`]: every way a call can end badly, and how it looks on the wire. An internal error is logged here, once, and told to
//! nobody. Not here: which refusal of the rules is which return code (`refusal.rs`).

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use throng_api::{ErrorBody, ReturnCode};
use throng_policy::refusal::UNREADABLE;

use crate::desk::{RETRY_AFTER_SECONDS, Unavailable};
use crate::wire::reply;

/// Why a call has no good answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A rule said no.
    #[error("{0}: {1}")]
    Refused(ReturnCode, Cow<'static, str>),
    /// A rule said no, with another status than its code usually has.
    #[error("{1}: {2}")]
    RefusedAs(StatusCode, ReturnCode, Cow<'static, str>),
    /// The body's shape is wrong, at these dotted paths.
    #[error("the input is not well formed")]
    Invalid(BTreeMap<String, String>),
    /// Something that has no return code, such as a body that is no JSON.
    #[error("{1}")]
    Plain(StatusCode, Cow<'static, str>),
    /// The desk takes nothing now.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// Our bug, or an outage.
    #[error("internal error: {0}")]
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// A refusal in the table's own words.
    pub fn refused(code: ReturnCode) -> Self {
        Self::Refused(code, Cow::Borrowed(code.message()))
    }

    /// A refusal in words that say more than the table's.
    pub fn refused_with(code: ReturnCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self::Refused(code, message.into())
    }

    /// One thing is wrong with the body's shape.
    pub fn invalid(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(BTreeMap::from([(path.into(), message.into())]))
    }

    /// Wraps what should not have happened.
    pub fn internal(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(error.into())
    }

    /// The body is no JSON, or does not say that it is. The sentence is the one old clients know.
    pub fn unreadable() -> Self {
        Self::Plain(StatusCode::BAD_REQUEST, Cow::Borrowed(UNREADABLE))
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(code, message) => {
                let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::BAD_REQUEST);
                reply(status, &ErrorBody::refused(code, message))
            }
            Self::RefusedAs(status, code, message) => reply(status, &ErrorBody::refused(code, message)),
            Self::Invalid(errors) => reply(StatusCode::BAD_REQUEST, &ErrorBody::invalid(errors)),
            Self::Plain(status, message) => reply(status, &ErrorBody::message(message)),
            Self::Unavailable(why) => {
                let mut response = reply(StatusCode::SERVICE_UNAVAILABLE, &ErrorBody::message(why.to_string()));
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS));
                response
            }
            Self::Internal(error) => {
                tracing::error!(error = %error, "internal error");
                internal()
            }
        }
    }
}

/// What is told of an internal error: nothing.
pub fn internal() -> Response {
    reply(StatusCode::INTERNAL_SERVER_ERROR, &ErrorBody::message("Internal Server Error"))
}
