//! Pictures: where they are kept and how long. All are WebP under a flat name, `<id>.webp`; those that their requesters shared move to
//! `shared/<id>.webp` when their request is forgotten, and stay there for as long as the operator says. Links to them are in `images/links.rs`,
//! looking into them in `images/picture.rs`, pictures that requesters send in `images/source.rs`.
//! Not here: what a picture means to a request (the desk), or who may ask for one (`routes`).

pub mod address;
mod bucket;
pub mod links;
pub mod picture;
pub mod source;
#[cfg(test)]
pub(crate) mod throwaway;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::{StreamExt as _, TryStreamExt as _};
use http::Method;
use object_store::aws::AmazonS3;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::signer::Signer;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt as _};
use throng_domain::GenerationId;
use tokio::sync::Semaphore;

use crate::config::Config;

/// The store of pictures. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Images {
    store: Arc<dyn ObjectStore>,
    /// Signs links by itself, where the store can be reached from outside; a folder cannot.
    signer: Option<Arc<dyn Signer>>,
    /// Keeps two pictures at once in decoding: more would only take memory from the desk.
    pub(crate) decoding: Arc<Semaphore>,
}

/// Where shared pictures are kept after their request is forgotten.
const SHARED_FOLDER: &str = "shared";

/// How the name of a place begins that is a bucket.
pub const BUCKET: &str = "s3://";

/// Pictures decoded at once.
const DECODING_MAX: usize = 2;

/// The name of a shared result after its request is forgotten.
pub fn shared_name(generation: GenerationId) -> String {
    format!("{SHARED_FOLDER}/{}", links::result_name(generation))
}

/// Room for all who decode.
fn decoding() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(DECODING_MAX))
}

impl Images {
    /// Opens the place the configuration names.
    pub fn open(config: &Config) -> Result<Self, object_store::Error> {
        Self::at(&config.images_location())
    }

    /// Opens a place: a folder, which is made if need be, or `s3://bucket`.
    pub fn at(place: &str) -> Result<Self, object_store::Error> {
        if place.starts_with(BUCKET) {
            return bucket::open(place, std::env::vars()).map(Self::of_bucket);
        }
        let wrap = |source: std::io::Error| object_store::Error::Generic { store: "local", source: Box::new(source) };
        std::fs::create_dir_all(place).map_err(wrap)?;
        Ok(Self { store: Arc::new(LocalFileSystem::new_with_prefix(place)?), signer: None, decoding: decoding() })
    }

    fn of_bucket(bucket: Arc<AmazonS3>) -> Self {
        Self { store: Arc::clone(&bucket) as _, signer: Some(bucket), decoding: decoding() }
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

    /// The names of all pictures.
    pub async fn names(&self) -> Result<Vec<String>, object_store::Error> {
        self.store.list(None).map_ok(|object| object.location.to_string()).try_collect().await
    }

    /// Copies these pictures to another store; those that are there already, or no longer here, are left out. Tells how many were copied.
    pub async fn copy(&self, names: &[String], to: &Self) -> Result<usize, object_store::Error> {
        let there: HashSet<String> = to.names().await?.into_iter().collect();
        let mut copied = 0;
        for name in names.iter().filter(|name| !there.contains(*name)) {
            if let Some(webp) = self.get(name).await? {
                to.put(name, webp).await?;
                copied += 1;
            }
        }
        Ok(copied)
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

    /// Puts the pictures of these generations where shared ones are kept; one that is not here (any more) is no error.
    pub async fn keep_shared(&self, generations: &[GenerationId]) -> Result<(), object_store::Error> {
        for generation in generations {
            let (from, to) = (links::result_name(*generation), shared_name(*generation));
            match self.store.rename(&Path::from(from), &Path::from(to)).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Deletes pictures that nobody shared and that were last written before `before`, at most `most` of them; returns how many.
    pub async fn sweep(&self, before: DateTime<Utc>, most: usize) -> Result<usize, object_store::Error> {
        self.sweep_those(false, before, most).await
    }

    /// Deletes shared pictures last written before `before`, at most `most` of them; returns how many.
    pub async fn sweep_shared(&self, before: DateTime<Utc>, most: usize) -> Result<usize, object_store::Error> {
        self.sweep_those(true, before, most).await
    }

    async fn sweep_those(
        &self,
        shared: bool,
        before: DateTime<Utc>,
        most: usize,
    ) -> Result<usize, object_store::Error> {
        let folder = Path::from(SHARED_FOLDER);
        let is_due =
            |object: &ObjectMeta| object.last_modified < before && object.location.prefix_matches(&folder) == shared;
        let old: Vec<_> = self
            .store
            .list(shared.then_some(&folder))
            .try_filter(|object| std::future::ready(is_due(object)))
            .take(most)
            .try_collect()
            .await?;
        for object in &old {
            self.store.delete(&object.location).await?;
        }
        Ok(old.len())
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::clock::{Clock as _, SystemClock};

    #[tokio::test]
    async fn shared_pictures_outlive_their_request_and_not_the_operators_patience() {
        let folder = tempfile::tempdir().unwrap();
        let images = folder.path().to_string_lossy().into_owned();
        let images = Images::open(&Config { images: Some(images), ..Config::default() }).unwrap();
        let [private, shared, missing] = [1, 2, 3].map(|number| GenerationId(uuid::Uuid::from_u128(number)));
        for generation in [private, shared] {
            images.put(&links::result_name(generation), Bytes::from_static(b"webp")).await.unwrap();
        }
        images.keep_shared(&[shared, missing]).await.unwrap();
        images.keep_shared(&[shared]).await.unwrap();
        assert_eq!(images.get(&links::result_name(shared)).await.unwrap(), None);

        let now = SystemClock.now();
        let (before, after) = (now - TimeDelta::hours(1), now + TimeDelta::hours(1));
        assert_eq!(images.sweep(after, 10).await.unwrap(), 1);
        assert_eq!(images.get(&links::result_name(private)).await.unwrap(), None);
        assert_eq!(images.sweep_shared(before, 10).await.unwrap(), 0);
        assert!(images.get(&shared_name(shared)).await.unwrap().is_some());
        assert_eq!(images.sweep_shared(after, 10).await.unwrap(), 1);
        assert_eq!(images.get(&shared_name(shared)).await.unwrap(), None);
    }
}
