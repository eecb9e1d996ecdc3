//! `GET /weights` and `GET /weights/{hash}`: the models that tabs may load, and the pieces of their files. Every server hands out those in
//! its own folder, whoever leads. Not here: which models and pieces there are (`weights.rs`).

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::app::App;
use crate::error::Error;
use crate::weights::Piece;
use crate::wire::JSON;

/// The list is asked for anew, at the cost of a "not modified": it grows while files are hashed.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");
/// A piece is named by what is in it.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// Lists the models.
pub async fn list(State(app): State<App>, headers: HeaderMap) -> Result<Response, Error> {
    let list = app.weights.list();
    let is_known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| names(known, &list.tag));
    let tag = HeaderValue::try_from(list.tag).map_err(Error::internal)?;
    let kept = [(header::CACHE_CONTROL, ASK_AGAIN), (header::ETAG, tag)];
    if is_known {
        return Ok((StatusCode::NOT_MODIFIED, kept).into_response());
    }
    Ok((kept, [(header::CONTENT_TYPE, JSON)], list.json).into_response())
}

/// Whether one of the tags that a caller knows is this one. A proxy that packs answers makes a tag a weak one.
fn names(known: &HeaderValue, tag: &str) -> bool {
    let mut known = known.to_str().unwrap_or_default().split(',').map(str::trim);
    known.any(|one| one == "*" || one.trim_start_matches("W/") == tag)
}

/// Hands a piece out.
pub async fn piece(State(app): State<App>, Path(hash): Path<String>) -> Result<Response, Error> {
    let not_here = || Error::Plain(StatusCode::NOT_FOUND, "This piece is not here (any more).".into());
    let places = app.weights.places(&hash);
    if places.is_empty() {
        return Err(not_here());
    }
    let opened = tokio::task::spawn_blocking(move || places.into_iter().find_map(Piece::open)).await;
    let reading = opened.map_err(Error::internal)?.ok_or_else(not_here)?;
    let kept = [
        (header::CONTENT_TYPE, BYTES),
        (header::CONTENT_LENGTH, HeaderValue::from(reading.bytes())),
        (header::CACHE_CONTROL, FOR_EVER),
    ];
    Ok((kept, Body::from_stream(reading.slices())).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_list_is_recognised_among_others_and_behind_a_proxy() {
        for (known, is) in [
            (r#""a""#, true),
            (r#"W/"a""#, true),
            (r#""b", "a""#, true),
            ("*", true),
            (r#""b""#, false),
            ("a", false),
            ("", false),
        ] {
            assert_eq!(names(&HeaderValue::from_static(known), r#""a""#), is, "{known}");
        }
    }
}
