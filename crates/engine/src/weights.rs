//! Reads safetensors (one file, or shards with an index) into f32 tensors, one tensor at a time.
//!
//! Only the header is kept in memory, so a checkpoint of many gigabytes costs no more than its largest tensor while
//! loading. f16 and bf16 are widened to f32. Not here: what the tensors mean.

use std::collections::{BTreeMap, HashMap};

use burn::tensor::{Tensor, TensorData};
use safetensors::tensor::{Dtype, Metadata};
use serde::Deserialize;

use crate::device::Device;
use crate::error::EngineError;
use crate::files::Place as Location;

/// A header larger than this is no header: the format's own limit is 100 MB.
const HEADER_BYTES_MAX: u64 = 100_000_000;

/// Named tensors of one model part, ready to be read.
pub struct Weights {
    label: String,
    sources: Vec<Source>,
    places: HashMap<String, Place>,
}

struct Source {
    label: String,
    bytes: Bytes,
    /// Where the tensors begin, behind the header.
    start: u64,
}

enum Bytes {
    File(Location),
    Memory(Vec<u8>),
}

struct Place {
    source: usize,
    dtype: Dtype,
    shape: Vec<usize>,
    begin: u64,
    end: u64,
}

/// `X.safetensors.index.json`: which shard holds which tensor.
#[derive(Deserialize)]
struct ShardIndex {
    weight_map: BTreeMap<String, String>,
}

impl Weights {
    /// Opens the weights in a folder: `{stem}.safetensors`, its shards, or its `.fp16` variant, whichever is there.
    pub fn in_folder(folder: impl Into<Location>, stem: &str) -> Result<Self, EngineError> {
        let folder = folder.into();
        for variant in ["", ".fp16"] {
            let single = folder.join(&format!("{stem}{variant}.safetensors"));
            if single.is_file() {
                return Self::open(&single);
            }
            // transformers writes `model.safetensors.index.json`, and `model.safetensors.index.fp16.json` for variants.
            let index = folder.join(&format!("{stem}.safetensors.index{variant}.json"));
            if index.is_file() {
                return Self::open_shards(&folder, &index);
            }
        }
        Err(EngineError::MissingFile { path: folder.path().join(format!("{stem}.safetensors")) })
    }

    /// Opens one safetensors file.
    pub fn open(file: impl Into<Location>) -> Result<Self, EngineError> {
        let file = file.into();
        let mut weights = Self::empty(file.display().to_string());
        weights.add_file(&file)?;
        Ok(weights)
    }

    /// Takes safetensors that are already in memory; `label` names them in errors.
    pub fn from_bytes(label: &str, bytes: Vec<u8>) -> Result<Self, EngineError> {
        let mut weights = Self::empty(label.to_owned());
        let declared: [u8; 8] = bytes
            .get(..8)
            .and_then(|head| head.try_into().ok())
            .ok_or_else(|| EngineError::bad_file(label, "shorter than a safetensors header"))?;
        let header_end = u64::from_le_bytes(declared).saturating_add(8);
        let header = usize::try_from(header_end)
            .ok()
            .and_then(|end| bytes.get(8..end))
            .ok_or_else(|| EngineError::bad_file(label, "the header is cut off"))?
            .to_vec();
        let length = bytes.len() as u64;
        weights.add(
            Source { label: label.to_owned(), bytes: Bytes::Memory(bytes), start: header_end },
            &header,
            length,
        )?;
        Ok(weights)
    }

    fn open_shards(folder: &Location, index: &Location) -> Result<Self, EngineError> {
        let parsed: ShardIndex = index.read_json()?;
        let mut weights = Self::empty(index.display().to_string());
        let mut shards: Vec<&String> = parsed.weight_map.values().collect();
        shards.sort_unstable();
        shards.dedup();
        for shard in shards {
            // A shard is a sibling of the index: a path that leads elsewhere is refused.
            if shard.contains(['/', '\\']) {
                return Err(EngineError::bad_file(&weights.label, format!("shard `{shard}` is not a plain file name")));
            }
            weights.add_file(&folder.join(shard))?;
        }
        Ok(weights)
    }

    fn empty(label: String) -> Self {
        Self { label, sources: Vec::new(), places: HashMap::new() }
    }

