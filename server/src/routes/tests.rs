//! What surrounds the routes, and the routes that no story tells of: links to pictures, masks, forms, preflights, metrics.
//! The stories of requesters and workers are in the whole-house tests.

mod callers;
mod edge;
mod pictures;
mod told;

use std::io::Cursor;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::response::Response;
use chrono::TimeDelta;
use http::{Method, Request as HttpRequest, StatusCode, header};
use image::{DynamicImage, ImageFormat};
use serde_json::{Value, json};
use throng_domain::desk::Settings;
use tower::ServiceExt as _;

use super::{App, Router, router, without_trailing_slash};
use crate::app::House;
use crate::clock::{Clock, Ids, ManualClock};
use crate::cluster::throwaway::Throwaway;
use crate::config::Config;
use crate::images::links::Permit;
use crate::images::source::encode_base64;

/// A server in this process, with a clock that stands still.
struct Open {
    app: App,
    house: House,
    router: Router,
    clock: Arc<ManualClock>,
    _data: tempfile::TempDir,
}

/// An answer, read to its end.
struct Answer {
    status: StatusCode,
    headers: http::HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn open(change: impl FnOnce(&mut Config)) -> Open {
    let data = tempfile::tempdir().unwrap();
    let page = Some(data.path().join("no page"));
    // The clock stands still, so what is kept for a few seconds would be kept for ever.
    let mut config =
        Config { data: Some(data.path().to_owned()), page, no_rate_limits: true, no_edge: true, ..Config::default() };
    change(&mut config);
    let options = Throwaway::shared().await.unwrap().database().await.unwrap();
    let clock = Arc::new(ManualClock::default());
    let time: Arc<dyn Clock> = clock.clone();
    let ids = Arc::new(Ids::seeded(time.clone(), 11));
    let (app, house) = App::start(config, options, time, ids, Settings::default()).await.unwrap();
    assert!(app.desk.ready().await);
    Open { router: router(app.clone()), app, house, clock, _data: data }
}

impl Open {
    async fn send(&self, request: HttpRequest<Body>) -> Answer {
        let response: Response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 1 << 24).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    async fn call(&self, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        let mut request = HttpRequest::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, &[], Body::empty()).await
    }

    async fn post(&self, path: &str, key: &str, body: &Value) -> Answer {
        self.call(Method::POST, path, &[("apikey", key), ("content-type", "application/json")], body.to_string()).await
    }

    async fn user(&self, name: &str) -> String {
        let answer = self.post("/register", "", &json!({"username": name})).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.json()["api_key"].as_str().unwrap().to_owned()
    }

    /// The path of a link to this server.
    async fn path_of(&self, permit: Permit, name: &str) -> String {
        let link = self.app.link(permit, name).await.unwrap();
        link.strip_prefix(&self.app.config.public_url()).unwrap().to_owned()
    }

    async fn close(self) {
        self.house.stop().await;
    }
}

fn picture(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(image::RgbImage::from_pixel(64, 64, image::Rgb([200, 30, 30])))
        .write_to(&mut bytes, format)
        .unwrap();
    bytes.into_inner()
}

