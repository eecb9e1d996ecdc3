//! A bucket in memory that vanishes with the test: it speaks as much of S3 as pictures need, and lets nobody in without
//! a signature. Not here: anything a real server uses.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path as At, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use tokio::net::TcpListener;

use super::{Images, bucket};

/// What is in the bucket. Cheap to clone: all clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Objects(Arc<Mutex<HashMap<String, Bytes>>>);

impl Objects {
    /// Finds an object.
    pub(crate) fn get(&self, name: &str) -> Option<Bytes> {
        self.0.lock().unwrap().get(name).cloned()
    }

    /// Opens the bucket as a store of pictures.
    pub(crate) async fn images(&self) -> Images {
        Images::of_bucket(bucket::open("s3://pictures", self.listen().await.into_iter()).unwrap())
    }

    /// Starts to serve a bucket called `pictures`; gives the settings with which it is reached.
    pub(super) async fn listen(&self) -> Vec<(String, String)> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new().route("/pictures/{name}", get(find).put(put)).with_state(self.clone());
        tokio::spawn(async { axum::serve(listener, routes).await.unwrap() });
        let settings = [
            ("AWS_ENDPOINT", address.as_str()),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_REGION", "auto"),
            ("AWS_ACCESS_KEY_ID", "key"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
        ];
        settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }
}

fn is_signed(headers: &HeaderMap, query: Option<&str>) -> bool {
    headers.contains_key("authorization") || query.is_some_and(|query| query.contains("X-Amz-Signature="))
}

async fn put(
    State(objects): State<Objects>,
    At(name): At<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, [(&'static str, &'static str); 1]) {
    if !is_signed(&headers, query.as_deref()) {
        return (StatusCode::FORBIDDEN, [("etag", "")]);
    }
    objects.0.lock().unwrap().insert(name, body);
    (StatusCode::OK, [("etag", "\"1\"")])
}

async fn find(
    State(objects): State<Objects>,
    At(name): At<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<([(&'static str, &'static str); 2], Bytes), StatusCode> {
    let found = objects.get(&name).filter(|_| is_signed(&headers, query.as_deref()));
    let headers = [("etag", "\"1\""), ("last-modified", "Sun, 22 Nov 2026 12:00:00 GMT")];
    found.map(|object| (headers, object)).ok_or(StatusCode::NOT_FOUND)
}
