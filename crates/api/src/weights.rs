//! What a browser worker loads its models from: `/weights` lists them, `/weights/{hash}` hands out a piece. Throng's own; an AI Horde
//! has nothing like it.
//!
//! A file is cut into pieces named by their SHA-256, so that a piece never changes, may be kept for ever by every cache on the way, and
//! is checked by whoever gets it; a download goes on where it broke off.

use serde::{Deserialize, Serialize};

use crate::endpoint::{Endpoint, Method};

/// Bytes of every piece but the last of a file: small enough to lose little when a line breaks, large enough to keep it busy.
pub const PIECE_BYTES: u64 = 4 * 1024 * 1024;

/// Lists the models that browser workers may load.
#[derive(Debug)]
pub struct GetWeights;

impl Endpoint for GetWeights {
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/weights";
    type Request = ();
    type Response = Shelf;
}

/// Hands out a piece by its hash.
#[derive(Debug)]
pub struct GetPiece;

impl Endpoint for GetPiece {
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/weights/{hash}";
    type Request = ();
    type Response = Vec<u8>;
}

/// The models there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Shelf {
    /// Whether all of them are listed; a server that has just started may still be going through its files.
    #[serde(default)]
    pub complete: bool,
    /// By name.
    pub models: Vec<Model>,
}

/// A model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    /// The name it is asked for by.
    pub name: String,
    /// `image` or `text`.
    pub kind: String,
    /// All its files together.
    pub bytes: u64,
    /// Its largest tensor as 32-bit numbers, in bytes.
    pub tensor_bytes: u64,
    /// Its files.
    pub files: Vec<File>,
}

/// A file of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Where it lies in the model's folder: `unet/config.json`.
    pub path: String,
    /// How large it is.
    pub bytes: u64,
    /// The SHA-256 of each piece in hexadecimal, in order; all are [`PIECE_BYTES`] long but the last.
    pub pieces: Vec<String>,
}

impl File {
    /// How long a piece is; none beyond the last.
    pub fn piece_bytes(&self, number: usize) -> Option<u64> {
        let begin = u64::try_from(number).ok()?.checked_mul(PIECE_BYTES)?;
        (number < self.pieces.len()).then(|| PIECE_BYTES.min(self.bytes.saturating_sub(begin)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_pieces_are_of_one_length_but_the_last() {
        let file = File { path: "a".into(), bytes: PIECE_BYTES + 5, pieces: vec!["x".into(), "y".into()] };
        assert_eq!(file.piece_bytes(0), Some(PIECE_BYTES));
        assert_eq!(file.piece_bytes(1), Some(5));
        assert_eq!(file.piece_bytes(2), None);
    }
}
