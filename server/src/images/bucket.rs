//! Pictures in a bucket: Amazon's S3 or anything that speaks like it. Workers and requesters then put and get them there directly, by
//! links the bucket honours. Where it is and with which keys comes from the usual `AWS_*` variables.

use std::sync::Arc;

use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};

/// Opens `s3://bucket`; of the settings, those that the store knows are used (`AWS_ENDPOINT`, `AWS_ACCESS_KEY_ID`, ...).
pub(super) fn open(
    place: &str,
    settings: impl Iterator<Item = (String, String)>,
) -> Result<Arc<AmazonS3>, object_store::Error> {
    let name = place.trim_start_matches("s3://").trim_end_matches('/');
    if name.contains('/') {
        return Err(unusable("a prefix inside a bucket is not supported: name a bucket of its own"));
    }
    // A second installation of the same provider is refused, and does not matter.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let known = settings.filter_map(|(name, value)| {
        let key = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>().ok().filter(|_| name.starts_with("AWS_"))?;
        Some((key, value))
    });
    let builder = known
        .fold(AmazonS3Builder::new().with_bucket_name(name), |builder, (key, value)| builder.with_config(key, value));
    builder.build().map(Arc::new)
}

fn unusable(sentence: &'static str) -> object_store::Error {
    object_store::Error::Generic { store: "s3", source: sentence.into() }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Mutex;
    use std::time::Duration;

    use axum::Router;
    use axum::body::Bytes;
    use axum::extract::{Path as At, RawQuery, State};
    use axum::http::{HeaderMap, StatusCode};
    use axum::routing::get;
    use http::Method;
    use object_store::ObjectStoreExt as _;
    use object_store::path::Path;
    use object_store::signer::Signer as _;

    use super::*;

    type Objects = Arc<Mutex<HashMap<String, Bytes>>>;

    /// A store that speaks as much of S3 as pictures need, and lets nobody in without a signature.
    async fn store(objects: Objects) -> String {
        let signed = |headers: &HeaderMap, query: &Option<String>| {
            headers.contains_key("authorization")
                || query.as_deref().is_some_and(|query| query.contains("X-Amz-Signature="))
        };
        let put = move |State(objects): State<Objects>,
                        At(name): At<String>,
                        RawQuery(query): RawQuery,
                        headers: HeaderMap,
                        body: Bytes| async move {
            if !signed(&headers, &query) {
                return (StatusCode::FORBIDDEN, [("etag", "")]);
            }
            objects.lock().unwrap().insert(name, body);
            (StatusCode::OK, [("etag", "\"1\"")])
        };
        let find = move |State(objects): State<Objects>,
                         At(name): At<String>,
                         RawQuery(query): RawQuery,
                         headers: HeaderMap| async move {
            let found = objects.lock().unwrap().get(&name).cloned().filter(|_| signed(&headers, &query));
            let headers = [("etag", "\"1\""), ("last-modified", "Sun, 22 Nov 2026 12:00:00 GMT")];
            found.map(|object| (headers, object)).ok_or(StatusCode::NOT_FOUND)
        };
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new().route("/pictures/{name}", get(find).put(put)).with_state(objects);
        tokio::spawn(async { axum::serve(listener, routes).await.unwrap() });
        address
    }

    #[tokio::test]
    async fn pictures_go_to_a_bucket_with_a_key_or_with_a_link() {
        let objects = Objects::default();
        let settings = [
            ("AWS_ENDPOINT", store(Arc::clone(&objects)).await),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
            ("AWS_REGION", "auto".to_owned()),
            ("AWS_ACCESS_KEY_ID", "key".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
            ("HOME", "no setting of a bucket".to_owned()),
        ];
        let bucket =
            open("s3://pictures/", settings.map(|(name, value)| (name.to_owned(), value)).into_iter()).unwrap();

        bucket.put(&Path::from("one.webp"), Bytes::from_static(b"one").into()).await.unwrap();
        let read = bucket.get(&Path::from("one.webp")).await.unwrap().bytes().await.unwrap();
        assert_eq!(&read[..], b"one");

        let link = bucket.signed_url(Method::PUT, &Path::from("two.webp"), Duration::from_mins(1)).await.unwrap();
        let put = reqwest::Client::new().put(link).body("two").send().await.unwrap();
        assert_eq!(put.status(), 200);
        assert_eq!(&objects.lock().unwrap()["two.webp"][..], b"two");
    }

    #[test]
    fn a_folder_inside_a_bucket_is_refused_in_words() {
        let refused = open("s3://pictures/today", std::iter::empty()).unwrap_err();
        assert!(refused.to_string().contains("name a bucket of its own"), "{refused}");
    }
}