#[test]
fn slashes_at_the_end_are_taken_off_the_interface_alone() {
    for (path, tidied) in [
        ("/api/v2/workers/", "/api/v2/workers"),
        ("/api/v2/workers//?type=", "/api/v2/workers?type="),
        ("/api/v2/workers", "/api/v2/workers"),
        ("/request/", "/request/"),
    ] {
        let request = HttpRequest::builder().uri(path).body(Body::empty()).unwrap();
        assert_eq!(without_trailing_slash(request).uri(), tidied, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_travels_by_signed_links_and_no_others() {
    let open = open(|_| {}).await;
    let (up, down) = (open.path_of(Permit::Upload, "a.webp").await, open.path_of(Permit::Download, "a.webp").await);
    let webp = picture(ImageFormat::WebP);
    assert_eq!(open.get(&down).await.status, StatusCode::NOT_FOUND);
    let refused = open.call(Method::PUT, &up, &[], picture(ImageFormat::Png)).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(open.call(Method::PUT, &down, &[], webp.clone()).await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        open.call(Method::PUT, &up.replace("a.webp", "b.webp"), &[], webp.clone()).await.status,
        StatusCode::FORBIDDEN
    );

    let put = open.call(Method::PUT, &up, &[("content-type", "image/webp")], webp.clone()).await;
    assert_eq!(put.status, StatusCode::OK, "workers take any other success for failure");
    let got = open.get(&down).await;
    assert_eq!((got.status, got.body), (StatusCode::OK, webp));
    assert_eq!(got.headers[header::CONTENT_TYPE], "image/webp");
    assert_eq!(got.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");

    open.clock.advance(TimeDelta::minutes(31));
    assert_eq!(open.get(&down).await.status, StatusCode::FORBIDDEN);
    open.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_image_reaches_the_worker_as_webp_behind_a_link() {
    let open = open(|_| {}).await;
    let (ada, bob) = (open.user("ada").await, open.user("bob").await);
    let source = encode_base64(&picture(ImageFormat::Png));
    let ask = json!({"prompt": "p", "models": ["throng-shapes"], "source_image": source, "params": {"width": 64, "height": 64}});
    let asked = open.post("/api/v2/generate/async", &ada, &ask).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.text());
    let broken =
        open.post("/api/v2/generate/async", &ada, &json!({"prompt": "p", "source_image": "bm8gcGljdHVyZQ=="})).await;
    assert_eq!((broken.status.as_u16(), broken.json()["rc"].as_str()), (400, Some("ImageValidationFailed")));

    let pop = json!({"name": "rig", "models": ["throng-shapes"], "bridge_agent": "AI Horde Worker reGen:13:x", "max_pixels": 1_048_576});
    let popped = open.post("/api/v2/generate/pop", &bob, &pop).await;
    assert_eq!(popped.status, StatusCode::OK, "{}", popped.text());
    let job = popped.json();
    assert_eq!(job["source_processing"], "img2img");
    let link = job["source_image"].as_str().unwrap_or_else(|| panic!("no link: {job}"));
    let fetched = open.get(link.strip_prefix(&open.app.config.public_url()).unwrap()).await;
    assert_eq!(image::guess_format(&fetched.body).unwrap(), ImageFormat::WebP);
    open.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_to_remix_reach_the_worker_without_a_first_one() {
    let open = open(|_| {}).await;
    let (ada, bob) = (open.user("ada").await, open.user("bob").await);
    let extra = json!([{"image": encode_base64(&picture(ImageFormat::Png)), "strength": 0.5}]);
    let ask = json!({"prompt": "p", "models": [], "source_processing": "remix", "extra_source_images": extra,
        "params": {"width": 64, "height": 64}});
    let asked = open.post("/api/v2/generate/async", &ada, &ask).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.text());
    let pop = json!({"name": "rig", "models": ["throng-shapes"], "bridge_agent": "AI Horde Worker reGen:13:x", "max_pixels": 1_048_576});
    let job = open.post("/api/v2/generate/pop", &bob, &pop).await.json();
    assert_eq!((&job["source_processing"], &job["source_image"]), (&json!("remix"), &Value::Null), "{job}");
    let (image, strength) = (&job["extra_source_images"][0]["image"], &job["extra_source_images"][0]["strength"]);
    assert!(image.as_str().is_some_and(|link| link.starts_with("http")) && *strength == 0.5, "{job}");
    open.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_key_or_parameter_is_a_mistake_in_the_calls_shape() {
    let open = open(|_| {}).await;
    let json = [("content-type", "application/json")];
    let answer = open.call(Method::POST, "/api/v2/generate/async", &json, r#"{"prompt": "p"}"#).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let said = answer.json()["errors"]["apikey"].as_str().unwrap().to_owned();
    assert!(said.ends_with("Missing required parameter in the HTTP headers"), "{said}");
    for (path, body, name) in [("/api/v2/generate/pop", "{}", "name"), ("/api/v2/generate/text/async", "{}", "prompt")]
    {
        let answer = open.call(Method::POST, path, &[json[0], ("apikey", "0000000000")], body).await;
        let said = answer.json()["errors"][name].as_str().unwrap().to_owned();
        assert!(said.ends_with("Missing required parameter in the JSON body"), "{said}");
    }
    open.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_the_headers_of_the_wire() {
    let open = open(|config| config.no_rate_limits = false).await;
    for path in ["/api/v2/status/performance", "/api/v2/nowhere", "/api/v2/generate/check/x"] {
        let answer = open.get(path).await;
        assert_eq!(answer.header("content-type"), "application/json; charset=utf-8", "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        assert!(answer.header("horde-node").starts_with("127.0.0.1:7001:"), "{path}");
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
    }
    let limited = open.get("/api/v2/generate/check/x").await;
    assert_eq!((limited.header("x-ratelimit-limit"), limited.header("x-ratelimit-remaining")), ("10", "8"));
    assert!(open.get("/api/v2/status/heartbeat").await.headers.get("x-ratelimit-limit").is_none());
    open.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn methods_are_answered_as_on_the_wire() {
    let open = open(|_| {}).await;
    let wrong = open.call(Method::DELETE, "/api/v2/generate/async", &[], Body::empty()).await;
    assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(wrong.json(), json!({"message": "The method is not allowed for the requested URL."}));
    let head = open.call(Method::HEAD, "/api/v2/status/heartbeat", &[], Body::empty()).await;
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
    let options = open.call(Method::OPTIONS, "/api/v2/generate/status/x", &[], Body::empty()).await;
    assert_eq!(options.status, StatusCode::OK);
    for method in ["GET", "HEAD", "DELETE", "OPTIONS"] {
        assert!(options.header("allow").contains(method), "{}", options.header("allow"));
    }
    open.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mask_and_a_trailing_slash_are_understood() {
    let open = open(|_| {}).await;
    let masked =
        open.call(Method::GET, "/api/v2/status/performance/", &[("x-fields", "{worker_count}")], Body::empty()).await;
    assert_eq!((masked.status, masked.json()), (StatusCode::OK, json!({"worker_count": 0})));
    let broken = open.call(Method::GET, "/api/v2/status/performance", &[("x-fields", "{a")], Body::empty()).await;
    assert_eq!(broken.status, StatusCode::BAD_REQUEST);
    assert!(broken.json()["message"].as_str().unwrap().starts_with("Mask parse error: "));
    open.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_register_by_a_form_and_their_key_works() {
    let open = open(|_| {}).await;
    assert!(open.get("/register").await.text().contains("<form"));
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let welcome = open.call(Method::POST, "/register", &form, "username=Ada+L%C3%B3pez").await;
    assert_eq!(welcome.status, StatusCode::OK);
    assert_eq!(welcome.header("cache-control"), "no-store");
    let key = welcome.text().split(r#"class="ah-api-key">"#).nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert_eq!(key.len(), 22);
    let found = open.call(Method::GET, "/api/v2/find_user", &[("apikey", &key)], Body::empty()).await.json();
    assert!(found["username"].as_str().unwrap().starts_with("Ada López#"), "{found}");
    assert!(found.get("message").is_none() && found["pseudonymous"] == true);

    let sorry = open.call(Method::POST, "/register", &form, "username=%3Cb%3E").await;
    assert_eq!(sorry.status, StatusCode::BAD_REQUEST);
    assert!(sorry.text().contains("user name"));
    open.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_listed_with_nulls_and_shown_without() {
    let open = open(|_| {}).await;
    let key = open.user("ada").await;
    let list = open.get("/api/v2/users").await.json();
    let row = list.as_array().unwrap().iter().find(|row| row["username"] == "ada#1").unwrap();
    assert!(row.get("proxy_passkey").is_some_and(Value::is_null), "{row}");
    let path = format!("/api/v2/users/{}", row["id"]);
    let public = open.get(&path).await.json();
    assert!(public.as_object().unwrap().values().all(|member| !member.is_null()), "{public}");
    assert!(public.get("sharedkey_ids").is_none());
    let own = open.call(Method::GET, &path, &[("apikey", &key)], Body::empty()).await.json();
    assert_eq!(own["sharedkey_ids"], json!([]));
    assert_eq!(
        open.call(Method::GET, &path, &[("apikey", "unknown")], Body::empty()).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(open.get("/api/v2/users/ada").await.json()["rc"], "UserNotFound");
    open.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_shown_to_the_neighbourhood() {
    let open = open(|_| {}).await;
    open.get("/api/v2/status/heartbeat").await;
    let shown = open.get("/metrics").await;
    for name in
        ["throng_http_calls_total", "throng_http_call_seconds_bucket", "throng_desk_batches_total", "throng_workers"]
    {
        assert!(shown.text().contains(name), "{name} is missing");
    }
    let strange = open.call(Method::GET, "/metrics", &[("x-forwarded-for", "203.0.113.1")], Body::empty()).await;
    assert_eq!(strange.status, StatusCode::FORBIDDEN);
    open.close().await;
}