    fn add_file(&mut self, file: &Location) -> Result<(), EngineError> {
        let label = file.display().to_string();
        let length = file.length()?;
        let declared = file.read_part(0, 8.min(length))?;
        let declared: [u8; 8] =
            declared.try_into().map_err(|_| EngineError::bad_file(&label, "shorter than a safetensors header"))?;
        let header_bytes = u64::from_le_bytes(declared);
        if header_bytes > HEADER_BYTES_MAX || header_bytes.saturating_add(8) > length {
            return Err(EngineError::bad_file(label, format!("it declares a header of {header_bytes} bytes")));
        }
        let header = file.read_part(8, 8 + header_bytes)?;
        let bytes = Bytes::File(file.clone());
        self.add(Source { label, bytes, start: header_bytes + 8 }, &header, length)
    }

    fn add(&mut self, source: Source, header: &[u8], length: u64) -> Result<(), EngineError> {
        // The crate checks offsets against shapes and against each other while it parses.
        let metadata: Metadata =
            serde_json::from_slice(header).map_err(|error| EngineError::bad_file(&source.label, error))?;
        let number = self.sources.len();
        for (name, info) in metadata.tensors() {
            let (begin, end) = (info.data_offsets.0 as u64, info.data_offsets.1 as u64);
            if source.start + end > length {
                return Err(EngineError::bad_file(&source.label, format!("it ends before tensor `{name}` does")));
            }
            let place = Place { source: number, dtype: info.dtype, shape: info.shape.clone(), begin, end };
            self.places.insert(name, place);
        }
        self.sources.push(source);
        Ok(())
    }

    /// Whether there is a tensor of that name.
    pub fn has(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    /// The names of all tensors, in no order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    /// How many numbers all tensors hold together.
    pub fn parameters(&self) -> u64 {
        self.places.values().map(|place| place.shape.iter().map(|&side| side as u64).product::<u64>()).sum()
    }

    /// The file (or index) the weights came from, for messages.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The shape of a tensor.
    pub fn shape(&self, name: &str) -> Result<&[usize], EngineError> {
        Ok(&self.place(name)?.shape)
    }

    /// Puts a tensor of a known shape on the device.
    pub fn tensor<const D: usize>(
        &self,
        name: &str,
        shape: [usize; D],
        device: &Device,
    ) -> Result<Tensor<D>, EngineError> {
        let place = self.place(name)?;
        if place.shape != shape {
            return Err(EngineError::WrongShape {
                name: name.to_owned(),
                file: self.sources[place.source].label.clone(),
                found: place.shape.clone(),
                expected: shape.to_vec(),
            });
        }
        let values = self.values(name)?;
        Ok(Tensor::from_data(TensorData::new(values, shape), device.handle()))
    }

    /// The numbers of a tensor, row by row.
    pub fn values(&self, name: &str) -> Result<Vec<f32>, EngineError> {
        let place = self.place(name)?;
        let source = &self.sources[place.source];
        let raw = source.read(place.begin, place.end)?;
        match place.dtype {
            Dtype::F32 => Ok(raw.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()),
            Dtype::F16 => Ok(raw.chunks_exact(2).map(|b| half::f16::from_le_bytes([b[0], b[1]]).to_f32()).collect()),
            Dtype::BF16 => Ok(raw.chunks_exact(2).map(|b| half::bf16::from_le_bytes([b[0], b[1]]).to_f32()).collect()),
            other => Err(EngineError::UnsupportedType {
                name: name.to_owned(),
                file: source.label.clone(),
                stored: format!("{other:?}"),
            }),
        }
    }

    fn place(&self, name: &str) -> Result<&Place, EngineError> {
        self.places
            .get(name)
            .ok_or_else(|| EngineError::MissingTensor { name: name.to_owned(), file: self.label.clone() })
    }
}

impl Source {
    fn read(&self, begin: u64, end: u64) -> Result<Vec<u8>, EngineError> {
        let (from, to) = (self.start + begin, self.start + end);
        match &self.bytes {
            Bytes::Memory(bytes) => Ok(bytes[from as usize..to as usize].to_vec()),
            Bytes::File(file) => file.read_part(from, to),
        }
    }
}

#[cfg(test)]
#[path = "weights/tests.rs"]
mod tests;
