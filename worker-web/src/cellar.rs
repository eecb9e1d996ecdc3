//! Where weights are kept: in the browser's private file system (OPFS), a file for each piece, named by its hash; in memory where a
//! browser has none for us. What was checked once is found again on the next visit.
//!
//! Reading is synchronous, as only a Web Worker may: the engine loads a model tensor by tensor, and a checkpoint of gigabytes never
//! lies in memory whole. The handles live in this thread alone; [`Cellar`] is a name for them that the engine may hold.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};

use throng_api::weights::{File, PIECE_BYTES};
use throng_engine::Store;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions, FileSystemGetFileOptions,
    FileSystemReadWriteOptions, FileSystemSyncAccessHandle,
};

use crate::browser::{member, scope, words};

/// The folder of pieces in the browser's private file system.
const FOLDER: &str = "throng-weights";

/// The files that models are loaded from.
#[derive(Debug)]
pub(crate) struct Cellar;

thread_local! {
    static SHELVES: RefCell<Shelves> = RefCell::default();
}

#[derive(Default)]
struct Shelves {
    folder: Option<FileSystemDirectoryHandle>,
    /// Pieces that are here, by hash.
    pieces: HashMap<String, Piece>,
    /// Files, by path: how long, and of which pieces.
    files: BTreeMap<PathBuf, (u64, Vec<String>)>,
}

enum Piece {
    Kept(FileSystemSyncAccessHandle),
    Memory(Vec<u8>),
}

/// Opens the browser's file system, if it has one for us.
pub(crate) async fn open() {
    let folder = async {
        // Absent outside secure contexts, whatever the types say.
        member(&scope().navigator(), "storage")?;
        let root = JsFuture::from(scope().navigator().storage().get_directory()).await.ok()?;
        let root: FileSystemDirectoryHandle = root.dyn_into().ok()?;
        let options = FileSystemGetDirectoryOptions::new();
        options.set_create(true);
        let folder = JsFuture::from(root.get_directory_handle_with_options(FOLDER, &options)).await.ok()?;
        folder.dyn_into::<FileSystemDirectoryHandle>().ok()
    };
    let folder = folder.await;
    SHELVES.with_borrow_mut(|shelves| shelves.folder = folder);
}

/// A piece that was kept on an earlier visit: its bytes, to be checked; none when there is nothing of that length.
pub(crate) async fn find(hash: &str, bytes: u64) -> Option<Vec<u8>> {
    let folder = SHELVES.with_borrow(|shelves| shelves.folder.clone())?;
    let file = JsFuture::from(folder.get_file_handle(hash)).await.ok()?;
    let handle = access(file).await.ok()?;
    let complete = handle.get_size().is_ok_and(|size| size as u64 == bytes);
    let mut raw = vec![0_u8; bytes as usize];
    if !complete || read_at(&handle, 0, &mut raw).is_err() {
        handle.close();
        return None;
    }
    SHELVES.with_borrow_mut(|shelves| shelves.pieces.insert(hash.to_owned(), Piece::Kept(handle)));
    Some(raw)
}

/// Keeps a piece whose hash was checked; in memory where the browser's disc is full or not for us.
pub(crate) async fn keep(hash: &str, raw: Vec<u8>) {
    let folder = SHELVES.with_borrow(|shelves| shelves.folder.clone());
    let kept = match folder {
        Some(folder) => write(&folder, hash, &raw).await.ok(),
        None => None,
    };
    let piece = kept.map_or(Piece::Memory(raw), Piece::Kept);
    SHELVES.with_borrow_mut(|shelves| shelves.pieces.insert(hash.to_owned(), piece));
}

/// Forgets a piece that turned out to be something else.
pub(crate) fn drop_piece(hash: &str) {
    if let Some(Piece::Kept(handle)) = SHELVES.with_borrow_mut(|shelves| shelves.pieces.remove(hash)) {
        handle.close();
    }
}

/// Puts a file together from its pieces, which are all here.
pub(crate) fn shelve(model: &str, file: &File) {
    let path = Path::new(model).join(&file.path);
    SHELVES.with_borrow_mut(|shelves| shelves.files.insert(path, (file.bytes, file.pieces.clone())));
}

