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
    use std::time::Duration;

    use axum::body::Bytes;
    use http::Method;
    use object_store::ObjectStoreExt as _;
    use object_store::path::Path;
    use object_store::signer::Signer as _;

    use super::super::throwaway::Objects;
    use super::*;

    #[tokio::test]
    async fn pictures_go_to_a_bucket_with_a_key_or_with_a_link() {
        let objects = Objects::default();
        let settings =
            objects.listen().await.into_iter().chain([("HOME".to_owned(), "no setting of a bucket".to_owned())]);
        let bucket = open("s3://pictures/", settings).unwrap();

        bucket.put(&Path::from("one.webp"), Bytes::from_static(b"one").into()).await.unwrap();
        let read = bucket.get(&Path::from("one.webp")).await.unwrap().bytes().await.unwrap();
        assert_eq!(&read[..], b"one");

        let link = bucket.signed_url(Method::PUT, &Path::from("two.webp"), Duration::from_mins(1)).await.unwrap();
        let put = reqwest::Client::new().put(link).body("two").send().await.unwrap();
        assert_eq!(put.status(), 200);
        assert_eq!(objects.get("two.webp").as_deref(), Some(&b"two"[..]));
    }

    #[test]
    fn a_folder_inside_a_bucket_is_refused_in_words() {
        let refused = open("s3://pictures/today", std::iter::empty()).unwrap_err();
        assert!(refused.to_string().contains("name a bucket of its own"), "{refused}");
    }
}
