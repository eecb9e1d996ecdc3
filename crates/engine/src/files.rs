//! Where a model's files lie: on a disc, or in whatever a [`Store`] keeps (a browser has no disc).
//!
//! A [`Place`] is a path in one of them and is used like a path. Only small files are read whole; weights are read piece by piece.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::error::EngineError;

/// A file that is read whole is no larger: the largest tokenizers there are have a tenth of this.
const WHOLE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Keeps files where there is no disc.
pub trait Store: fmt::Debug + Send + Sync {
    /// How many bytes a file has; none when there is no such file.
    fn length(&self, path: &Path) -> io::Result<Option<u64>>;

    /// Fills a buffer with a file's bytes from a position on; a file that ends earlier is an error.
    fn read(&self, path: &Path, from: u64, buffer: &mut [u8]) -> io::Result<()>;
}

/// A file or a folder, somewhere.
#[derive(Debug, Clone)]
pub struct Place {
    /// None is the disc.
    store: Option<Arc<dyn Store>>,
    path: PathBuf,
}

impl Place {
    /// A place in a store.
    pub fn in_store(store: Arc<dyn Store>, path: impl Into<PathBuf>) -> Self {
        Self { store: Some(store), path: path.into() }
    }

    /// A place below this one.
    #[must_use]
    pub fn join(&self, name: &str) -> Self {
        Self { store: self.store.clone(), path: self.path.join(name) }
    }

    /// The path, for messages.
    pub fn display(&self) -> std::path::Display<'_> {
        self.path.display()
    }

    /// The path itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is a file.
    pub fn is_file(&self) -> bool {
        match &self.store {
            None => self.path.is_file(),
            Some(store) => store.length(&self.path).is_ok_and(|length| length.is_some()),
        }
    }

    /// How many bytes the file has.
    ///
    /// # Errors
    /// A file that is not there, or that cannot be read.
    pub fn length(&self) -> Result<u64, EngineError> {
        let length = match &self.store {
            None => match self.path.metadata() {
                Ok(file) => Ok(Some(file.len())),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error),
            },
            Some(store) => store.length(&self.path),
        };
        length
            .map_err(|source| self.failed(source))?
            .ok_or_else(|| EngineError::MissingFile { path: self.path.clone() })
    }

    /// Reads a part of the file.
    ///
    /// # Errors
    /// A file that is not there, ends too early or cannot be read.
    pub fn read_part(&self, from: u64, to: u64) -> Result<Vec<u8>, EngineError> {
        let mut raw = vec![0_u8; to.saturating_sub(from) as usize];
        let read = match &self.store {
            None => File::open(&self.path).and_then(|mut file| {
                file.seek(SeekFrom::Start(from))?;
                file.read_exact(&mut raw)
            }),
            Some(store) => store.read(&self.path, from, &mut raw),
        };
        read.map_err(|source| self.failed(source))?;
        Ok(raw)
    }

    /// Reads a whole small file.
    ///
    /// # Errors
    /// As [`Self::read_part`], and for a file that is not small at all.
    pub fn read(&self) -> Result<Vec<u8>, EngineError> {
        let length = self.length()?;
        if length > WHOLE_BYTES_MAX {
            return Err(EngineError::bad_file(self.display().to_string(), format!("it has {length} bytes")));
        }
        self.read_part(0, length)
    }

    /// Reads a JSON file.
    ///
    /// # Errors
    /// As [`Self::read`], and for a file that is no such JSON.
    pub fn read_json<T: DeserializeOwned>(&self) -> Result<T, EngineError> {
        serde_json::from_slice(&self.read()?).map_err(|error| EngineError::bad_file(self.display().to_string(), error))
    }

    fn failed(&self, source: io::Error) -> EngineError {
        EngineError::ReadFile { path: self.path.clone(), source }
    }
}

impl From<&Path> for Place {
    fn from(path: &Path) -> Self {
        Self { store: None, path: path.to_owned() }
    }
}

impl From<&PathBuf> for Place {
    fn from(path: &PathBuf) -> Self {
        Self::from(path.as_path())
    }
}

impl From<&Self> for Place {
    fn from(place: &Self) -> Self {
        place.clone()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Files in memory, as a browser would keep them.
    #[derive(Debug, Default)]
    pub(crate) struct Box(pub(crate) BTreeMap<PathBuf, Vec<u8>>);

    impl Store for Box {
        fn length(&self, path: &Path) -> io::Result<Option<u64>> {
            Ok(self.0.get(path).map(|bytes| bytes.len() as u64))
        }

        fn read(&self, path: &Path, from: u64, buffer: &mut [u8]) -> io::Result<()> {
            let end = || io::Error::from(io::ErrorKind::UnexpectedEof);
            let bytes = self.0.get(path).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
            let from = from as usize;
            buffer.copy_from_slice(bytes.get(from..from + buffer.len()).ok_or_else(end)?);
            Ok(())
        }
    }

    #[test]
    fn a_store_and_a_disc_look_the_same() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("unet")).unwrap();
        std::fs::write(folder.path().join("unet/config.json"), "[1, 2]").unwrap();
        let kept = Box(BTreeMap::from([(PathBuf::from("m/unet/config.json"), b"[1, 2]".to_vec())]));
        for place in [Place::from(folder.path()), Place::in_store(Arc::new(kept), "m")] {
            let file = place.join("unet").join("config.json");
            assert!(file.is_file() && !place.join("unet").is_file());
            assert_eq!(file.length().unwrap(), 6);
            assert_eq!(file.read_json::<Vec<u8>>().unwrap(), [1, 2]);
            assert_eq!(file.read_part(1, 2).unwrap(), b"1");
            assert!(file.read_part(3, 9).is_err());
            assert!(matches!(place.join("other").read(), Err(EngineError::MissingFile { .. })));
        }
    }
}
