//! THE TABLE: every method, path and handler, grouped by who calls it; and what surrounds them all. One endpoint, one file below
//! `routes/`. The paths themselves are defined once, with their types, in `throng-api`.

pub mod alchemy;
mod asked;
pub mod image;
pub mod pictures;
pub mod register;
pub mod service_info;
pub mod status;
pub mod text;
pub mod users;
pub mod worker;
pub mod workers;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use http::Uri;
use throng_api::endpoint::Endpoint;
use throng_api::register::PostRegister;
use throng_api::{
    alchemy as alchemy_wire, image as image_wire, pop, status as status_wire, submit, text as text_wire,
    users as users_wire, workers as workers_wire,
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
        .route(alchemy_wire::PostAlchemyAsk::PATH, post(alchemy::ask::post).layer(with_sources))
        .route(alchemy_wire::GetAlchemyStatus::PATH, get(alchemy::status::get).delete(alchemy::cancel::delete))
        // Workers
        .route(pop::image::PostImagePop::PATH, post(worker::pop_image::post))
        .route(pop::text::PostTextPop::PATH, post(worker::pop_text::post))
        .route(pop::alchemy::PostAlchemyPop::PATH, post(worker::pop_alchemy::post))
        .route(submit::PostImageSubmit::PATH, post(worker::submit_image::post).layer(with_result))
        .route(submit::PostTextSubmit::PATH, post(worker::submit_text::post))
        .route(submit::PostAlchemySubmit::PATH, post(worker::submit_alchemy::post))
        // Whoever holds a signed link
        .route("/images/{name}", get(pictures::get).put(pictures::put).layer(pictures))
        // Users
        .route(PostRegister::PATH, get(register::get).post(register::post))
        .route(users_wire::GetFindUser::PATH, get(users::find::get))
        .route(users_wire::GetUsers::PATH, get(users::list::get))
        .route(users_wire::GetUser::PATH, get(users::show::get))
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
