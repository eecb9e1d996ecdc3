//! `GET` and `PUT /images/{name}`: pictures by signed link, for whoever holds one, wherever pictures are kept. A bucket signs links of its
//! own, so these lead to one only where an edge takes and gives its pictures, and come here when the edge cannot.

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};

use crate::app::App;
use crate::error::Error;
use crate::images::links::{Permit, Signed, permits};

/// Hands a picture out.
pub async fn get(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(signed): Query<Signed>,
) -> Result<Response, Error> {
    check(&app, Permit::Download, &name, &signed)?;
    let Some(webp) = app.images.get(&name).await.map_err(Error::internal)? else {
        return Err(Error::Plain(StatusCode::NOT_FOUND, "This picture is not here (any more).".into()));
    };
    let seconds_left = (signed.expires - app.clock.now().timestamp()).max(0);
    let keep =
        HeaderValue::from_str(&format!("private, max-age={seconds_left}, immutable")).map_err(Error::internal)?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("image/webp")), (header::CACHE_CONTROL, keep)], webp)
        .into_response())
}

/// Takes a picture in. It answers exactly 200: workers take any other success for failure.
pub async fn put(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(signed): Query<Signed>,
    webp: Bytes,
) -> Result<Response, Error> {
    check(&app, Permit::Upload, &name, &signed)?;
    if let Err(error) = app.images.check_webp(webp.clone()).await {
        return Err(Error::Plain(StatusCode::BAD_REQUEST, error.to_string().into()));
    }
    app.images.put(&name, webp).await.map_err(Error::internal)?;
    Ok(StatusCode::OK.into_response())
}

fn check(app: &App, permit: Permit, name: &str, signed: &Signed) -> Result<(), Error> {
    if permits(&app.secret, permit, name, signed, app.clock.now()) {
        return Ok(());
    }
    Err(Error::Plain(StatusCode::FORBIDDEN, "This link has expired, or was never signed here.".into()))
}
