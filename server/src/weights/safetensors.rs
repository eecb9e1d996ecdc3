//! How large the tensors of a safetensors file are: eight bytes with the length of the header, the header as JSON, the numbers. A tab has
//! to know it before it downloads anything, because its graphics card may not hold so much at once.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Unfit;

/// Bytes of a header: those of the checkpoints that tabs can load have a twentieth of it.
const HEADER_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// Bytes of a number in a tab, whatever it is stored as: the engine widens all to 32 bits.
const NUMBER_BYTES: u64 = 4;

#[derive(Deserialize)]
struct Header {
    /// Said of the file as a whole; no tensor.
    #[serde(rename = "__metadata__")]
    _metadata: Option<IgnoredAny>,
    #[serde(flatten)]
    tensors: BTreeMap<String, Tensor>,
}

#[derive(Deserialize)]
struct Tensor {
    shape: Vec<u64>,
    /// Where it begins and ends, behind the header.
    data_offsets: (u64, u64),
}

/// The bytes of the largest tensor of a file as 32-bit numbers. A file that ends before its tensors do is no good.
pub(super) fn largest_tensor_bytes(place: &Path) -> Result<u64, Unfit> {
    let failed = |source| Unfit::Unreadable { path: place.to_owned(), source };
    let mut file = File::open(place).map_err(failed)?;
    let bytes = file.metadata().map_err(failed)?.len();
    let mut declared = [0_u8; 8];
    file.read_exact(&mut declared).map_err(failed)?;
    let length = u64::from_le_bytes(declared);
    let begin = length.saturating_add(declared.len() as u64);
    if length > HEADER_BYTES_MAX || begin > bytes {
        return Err(Unfit::unusable(place, format!("it declares a header of {length} bytes")));
    }
    let mut header = vec![0_u8; length as usize];
    file.read_exact(&mut header).map_err(failed)?;
    let header: Header = serde_json::from_slice(&header)
        .map_err(|error| Unfit::unusable(place, format!("its header cannot be read: {error}")))?;
    let mut largest = 0;
    for (name, tensor) in &header.tensors {
        if begin.saturating_add(tensor.data_offsets.1) > bytes {
            return Err(Unfit::unusable(place, format!("it ends before tensor `{name}` does")));
        }
        let size = tensor.shape.iter().try_fold(NUMBER_BYTES, |product, side| product.checked_mul(*side));
        let size = size.ok_or_else(|| Unfit::unusable(place, format!("tensor `{name}` has an impossible shape")))?;
        largest = size.max(largest);
    }
    Ok(largest)
}
