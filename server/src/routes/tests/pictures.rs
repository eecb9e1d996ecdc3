//! Pictures in a bucket: links of its own lead there, or, for an edge that has the same bucket, links of ours, which
//! this server answers too.

use std::sync::Arc;

use http::{Method, StatusCode};
use image::ImageFormat;
use throng_policy::links;

use super::{open, picture};
use crate::images::links::{Permit, Signed};
use crate::images::throwaway::Objects;
use crate::routes::router;
use crate::watching::push;

#[tokio::test(flavor = "multi_thread")]
async fn an_edge_with_the_same_bucket_is_led_to_pictures_and_so_is_this_server() {
    let mut open = open(|config| config.public_url = Some("https://throng.example".to_owned())).await;
    let objects = Objects::default();
    open.app.images = objects.images().await;
    let own = open.app.link(Permit::Upload, "a.webp").await.unwrap();
    assert!(own.contains("X-Amz-Signature=") && !own.contains("throng.example"), "{own}");

    Arc::make_mut(&mut open.app.config).edge_pictures = true;
    open.router = router(open.app.clone());
    let (up, down) = (open.path_of(Permit::Upload, "a.webp").await, open.path_of(Permit::Download, "a.webp").await);
    assert!(up.starts_with("/images/a.webp?"), "{up}");
    let webp = picture(ImageFormat::WebP);
    assert_eq!(open.get(&down).await.status, StatusCode::NOT_FOUND);
    assert_eq!(open.call(Method::PUT, &down, &[], webp.clone()).await.status, StatusCode::FORBIDDEN);
    assert_eq!(open.call(Method::PUT, &up, &[], webp.clone()).await.status, StatusCode::OK);
    assert_eq!(objects.get("a.webp").as_deref(), Some(&webp[..]));
    let got = open.get(&down).await;
    assert_eq!((got.status, got.body), (StatusCode::OK, webp));

    let (key, now) = (push::key(&open.app.secret), open.app.clock.now().timestamp());
    let signed = Signed::read(up.split_once('?').unwrap().1).unwrap();
    assert!(
        links::permits(&key, Permit::Upload, "a.webp", &signed, now),
        "the edge, which has the key, reads it alike"
    );
    open.close().await;
}
