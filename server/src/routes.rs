//! THE TABLE: every method, path and handler, grouped by who calls it; and what surrounds them all. One endpoint, one file below
//! `routes/`. The paths themselves are defined once, with their types, in `throng-api`.

mod asked;
pub mod collections;
pub mod image;
pub mod pictures;
pub mod register;
pub mod service_info;
pub mod status;
pub mod styles;
pub mod text;
pub mod users;
pub mod worker;
pub mod workers;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, patch, post};
use http::Uri;
use throng_api::endpoint::Endpoint;
use throng_api::register::PostRegister;
use throng_api::{
    collections as collections_wire, image as image_wire, pop, status as status_wire, styles as styles_wire, submit,
    text as text_wire, users as users_wire, workers as workers_wire,
};
use tower::{ServiceExt as _, service_fn};
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;
use crate::page::Page;
use crate::rate_limit::door::{self, Door};
use crate::{calls, images, mask, metrics};

/// Bytes of a body that holds no picture: a prompt of 7 500 words with everything around it has a tenth of that.
const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Bytes of a body with pictures in base64: five extra source images, the source and its mask.
const BODY_WITH_SOURCES_BYTES_MAX: usize = 48 * 1024 * 1024;
/// Bytes of a result that a worker hands in as base64.
const BODY_WITH_RESULT_BYTES_MAX: usize = images::picture::RESULT_BYTES_MAX / 3 * 4 + 64 * 1024;

/// Returns every route.
pub fn router(app: App) -> Router {
    metrics::start();
    let page = Page::open(app.config.page_dir().as_deref());
    let with_sources = DefaultBodyLimit::max(BODY_WITH_SOURCES_BYTES_MAX);
    let with_result = DefaultBodyLimit::max(BODY_WITH_RESULT_BYTES_MAX);
    let pictures = DefaultBodyLimit::max(images::picture::RESULT_BYTES_MAX);
    let table = Router::new()
        // Requesters
        .route(image_wire::PostImageAsk::PATH, post(image::ask::post).layer(with_sources))
        .route(image_wire::GetImageCheck::PATH, get(image::check::get))
        .route(image_wire::GetImageStatus::PATH, get(image::status::get).delete(image::cancel::delete))
        .route(text_wire::PostTextAsk::PATH, post(text::ask::post))
        .route(text_wire::GetTextStatus::PATH, get(text::status::get).delete(text::cancel::delete))
        // Workers
        .route(pop::image::PostImagePop::PATH, post(worker::pop_image::post))
        .route(pop::text::PostTextPop::PATH, post(worker::pop_text::post))
        .route(submit::PostImageSubmit::PATH, post(worker::submit_image::post).layer(with_result))
        .route(submit::PostTextSubmit::PATH, post(worker::submit_text::post))
        // Whoever holds a signed link
        .route("/images/{name}", get(pictures::get).put(pictures::put).layer(pictures))
        // Users
        .route(PostRegister::PATH, get(register::get).post(register::post))
        .route(users_wire::GetFindUser::PATH, get(users::find::get))
        .route(users_wire::GetUsers::PATH, get(users::list::get))
        .route(users_wire::GetUser::PATH, get(users::show::get))
        // Whoever makes styles and looks for them
        .merge(styles_table())
        // Whoever looks
        .route(workers_wire::GetWorkers::PATH, get(workers::list::get))
        .route(workers_wire::GetWorkerByName::PATH, get(workers::show_by_name::get))
        .route(workers_wire::GetWorker::PATH, get(workers::show::get))
        .route(status_wire::GetHeartbeat::PATH, get(status::heartbeat::get))
        .route(status_wire::GetPerformance::PATH, get(status::performance::get))
        .route(status_wire::GetModels::PATH, get(status::models::get))
        .route(status_wire::GetModel::PATH, get(status::model::get))
        .route(status_wire::GetModes::PATH, get(status::modes::get))
        .route("/.well-known/serviceinfo", get(service_info::get))
        // Whoever watches over the server
        .route("/metrics", get(metrics::show));
    surround(table, app, page)
}

/// The part of the table that is about styles and their collections.
fn styles_table() -> Router<App> {
    use collections_wire as sets;
    use styles_wire as one;
    Router::new()
        .route(one::GetImageStyles::PATH, get(styles::list::get_image).post(styles::create::post_image))
        .route(
            one::GetImageStyle::PATH,
            get(styles::show::get_image).patch(styles::change::patch_image).delete(styles::remove::delete_image),
        )
        .route(one::GetImageStyleByName::PATH, get(styles::show_by_name::get_image))
        .route(one::PostStyleExample::PATH, post(styles::examples::post))
        .route(one::PatchStyleExample::PATH, patch(styles::examples::patch).delete(styles::examples::delete))
        .route(one::GetTextStyles::PATH, get(styles::list::get_text).post(styles::create::post_text))
        .route(
            one::GetTextStyle::PATH,
            get(styles::show::get_text).patch(styles::change::patch_text).delete(styles::remove::delete_text),
        )
        .route(one::GetTextStyleByName::PATH, get(styles::show_by_name::get_text))
        .route(sets::GetCollections::PATH, get(collections::list::get).post(collections::create::post))
        .route(
            sets::GetCollection::PATH,
            get(collections::show::get).patch(collections::change::patch).delete(collections::remove::delete),
        )
        .route(sets::GetCollectionByName::PATH, get(collections::show_by_name::get))
}

/// Puts around the table what every call goes through. The last layer is the outermost.
fn surround(table: Router<App>, app: App, page: Page) -> Router {
    let inner = table
        .fallback_service(service_fn(move |request: Request| page.clone().answer(request)))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn(mask::lay))
        .layer(from_fn_with_state(Door::new(app.clone()), door::limit))
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
