//! The page: serves what was built into `dist/`, or, where nothing was built, a plain page that says how. Not here: building it
//! (`cargo xtask page`), what it may do and how long it may be kept (`throng_policy::page`), and the form at `/register`
//! (`routes/register.rs`).

use std::convert::Infallible;
use std::path::Path;

use axum::extract::Request;
use axum::response::{Html, IntoResponse as _, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use throng_api::{ErrorBody, ReturnCode};
use throng_policy::page::{GUARDS, cache_control, is_file};
use tower::{Service as _, ServiceExt};
use tower_http::services::{ServeDir, ServeFile};

use crate::routes::is_api;
use crate::wire::reply;

/// Shown where no page was built.
const NOT_BUILT: &str = include_str!("page/not_built.html");

type Files = ServeDir<ServeFile>;

/// Serves the page's files.
#[derive(Debug, Clone)]
pub struct Page(Option<Files>);

impl Page {
    /// Serves from a folder, if there is one.
    pub fn open(folder: Option<&Path>) -> Self {
        Self(folder.map(|folder| {
            let index = ServeFile::new(folder.join("index.html")).precompressed_br().precompressed_gzip();
            ServeDir::new(folder).precompressed_br().precompressed_gzip().fallback(index)
        }))
    }

    /// Answers whatever no route answers: with a file, with the page itself (it has routes of its own), or with a JSON 404.
    pub async fn answer(self, request: Request) -> Result<Response, Infallible> {
        let path = request.uri().path().to_owned();
        if is_api(&path) {
            let code = ReturnCode::PathNotFound;
            return Ok(reply(StatusCode::NOT_FOUND, &ErrorBody::refused(code, code.message())));
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Ok(StatusCode::METHOD_NOT_ALLOWED.into_response());
        }
        let Some(mut files) = self.0 else {
            let mut response = (StatusCode::NOT_FOUND, Html(NOT_BUILT)).into_response();
            guard(response.headers_mut());
            return Ok(response);
        };
        let mut response = match ServiceExt::<Request>::ready(&mut files).await {
            Ok(ready) => ready.call(request).await.into_response(),
            Err(never) => match never {},
        };
        let is_html =
            response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        if is_html && is_file(&path) {
            response = StatusCode::NOT_FOUND.into_response();
        }
        let keep = HeaderValue::from_static(cache_control(&path, response.status().is_success()));
        response.headers_mut().insert(header::CACHE_CONTROL, keep);
        guard(response.headers_mut());
        Ok(response)
    }
}

/// Puts on the headers that keep a page from being misused.
pub fn guard(headers: &mut HeaderMap) {
    for (name, value) in GUARDS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};

    use super::*;

    async fn get(page: &Page, path: &str) -> (StatusCode, String, String) {
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        let response = page.clone().answer(request).await.unwrap();
        let cache = response.headers().get(header::CACHE_CONTROL).map(|value| value.to_str().unwrap().to_owned());
        let status = response.status();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, cache.unwrap_or_default(), String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn the_page_answers_its_own_paths_and_hashed_files_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("index.html"), "<p>page</p>").unwrap();
        std::fs::write(folder.path().join("app-0123456789abcdef.js"), "run()").unwrap();
        let page = Page::open(Some(folder.path()));

        assert_eq!(get(&page, "/").await, (StatusCode::OK, "no-cache".into(), "<p>page</p>".into()));
        assert_eq!(get(&page, "/request/12").await.2, "<p>page</p>");
        let (status, cache, body) = get(&page, "/app-0123456789abcdef.js").await;
        assert_eq!((status, body.as_str()), (StatusCode::OK, "run()"));
        assert!(cache.contains("immutable"));
        assert_eq!(get(&page, "/app-gone.js").await.0, StatusCode::NOT_FOUND);
        assert_eq!(get(&page, "/../Cargo.toml").await.0, StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn without_a_page_somebody_says_how_to_build_it() {
        let (status, _, body) = get(&Page::open(None), "/").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(body.contains("cargo xtask page"));
    }

    #[tokio::test]
    async fn an_unknown_path_of_the_interface_is_json() {
        let (status, _, body) = get(&Page::open(None), "/api/v2/nothing").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(body.contains(r#""rc":"PathNotFound""#), "{body}");
    }
}
