//! The weights of models for tabs that lend their machine: which models there are, and where each piece of their files lies. A folder of
//! models is gone through once, at start, on a thread of its own; a model is on the shelf as soon as its files are hashed.
//!
//! What a folder holds and which of its files a loader needs is in `weights/folder.rs`, the size of tensors in `weights/safetensors.rs`,
//! hashing and reading pieces in `weights/piece.rs`. Not here: the calls (`routes/weights.rs`), and running a model, which tabs do.

mod folder;
mod piece;
mod safetensors;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use throng_api::weights::{File, Model, Shelf};
use tokio_util::sync::CancellationToken;

pub use self::piece::{Piece, Reading};

/// Models on the shelf: an operator chooses a handful for tabs, and every tab reads the whole list.
const MODELS_MAX: usize = 64;

/// Bytes of a model: weights in half precision take twice as much in a tab, 32 GiB, which hardly any card has; hashing more would only
/// keep the disc busy.
const MODEL_BYTES_MAX: u64 = 16 * 1024 * 1024 * 1024;

/// An empty shelf.
const EMPTY: &str = r#"{"complete":false,"models":[]}"#;

/// The shelf. Cheap to clone: all clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Weights(Arc<RwLock<Stock>>);

/// What is on the shelf.
#[derive(Debug, Default)]
struct Stock {
    shelf: Shelf,
    list: List,
    /// By hash; files of several models may hold the same piece.
    pieces: HashMap<String, Vec<Piece>>,
}

/// The shelf as it is told.
#[derive(Debug, Clone)]
pub struct List {
    /// A [`Shelf`] as JSON.
    pub json: Bytes,
    /// Names this JSON and no other, in quotes as an `ETag` has it.
    pub tag: String,
}

impl List {
    fn new(json: Vec<u8>) -> Self {
        Self { tag: format!("\"{:x}\"", Sha256::digest(&json)), json: json.into() }
    }
}

impl Default for List {
    fn default() -> Self {
        Self::new(EMPTY.as_bytes().to_vec())
    }
}

/// A model whose files are hashed.
struct Taken {
    model: Model,
    pieces: Vec<(String, Piece)>,
}

/// Why a model is not on the shelf.
#[derive(Debug, thiserror::Error)]
enum Unfit {
    /// The system does not let it be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    /// A tab could not load it.
    #[error("{}: {why}", path.display())]
    Unusable { path: PathBuf, why: String },
    /// Nothing is wrong with it, but the server stops.
    #[error("the server stops")]
    Stopping,
}

impl Unfit {
    fn unusable(path: &Path, why: impl Into<String>) -> Self {
        Self::Unusable { path: path.to_owned(), why: why.into() }
    }
}

impl Weights {
    /// Puts the models of a folder on the shelf, one after the other, until the server stops. It reads all of them: for a thread that may
    /// block. A model that cannot be loaded is left out, and the log says why.
    pub fn fill(&self, models: &Path, stopping: &CancellationToken) {
        self.fill_one_by_one(models, stopping);
        if !stopping.is_cancelled() {
            self.change(|stock| stock.shelf.complete = true);
        }
    }

    /// Says that there is nothing to come: no folder was given.
    pub fn stay_empty(&self) {
        self.change(|stock| stock.shelf.complete = true);
    }

    fn fill_one_by_one(&self, models: &Path, stopping: &CancellationToken) {
        for (name, folder) in folders(models) {
            if self.read(|stock| stock.shelf.models.len()) >= MODELS_MAX {
                tracing::warn!(most = MODELS_MAX, "more models than tabs are told of: the others are left out");
                return;
            }
            match take(&name, &folder, stopping) {
                Ok(Some(taken)) => {
                    let (bytes, files) = (taken.model.bytes, taken.model.files.len());
                    tracing::info!(model = name, bytes, files, "tabs may load this model");
                    self.put(taken);
                }
                Ok(None) => tracing::debug!(folder = name, "no model in this folder"),
                Err(Unfit::Stopping) => return,
                Err(error) => tracing::warn!(model = name, %error, "tabs cannot load this model: left out"),
            }
        }
    }

    /// Tells what is on the shelf so far.
    pub fn list(&self) -> List {
        self.read(|stock| stock.list.clone())
    }

    /// Where a piece of this hash lies: in several places if files share it, in none if nobody has heard of it.
    pub fn places(&self, hash: &str) -> Vec<Piece> {
        self.read(|stock| stock.pieces.get(hash).cloned().unwrap_or_default())
    }

    fn read<T>(&self, look: impl FnOnce(&Stock) -> T) -> T {
        look(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn put(&self, taken: Taken) {
        self.change(|stock| {
            stock.shelf.models.push(taken.model);
            for (hash, piece) in taken.pieces {
                stock.pieces.entry(hash).or_default().push(piece);
            }
        });
    }

    /// Changes what is on the shelf, and what is told of it.
    fn change(&self, act: impl FnOnce(&mut Stock)) {
        let mut stock = self.0.write().unwrap_or_else(PoisonError::into_inner);
        act(&mut stock);
        match serde_json::to_vec(&stock.shelf) {
            Ok(json) => stock.list = List::new(json),
            Err(error) => tracing::error!(%error, "the list of models for tabs could not be written as JSON"),
        }
    }
}

/// The folders in a folder, by name.
fn folders(models: &Path) -> Vec<(String, PathBuf)> {
    let entries = match std::fs::read_dir(models) {
        Ok(entries) => entries,
        Err(error) => {
            tracing::warn!(folder = %models.display(), %error, "no models for tabs: their folder cannot be read");
            return Vec::new();
        }
    };
    let named = entries.flatten().filter_map(|entry| {
        let name = entry.file_name().into_string().ok().filter(|name| !name.starts_with('.'))?;
        Some((name, entry.path()))
    });
    let mut found: Vec<_> = named.filter(|(_, path)| path.is_dir()).collect();
    found.sort_unstable();
    found
}

/// Makes a folder a model: none if there is nothing of the kind in it.
fn take(name: &str, folder: &Path, stopping: &CancellationToken) -> Result<Option<Taken>, Unfit> {
    let Some(kind) = folder::kind(folder)? else { return Ok(None) };
    let found = folder::files(folder, kind)?;
    let (mut size, mut tensor_bytes) = (0_u64, 0);
    // What would be in vain is found before the long part begins.
    for (path, place) in &found {
        let metadata = place.metadata().map_err(|source| Unfit::Unreadable { path: place.clone(), source })?;
        size = size.saturating_add(metadata.len());
        if folder::is_weights(path) {
            tensor_bytes = safetensors::largest_tensor_bytes(place)?.max(tensor_bytes);
        }
    }
    if size > MODEL_BYTES_MAX {
        return Err(Unfit::unusable(folder, format!("{size} bytes are more than a tab can load")));
    }
    let (mut files, mut pieces) = (Vec::with_capacity(found.len()), Vec::new());
    for (path, place) in found {
        let hashed = piece::hash(&place, stopping)?;
        let names = hashed.pieces.iter().map(|(name, _)| name.clone()).collect();
        files.push(File { path, bytes: hashed.bytes, pieces: names });
        pieces.extend(hashed.pieces);
    }
    let bytes = files.iter().map(|file| file.bytes).sum();
    let model = Model { name: name.to_owned(), kind: kind.word().to_owned(), bytes, tensor_bytes, files };
    Ok(Some(Taken { model, pieces }))
}

#[cfg(test)]
mod tests;