/// Removes the pieces that no listed model has: weights that were replaced must not fill somebody's disc for ever.
pub(crate) async fn tidy(wanted: &[&str]) {
    let Some(folder) = SHELVES.with_borrow(|shelves| shelves.folder.clone()) else { return };
    let Some(keys) = member(&folder, "keys").and_then(|keys| keys.dyn_into::<js_sys::Function>().ok()) else { return };
    let Ok(iterator) = keys.call0(&folder) else { return };
    let iterator: js_sys::AsyncIterator = iterator.unchecked_into();
    while let Ok(next) = iterator.next() {
        let Ok(next) = JsFuture::from(next).await else { return };
        let next: js_sys::IteratorNext = next.unchecked_into();
        if next.done() {
            return;
        }
        if let Some(name) = next.value().as_string()
            && !wanted.contains(&name.as_str())
        {
            // Another tab may be reading it; then it goes next time.
            let _ = JsFuture::from(folder.remove_entry(&name)).await;
        }
    }
}

async fn write(
    folder: &FileSystemDirectoryHandle,
    hash: &str,
    raw: &[u8],
) -> Result<FileSystemSyncAccessHandle, JsValue> {
    let options = FileSystemGetFileOptions::new();
    options.set_create(true);
    let file = JsFuture::from(folder.get_file_handle_with_options(hash, &options)).await?;
    let handle = access(file).await?;
    let put = || {
        handle.truncate_with_u32(0)?;
        let at = FileSystemReadWriteOptions::new();
        at.set_at(0.0);
        let written = handle.write_with_u8_array_and_options(raw, &at)?;
        handle.flush()?;
        if written as usize == raw.len() { Ok(()) } else { Err(JsValue::from_str("the disc is full")) }
    };
    match put() {
        Ok(()) => Ok(handle),
        Err(error) => {
            handle.close();
            // Half a piece helps nobody; its length would tell it apart anyway.
            let _ = JsFuture::from(folder.remove_entry(hash)).await;
            Err(error)
        }
    }
}

async fn access(file: JsValue) -> Result<FileSystemSyncAccessHandle, JsValue> {
    let file: FileSystemFileHandle = file.dyn_into()?;
    JsFuture::from(file.create_sync_access_handle()).await?.dyn_into()
}

fn read_at(handle: &FileSystemSyncAccessHandle, from: u64, buffer: &mut [u8]) -> io::Result<()> {
    let at = FileSystemReadWriteOptions::new();
    at.set_at(from as f64);
    let length = buffer.len();
    let read = handle.read_with_u8_array_and_options(buffer, &at).map_err(|error| io::Error::other(words(&error)))?;
    if read as usize == length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

impl Store for Cellar {
    fn length(&self, path: &Path) -> io::Result<Option<u64>> {
        Ok(SHELVES.with_borrow(|shelves| shelves.files.get(path).map(|(bytes, _)| *bytes)))
    }

    fn read(&self, path: &Path, from: u64, buffer: &mut [u8]) -> io::Result<()> {
        SHELVES.with_borrow(|shelves| {
            let (bytes, hashes) = shelves.files.get(path).ok_or(io::ErrorKind::NotFound)?;
            if from + buffer.len() as u64 > *bytes {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let mut filled = 0;
            while filled < buffer.len() {
                let place = from + filled as u64;
                let (number, inside) = ((place / PIECE_BYTES) as usize, place % PIECE_BYTES);
                let part = ((PIECE_BYTES - inside) as usize).min(buffer.len() - filled);
                let hash = hashes.get(number).ok_or(io::ErrorKind::UnexpectedEof)?;
                let piece = shelves.pieces.get(hash).ok_or(io::ErrorKind::NotFound)?;
                piece.read(inside, &mut buffer[filled..filled + part])?;
                filled += part;
            }
            Ok(())
        })
    }
}

impl Piece {
    fn read(&self, from: u64, buffer: &mut [u8]) -> io::Result<()> {
        match self {
            Self::Kept(handle) => read_at(handle, from, buffer),
            Self::Memory(raw) => {
                let from = from as usize;
                let part = raw.get(from..from + buffer.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
                buffer.copy_from_slice(part);
                Ok(())
            }
        }
    }
}
