//! What the folder of a model holds, and which of its files a loader needs. Families are told apart as the engine does it
//! (`crates/engine/src/registry.rs`), and weights are chosen so that its `Weights::in_folder` opens what is listed and misses nothing.
//! Not here: what is in the weights (`weights/safetensors.rs`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Unfit;

/// Files of a model: a checkpoint in many shards has some dozens.
pub(super) const FILES_MAX: usize = 256;

/// Bytes of a JSON file that is looked into: the longest index of shards has a few million.
const JSON_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// How the files end that loaders read; the last is a template of chats, which some models have beside their tokenizer.
const ENDINGS: [&str; 5] = ["json", "txt", "safetensors", "model", "jinja"];

/// How files begin that are for people.
const DOCUMENTS: [&str; 4] = ["readme", "license", "licence", "notice"];

/// What a model makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Stable Diffusion 1.x, in diffusers layout.
    Image,
    /// Llama, in transformers layout.
    Text,
}

impl Kind {
    /// The word of the wire.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Text => "text",
        }
    }

    /// Files without which nothing loads (`dreamer.rs` and `scribe.rs` of the engine), besides weights.
    const fn needs(self) -> &'static [&'static str] {
        match self {
            Self::Image => &[
                "model_index.json",
                "scheduler/scheduler_config.json",
                "text_encoder/config.json",
                "unet/config.json",
                "vae/config.json",
            ],
            Self::Text => &["config.json", "tokenizer.json"],
        }
    }

    /// The weights that are opened: in which folder, and the name before variant and ending. Others (a safety checker, weights to train
    /// on, the whole checkpoint once more in one file) would only make the download longer.
    const fn weights(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Image => {
                &[("text_encoder/", "model"), ("unet/", "diffusion_pytorch_model"), ("vae/", "diffusion_pytorch_model")]
            }
            Self::Text => &[("", "model")],
        }
    }
}

#[derive(Deserialize)]
struct ModelIndex {
    #[serde(rename = "_class_name")]
    class_name: String,
}

#[derive(Deserialize)]
struct TransformersConfig {
    model_type: String,
}

/// `X.safetensors.index.json`: which shard holds which tensor.
#[derive(Deserialize)]
struct ShardIndex {
    weight_map: BTreeMap<String, String>,
}

/// Tells what a folder holds: none if it is no model at all, an error if it is one that tabs do not know.
pub(super) fn kind(folder: &Path) -> Result<Option<Kind>, Unfit> {
    let index = folder.join("model_index.json");
    if index.is_file() {
        let parsed: ModelIndex = read_json(&index)?;
        return match parsed.class_name.as_str() {
            "StableDiffusionPipeline" | "StableDiffusionImg2ImgPipeline" => Ok(Some(Kind::Image)),
            other => Err(Unfit::unusable(&index, format!("tabs know no pipeline `{other}`"))),
        };
    }
    let config = folder.join("config.json");
    if config.is_file() {
        let parsed: TransformersConfig = read_json(&config)?;
        return match parsed.model_type.as_str() {
            "llama" => Ok(Some(Kind::Text)),
            other => Err(Unfit::unusable(&config, format!("tabs know no model of type `{other}`"))),
        };
    }
    Ok(None)
}

/// The files that a loader needs, and where each lies: by its path in the folder, with `/` on every system.
pub(super) fn files(folder: &Path, kind: Kind) -> Result<BTreeMap<String, PathBuf>, Unfit> {
    let root = folder.canonicalize().map_err(|source| Unfit::Unreadable { path: folder.to_owned(), source })?;
    let mut found = BTreeMap::new();
    gather(&root, &root, "", &mut found)?;
    if let Some(missing) = kind.needs().iter().find(|needed| !found.contains_key(**needed)) {
        return Err(Unfit::unusable(folder, format!("there is no {missing} in it")));
    }
    let mut opened = BTreeSet::new();
    for (part, stem) in kind.weights() {
        opened.extend(opened_of(folder, part, stem, &found)?);
    }
    found.retain(|path, _| !is_weights(path) && !is_index(path) || opened.contains(path));
    Ok(found)
}

/// Whether a file holds tensors.
pub(super) fn is_weights(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|ending| ending == "safetensors")
}

/// Whether a file says which shard holds which tensor.
fn is_index(path: &str) -> bool {
    path.contains(".safetensors.index.")
}

/// Collects the files of a folder that loaders read, and those of the folders in it.
fn gather(root: &Path, folder: &Path, before: &str, found: &mut BTreeMap<String, PathBuf>) -> Result<(), Unfit> {
    let failed = |source| Unfit::Unreadable { path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().into_string().ok().filter(|name| !name.starts_with('.'));
        // A link is what it leads to, and nothing is handed out that lies outside the model's own folder.
        let place = entry.path().canonicalize().ok().filter(|place| place.starts_with(root));
        let (Some(name), Some(place)) = (name, place) else { continue };
        if place.is_dir() {
            if before.is_empty() {
                gather(root, &place, &format!("{name}/"), found)?;
            }
        } else if place.is_file() && is_wanted(&name) {
            if found.len() >= FILES_MAX {
                return Err(Unfit::unusable(root, format!("it has more than {FILES_MAX} files")));
            }
            found.insert(format!("{before}{name}"), place);
        }
    }
    Ok(())
}

/// Whether loaders read files of this name.
fn is_wanted(name: &str) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let lower = name.to_ascii_lowercase();
    ENDINGS.contains(&ending) && !DOCUMENTS.iter().any(|beginning| lower.starts_with(beginning))
}

/// The files of one part's weights. Of several forms the one in half precision is taken, because it is half the download; the loader
/// looks for full precision first, so no other form may be listed beside it.
fn opened_of(folder: &Path, part: &str, stem: &str, found: &BTreeMap<String, PathBuf>) -> Result<Vec<String>, Unfit> {
    for variant in [".fp16", ""] {
        let single = format!("{part}{stem}{variant}.safetensors");
        if found.contains_key(&single) {
            return Ok(vec![single]);
        }
        let index = format!("{part}{stem}.safetensors.index{variant}.json");
        if let Some(place) = found.get(&index) {
            let parsed: ShardIndex = read_json(place)?;
            let shards: BTreeSet<String> = parsed.weight_map.into_values().collect();
            let mut opened = vec![index];
            for shard in shards {
                let path = format!("{part}{shard}");
                if shard.contains(['/', '\\']) || !is_weights(&path) || !found.contains_key(&path) {
                    return Err(Unfit::unusable(place, format!("there is no shard `{shard}` beside it")));
                }
                opened.push(path);
            }
            return Ok(opened);
        }
    }
    Err(Unfit::unusable(folder, format!("there is no {part}{stem}.safetensors in it")))
}

/// Reads a small file.
fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Unfit> {
    let failed = |source| Unfit::Unreadable { path: path.to_owned(), source };
    if fs::metadata(path).map_err(failed)?.len() > JSON_BYTES_MAX {
        return Err(failed(io::Error::from(io::ErrorKind::FileTooLarge)));
    }
    let bytes = fs::read(path).map_err(failed)?;
    serde_json::from_slice(&bytes).map_err(|error| Unfit::unusable(path, error.to_string()))
}
