//! THE TABLE: every method, path and handler, grouped by who calls it; and what surrounds them all. One endpoint, one file below
//! `routes/`. The paths themselves are defined once, with their types, in `throng-api`.

mod acts;
pub mod alchemy;
mod asked;
pub mod collections;
pub mod documents;
pub mod filters;
pub mod image;
pub mod kudos;
pub mod operations;
pub mod pictures;
pub mod register;
mod rights;
mod screen;
pub mod service_info;
pub mod shared_keys;
pub mod stats;
pub mod status;
pub mod styles;
mod table;
pub mod teams;
pub mod text;
pub mod users;
pub mod wake;
pub mod watch;
pub mod webhooks;
pub mod weights;
pub mod worker;
pub mod workers;

pub(crate) use self::alchemy::status::described as alchemy_status;
pub(crate) use self::alchemy::status::linked as linked_form;
pub(crate) use self::asked::{number, progress};
pub(crate) use self::image::status::announced as announced_image;
pub(crate) use self::text::status::shown as text_status;
pub(crate) use self::text::status::word as text_state;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{from_fn, from_fn_with_state};
use http::Uri;
use throng_policy::bodies::{PLAIN_BYTES_MAX, SOURCES_BYTES_MAX};
use tower::{ServiceExt as _, service_fn};
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;
use crate::idempotency::Keeper;
use crate::page::Page;
use crate::rate_limit::door::{self, Door};
use crate::twin::{self, Twin};
use crate::{calls, front, idempotency, interface, mask, metrics};

/// Bytes of the largest body of all.
pub const BODY_BYTES_LARGEST: usize = SOURCES_BYTES_MAX;

/// Returns every route.
pub fn router(app: App) -> Router {
    metrics::start();
    let page = Page::open(app.config.page_dir().as_deref());
    let table = table::table();
    // The descriptions ask the table what it has; they are in none of it themselves.
    let table = table.clone().merge(interface::routes(table.with_state(app.clone())));
    surround(table, app, page)
}

/// Puts around the table what every call goes through. The last layer is the outermost.
fn surround(table: Router<App>, app: App, page: Page) -> Router {
    let door = Door::new(app.clone());
    let twin = Twin::new(app.clone(), door.clone());
    let inner = table
        .fallback_service(service_fn(move |request: Request| page.clone().answer(request)))
        .layer(DefaultBodyLimit::max(PLAIN_BYTES_MAX))
        .layer(from_fn_with_state(Keeper::new(app.clone()), idempotency::keep))
        .layer(from_fn(mask::lay))
        .layer(from_fn_with_state(door, door::limit))
        .layer(from_fn_with_state(app.clone(), front::pass))
        .layer(from_fn_with_state(twin, twin::stand))
        .layer(from_fn(calls::deadline))
        .layer(CatchPanicLayer::custom(calls::panicked))
        .layer(from_fn_with_state(app.clone(), calls::watch))
        .with_state(app.clone());
    // Paths are tidied before they are looked up in the table; answers are dressed last, when the table has said what it allows.
    Router::new()
        .fallback_service(inner.map_request(without_trailing_slash))
        .layer(from_fn_with_state(app, calls::dress))
}

/// Whether a path belongs to the interface for programs.
pub fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// Takes the slash off the end of a path of the interface: many clients build one.
fn without_trailing_slash(mut request: Request) -> Request {
    let path = request.uri().path();
    if is_api(path) && path.ends_with('/') {
        let path = path.trim_end_matches('/');
        let tidied = match request.uri().query() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        };
        if let Ok(uri) = tidied.parse::<Uri>() {
            *request.uri_mut() = uri;
        }
    }
    request
}

#[cfg(test)]
mod tests;
