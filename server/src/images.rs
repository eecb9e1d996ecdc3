//! Pictures: where they are kept and how long. All are WebP under a flat name, `<id>.webp`. Links to them are in `images/links.rs`,
//! looking into them in `images/picture.rs`, pictures that requesters send in `images/source.rs`.
//! Not here: what a picture means to a request (the desk), or who may ask for one (`routes`).

pub mod address;
mod bucket;
pub mod links;
pub mod picture;
pub mod source;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::{StreamExt as _, TryStreamExt as _};
use http::Method;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::signer::Signer;
use object_store::{ObjectStore, ObjectStoreExt as _};
use throng_domain::GenerationId;

use crate::config::Config;

/// The store of pictures. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Images {
    store: Arc<dyn ObjectStore>,
    /// Signs links by itself, where the store can be reached from outside; a folder cannot.
    signer: Option<Arc<dyn Signer>>,
    /// Keeps two pictures at once in decoding: more would only take memory from the desk.
    pub(crate) decoding: Arc<tokio::sync::Semaphore>,
}

/// Pictures decoded at once.
const DECODING_MAX: usize = 2;

impl Images {
    /// Opens the place the configuration names.
    pub fn open(config: &Config) -> Result<Self, object_store::Error> {
        let place = config.images_location();
        let decoding = Arc::new(tokio::sync::Semaphore::new(DECODING_MAX));
        if place.starts_with("s3://") {
            let store = bucket::open(&place, std::env::vars())?;
            return Ok(Self { store: Arc::clone(&store) as _, signer: Some(store), decoding });
        }
        let wrap = |source: std::io::Error| object_store::Error::Generic { store: "local", source: Box::new(source) };
        std::fs::create_dir_all(&place).map_err(wrap)?;
        Ok(Self { store: Arc::new(LocalFileSystem::new_with_prefix(&place)?), signer: None, decoding })
    }

    /// Stores a picture.
    pub async fn put(&self, name: &str, webp: Bytes) -> Result<(), object_store::Error> {
        self.store.put(&Path::from(name), webp.into()).await.map(drop)
    }

    /// Fetches a picture; none if it is not there (any more).
    pub async fn get(&self, name: &str) -> Result<Option<Bytes>, object_store::Error> {
        match self.store.get(&Path::from(name)).await {
            Ok(found) => found.bytes().await.map(Some),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A link that the store itself honours, where it can.
    pub(crate) async fn presigned(
        &self,
        method: Method,
        name: &str,
        valid: Duration,
    ) -> Option<Result<String, object_store::Error>> {
        let signer = self.signer.as_ref()?;
        Some(signer.signed_url(method, &Path::from(name), valid).await.map(String::from))
    }

    /// Deletes the pictures of these generations; one that is gone already is no error.
    pub async fn forget(&self, generations: &[GenerationId]) -> Result<(), object_store::Error> {
        for generation in generations {
            match self.store.delete(&Path::from(links::result_name(*generation))).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Deletes pictures last written before `before`, at most `most` of them; returns how many.
    pub async fn sweep(&self, before: DateTime<Utc>, most: usize) -> Result<usize, object_store::Error> {
        let old: Vec<_> = self
            .store
            .list(None)
            .try_filter(|object| std::future::ready(object.last_modified < before))
            .take(most)
            .try_collect()
            .await?;
        for object in &old {
            self.store.delete(&object.location).await?;
        }
        Ok(old.len())
    }
}
