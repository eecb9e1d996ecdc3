//! A file in pieces: hashed once, read again when somebody asks for one, and only as long as it is the file that was hashed.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use bytes::Bytes;
use futures::{Stream, stream};
use sha2::{Digest as _, Sha256};
use throng_api::weights::PIECE_BYTES;
use tokio_util::sync::CancellationToken;

use super::Unfit;

/// Bytes read at once: enough to keep a disc busy, and little enough that many visitors on slow lines do not fill the memory.
const SLICE_BYTES: u64 = 256 * 1024;

/// A file as it was when it was hashed.
#[derive(Debug)]
struct Original {
    place: PathBuf,
    bytes: u64,
    modified: SystemTime,
    /// Whether the log says already that it is not the same any more.
    told: AtomicBool,
}

impl Original {
    fn is(&self, file: &File) -> io::Result<bool> {
        let now = file.metadata()?;
        Ok(now.len() == self.bytes && now.modified()? == self.modified)
    }

    fn tell(&self, why: &str) {
        if !self.told.swap(true, Ordering::Relaxed) {
            let file = self.place.display();
            tracing::warn!(%file, why, "a file of weights is handed out no more until the server starts again");
        }
    }
}

/// Where a piece lies.
#[derive(Debug, Clone)]
pub struct Piece {
    original: Arc<Original>,
    begin: u64,
    bytes: u64,
}

/// A piece being read.
#[derive(Debug)]
pub struct Reading {
    original: Arc<Original>,
    file: File,
    left: u64,
}

/// A file whose pieces have names.
pub(super) struct Hashed {
    pub(super) bytes: u64,
    /// In the order of the file, by hash in hexadecimal.
    pub(super) pieces: Vec<(String, Piece)>,
}

/// Hashes a file piece by piece, without ever holding more than a slice of it, until the server stops.
pub(super) fn hash(place: &Path, stopping: &CancellationToken) -> Result<Hashed, Unfit> {
    let failed = |source| Unfit::Unreadable { path: place.to_owned(), source };
    let mut file = File::open(place).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    let (bytes, modified) = (metadata.len(), metadata.modified().map_err(failed)?);
    let original = Arc::new(Original { place: place.to_owned(), bytes, modified, told: AtomicBool::new(false) });
    let mut pieces = Vec::new();
    let mut buffer = vec![0_u8; SLICE_BYTES as usize];
    let mut begin = 0;
    while begin < bytes {
        let piece = Piece { original: Arc::clone(&original), begin, bytes: PIECE_BYTES.min(bytes - begin) };
        let mut sum = Sha256::new();
        let mut left = piece.bytes;
        while left > 0 {
            if stopping.is_cancelled() {
                return Err(Unfit::Stopping);
            }
            let slice = &mut buffer[..SLICE_BYTES.min(left) as usize];
            file.read_exact(slice).map_err(failed)?;
            sum.update(&*slice);
            left -= slice.len() as u64;
        }
        begin += piece.bytes;
        pieces.push((format!("{:x}", sum.finalize()), piece));
    }
    if !original.is(&file).map_err(failed)? {
        return Err(Unfit::unusable(place, "it changed while it was hashed"));
    }
    Ok(Hashed { bytes, pieces })
}

impl Piece {
    /// Opens the file, if it is still the one that was hashed; if not, the log says so once. For a thread that may block.
    pub fn open(self) -> Option<Reading> {
        match self.find() {
            Ok(Some(file)) => return Some(Reading { original: self.original, file, left: self.bytes }),
            Ok(None) => self.original.tell("it changed after it was hashed"),
            Err(error) => self.original.tell(&error.to_string()),
        }
        None
    }

    fn find(&self) -> io::Result<Option<File>> {
        let mut file = File::open(&self.original.place)?;
        if !self.original.is(&file)? {
            return Ok(None);
        }
        file.seek(SeekFrom::Start(self.begin))?;
        Ok(Some(file))
    }
}

impl Reading {
    /// How many bytes there are still to be read.
    pub fn bytes(&self) -> u64 {
        self.left
    }

    /// The bytes, each slice read on a thread that may block. They are as many as was said, of a file that did not change meanwhile, or
    /// they end with an error, so that nobody keeps half a piece for a whole one.
    pub fn slices(self) -> impl Stream<Item = io::Result<Bytes>> + Send {
        stream::try_unfold(self, |reading| async move {
            if reading.left == 0 {
                return Ok(None);
            }
            let read = tokio::task::spawn_blocking(move || reading.slice()).await;
            read.map_err(io::Error::other)?.map(Some)
        })
    }

    fn slice(mut self) -> io::Result<(Bytes, Self)> {
        let mut slice = vec![0_u8; SLICE_BYTES.min(self.left) as usize];
        self.file.read_exact(&mut slice)?;
        self.left -= slice.len() as u64;
        if self.left == 0 && !self.original.is(&self.file)? {
            self.original.tell("it changed while it was handed out");
            return Err(io::Error::other("the file changed while it was handed out"));
        }
        Ok((slice.into(), self))
    }
}
