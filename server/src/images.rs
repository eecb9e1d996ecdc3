//! Pictures: where they are kept and how long.
//! Not here: what a picture means to a request (the desk), or who may ask for one (`routes`).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::{ObjectStore, ObjectStoreExt as _};

use crate::config::Config;

/// The store of pictures. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Images {
    store: Arc<dyn ObjectStore>,
}

impl Images {
    /// Opens the place the configuration names.
    pub fn open(config: &Config) -> Result<Self, object_store::Error> {
        let place = config.images_location();
        let wrap = |source: std::io::Error| object_store::Error::Generic { store: "local", source: Box::new(source) };
        std::fs::create_dir_all(&place).map_err(wrap)?;
        Ok(Self { store: Arc::new(LocalFileSystem::new_with_prefix(&place)?) })
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
