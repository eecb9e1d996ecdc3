//! The server's secret: made at the first start, kept in a file only its owner can read, never a default. Keys are stored as HMACs
//! under it, and links to pictures are signed with it. Not here: which key belongs to whom (`store/users.rs`).

use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use throng_domain::UserId;

use crate::clock::Ids;

/// 256 bits: as much as the hash it feeds.
const SECRET_BYTES: usize = 32;

/// An API key has 128 bits: 22 characters of URL-safe base64, as the wire promises.
const KEY_BYTES: usize = 16;

/// Why there is no usable secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file cannot be read or written.
    #[error("cannot use the secret file {}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file holds something that protects nothing.
    #[error("the secret in {} is too short or constant; remove the file only if no user exists yet, or restore it from a backup", .0.display())]
    Weak(PathBuf),
    /// Others on the machine can read the file.
    #[error("the secret file {} can be read by others; run: chmod 600 {}", .0.display(), .0.display())]
    Readable(PathBuf),
}

/// The secret under which keys are hashed and links are signed. Its `Debug` prints nothing.
#[derive(Clone)]
pub struct Secret(Arc<[u8; SECRET_BYTES]>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl Secret {
    /// Draws a new secret.
    pub fn draw(ids: &Ids) -> Self {
        Self(Arc::new(ids.bytes()))
    }

    /// Reads the secret, or makes it if there is none yet.
    pub fn open(path: &Path, ids: &Ids) -> Result<Self, SecretError> {
        let failed = |source| SecretError::File { path: path.to_owned(), source };
        match std::fs::read(path) {
            Ok(bytes) => {
                let mode = std::fs::metadata(path).map_err(failed)?.permissions().mode();
                if mode & 0o077 != 0 {
                    return Err(SecretError::Readable(path.to_owned()));
                }
                Self::parse(&bytes).ok_or_else(|| SecretError::Weak(path.to_owned()))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let secret = Self::draw(ids);
                let mut file =
                    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
                file.write_all(URL_SAFE_NO_PAD.encode(secret.0.as_slice()).as_bytes()).map_err(failed)?;
                // A secret that is lost after users have registered locks them all out: it must be on disk before it is used.
                file.sync_all().map_err(failed)?;
                Ok(secret)
            }
            Err(source) => Err(failed(source)),
        }
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let bytes: [u8; SECRET_BYTES] = URL_SAFE_NO_PAD.decode(bytes.trim_ascii()).ok()?.try_into().ok()?;
        let constant = bytes.iter().all(|byte| *byte == bytes[0]);
        (!constant).then(|| Self(Arc::new(bytes)))
    }

    /// Returns the HMAC-SHA-256 of a message. `purpose` keeps the uses apart: a key's hash is never a link's signature.
    pub fn sign(&self, purpose: &str, message: &[u8]) -> [u8; 32] {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.as_slice()) else {
            unreachable!("HMAC takes keys of any length")
        };
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(message);
        mac.finalize().into_bytes().into()
    }

    /// Makes the passkey of a service account: nothing but this secret makes it from what is stored.
    pub fn passkey(&self, user: UserId, seed: u64) -> String {
        let signed = self.sign("passkey", &[user.0.to_be_bytes(), seed.to_be_bytes()].concat());
        URL_SAFE_NO_PAD.encode(&signed[..KEY_BYTES])
    }

    /// Returns what a passkey is recognised by.
    pub fn passkey_hash(&self, passkey: &str) -> [u8; 32] {
        self.sign("passkey-hash", passkey.as_bytes())
    }

    /// Returns what is stored of an API key.
    pub fn key_hash(&self, key: &str) -> [u8; 32] {
        self.sign("api-key", key.as_bytes())
    }
}

/// Draws a new API key.
pub fn draw_key(ids: &Ids) -> String {
    URL_SAFE_NO_PAD.encode(ids.bytes::<KEY_BYTES>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    fn ids() -> Ids {
        Ids::seeded(Arc::new(ManualClock::default()), 3)
    }

    #[test]
    fn the_secret_survives_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let first = Secret::open(&path, &ids()).unwrap();
        let second = Secret::open(&path, &Ids::seeded(Arc::new(ManualClock::default()), 99)).unwrap();
        assert_eq!(first.key_hash("k"), second.key_hash("k"));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn empty_constant_and_readable_secrets_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let write = |text: &str, mode| {
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        write("", 0o600);
        assert!(matches!(Secret::open(&path, &ids()), Err(SecretError::Weak(_))));
        write(&URL_SAFE_NO_PAD.encode([0_u8; 32]), 0o600);
        assert!(matches!(Secret::open(&path, &ids()), Err(SecretError::Weak(_))));
        write(&URL_SAFE_NO_PAD.encode((0..32).collect::<Vec<u8>>()), 0o644);
        assert!(matches!(Secret::open(&path, &ids()), Err(SecretError::Readable(_))));
    }

    #[test]
    fn keys_have_22_characters_and_differ() {
        let ids = ids();
        let (a, b) = (draw_key(&ids), draw_key(&ids));
        assert_eq!(a.len(), 22);
        assert_ne!(a, b);
    }
}
