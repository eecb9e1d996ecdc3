//! The file of a backup: a line that says what it is, a line of JSON (when, from which version, the secret, which pictures there were), the
//! dump as `pg_dump` wrote it, and the SHA-256 of all before it. Not here: who reads and writes the dump (`backup/programs.rs`).

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::BackupError;

/// How the file begins; the number changes with the form.
const MAGIC: &str = "throng backup 1\n";

/// Bytes of the SHA-256 at the end.
const SUM_BYTES: u64 = 32;

/// Bytes of the first two lines: a million pictures' names and room for more.
const HEAD_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// When it was made.
    pub(super) made: chrono::DateTime<chrono::Utc>,
    /// The version of the program that made it.
    pub(super) version: String,
    /// The secret the stored keys were hashed with, as its file has it.
    pub(super) secret: String,
    /// The pictures there were. They are not in this file, but copied beside it if the operator wants them.
    pub(super) images: Vec<String>,
}

/// Writes bytes to a file and sums them up.
struct Summing {
    file: File,
    sum: Sha256,
}

impl Write for Summing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.sum.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// Writes a backup beside its place and renames it there when it is whole; only its owner can read it, for it holds the secret.
pub(super) fn write(
    place: &Path,
    manifest: &Manifest,
    dump: impl FnOnce(&mut dyn Write) -> Result<(), BackupError>,
) -> Result<u64, BackupError> {
    if place.exists() {
        return Err(BackupError::Exists(place.to_owned()));
    }
    let mut part = place.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let failed = |source| BackupError::File { path: part.clone(), source };
    let file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&part).map_err(failed)?;
    let mut out = Summing { file, sum: Sha256::new() };
    let written = (|| {
        out.write_all(MAGIC.as_bytes()).map_err(failed)?;
        let manifest = serde_json::to_string(manifest).map_err(|error| failed(error.into()))?;
        out.write_all(manifest.as_bytes()).map_err(failed)?;
        out.write_all(b"\n").map_err(failed)?;
        dump(&mut out)?;
        let sum = std::mem::take(&mut out.sum).finalize();
        out.file.write_all(&sum).map_err(failed)?;
        out.file.sync_all().map_err(failed)?;
        out.file.metadata().map_err(failed)
    })();
    match written {
        Ok(metadata) => {
            std::fs::rename(&part, place).map_err(failed)?;
            Ok(metadata.len())
        }
        Err(error) => {
            // Half a backup is none; that it stays behind would be the lesser evil.
            let _ = std::fs::remove_file(&part);
            Err(error)
        }
    }
}

/// A backup that is whole.
#[derive(Debug)]
pub(super) struct Bundle {
    pub(super) manifest: Manifest,
    file: BufReader<File>,
    dump_begins: u64,
    dump_bytes: u64,
}

impl Bundle {
    /// Opens a backup and checks that every byte is as it was written.
    pub(super) fn open(place: &Path) -> Result<Self, BackupError> {
        let failed = |source| BackupError::File { path: place.to_owned(), source };
        let damaged = || BackupError::Damaged(place.to_owned());
        let file = File::open(place).map_err(failed)?;
        let total = file.metadata().map_err(failed)?.len();
        let mut file = BufReader::new(file);
        let mut magic = Vec::new();
        (&mut file).take(MAGIC.len() as u64).read_to_end(&mut magic).map_err(failed)?;
        if magic != MAGIC.as_bytes() {
            return Err(BackupError::Foreign(place.to_owned()));
        }
        let mut line = Vec::new();
        (&mut file).take(HEAD_BYTES_MAX).read_until(b'\n', &mut line).map_err(failed)?;
        let dump_begins = (MAGIC.len() + line.len()) as u64;
        let dump_bytes = total.checked_sub(dump_begins + SUM_BYTES).ok_or_else(damaged)?;
        file.rewind().map_err(failed)?;
        let mut sum =
            Summing { file: File::options().write(true).open("/dev/null").map_err(failed)?, sum: Sha256::new() };
        std::io::copy(&mut (&mut file).take(dump_begins + dump_bytes), &mut sum).map_err(failed)?;
        let mut expected = Vec::new();
        file.read_to_end(&mut expected).map_err(failed)?;
        if sum.sum.finalize().as_slice() != expected {
            return Err(damaged());
        }
        let manifest = serde_json::from_slice(&line).map_err(|_| damaged())?;
        Ok(Self { manifest, file, dump_begins, dump_bytes })
    }

    /// The dump, from its beginning.
    pub(super) fn dump(&mut self) -> std::io::Result<impl std::io::Read + '_> {
        self.file.seek(SeekFrom::Start(self.dump_begins))?;
        Ok((&mut self.file).take(self.dump_bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        Manifest {
            made: chrono::DateTime::UNIX_EPOCH,
            version: "0".into(),
            secret: "s".into(),
            images: vec!["a.webp".into()],
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "as the real one, which can fail")]
    fn dumped(out: &mut dyn Write) -> Result<(), BackupError> {
        out.write_all(b"rows\nand rows").unwrap();
        Ok(())
    }

    #[test]
    fn what_is_read_is_what_was_written_and_only_its_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("b");
        write(&place, &manifest(), dumped).unwrap();
        assert_eq!(std::fs::metadata(&place).unwrap().permissions().mode() & 0o777, 0o600);
        let mut bundle = Bundle::open(&place).unwrap();
        assert_eq!(bundle.manifest, manifest());
        let mut dump = String::new();
        bundle.dump().unwrap().read_to_string(&mut dump).unwrap();
        assert_eq!(dump, "rows\nand rows");
        assert!(matches!(write(&place, &manifest(), dumped), Err(BackupError::Exists(_))));
    }

    #[test]
    fn a_byte_changed_or_missing_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("b");
        write(&place, &manifest(), dumped).unwrap();
        let whole = std::fs::read(&place).unwrap();
        let mut changed = whole.clone();
        let at = changed.len() - SUM_BYTES as usize - 3;
        changed[at] ^= 1;
        for damaged in [&changed[..], &whole[..whole.len() - 1]] {
            std::fs::write(&place, damaged).unwrap();
            assert!(matches!(Bundle::open(&place), Err(BackupError::Damaged(_))));
        }
        std::fs::write(&place, "PGDMP").unwrap();
        assert!(matches!(Bundle::open(&place), Err(BackupError::Foreign(_))));
    }
}
