//! What lies in a folder of models: a name, a family, and how to find it again.
//!
//! A model is a folder in the layout people have: diffusers (`model_index.json`) for a Dreamer, transformers
//! (`config.json`) for a Scribe. Its name is the folder's name. Not here: loading, which each family does itself.

use std::path::Path;

use serde::Deserialize;
use throng_bridge::{Ability, Kind};

use crate::error::EngineError;
use crate::files::Place;

/// Which kind of network a folder holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// Stable Diffusion 1.x: text to image.
    Dreamer,
    /// Llama: text to text.
    Scribe,
}

/// A model folder this engine can load.
#[derive(Debug, Clone)]
pub struct Model {
    /// The name it is asked for by.
    pub name: String,
    /// Which family it belongs to.
    pub family: Family,
    /// Where it lies.
    pub folder: Place,
    /// All its weights, in bytes.
    pub bytes: u64,
}

impl Model {
    /// A model in a folder on the disc.
    pub fn on_disc(name: String, family: Family, folder: &Path) -> Self {
        Self { name, family, folder: folder.into(), bytes: weights_bytes(folder) }
    }

    /// What a worker with this model can serve.
    pub fn ability(&self) -> Ability {
        let (kind, img2img) = match self.family {
            Family::Dreamer => (Kind::Image, true),
            Family::Scribe => (Kind::Text, false),
        };
        Ability { model: self.name.clone(), kind, img2img, inpainting: false }
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

/// Tells what a folder holds; `None` when it is no model at all.
///
/// # Errors
/// A folder that is a model of a family this engine does not know is an error that says which.
pub fn inspect(folder: impl Into<Place>) -> Result<Option<Family>, EngineError> {
    let folder = folder.into();
    let index = folder.join("model_index.json");
    if index.is_file() {
        let parsed: ModelIndex = index.read_json()?;
        return match parsed.class_name.as_str() {
            "StableDiffusionPipeline" | "StableDiffusionImg2ImgPipeline" => Ok(Some(Family::Dreamer)),
            other => Err(EngineError::unsupported(index.display().to_string(), format!("pipeline `{other}`"))),
        };
    }
    let config = folder.join("config.json");
    if config.is_file() {
        let parsed: TransformersConfig = config.read_json()?;
        return match parsed.model_type.as_str() {
            "llama" => Ok(Some(Family::Scribe)),
            other => Err(EngineError::unsupported(config.display().to_string(), format!("model type `{other}`"))),
        };
    }
    Ok(None)
}

/// Every model in the sub-folders of `models`, by name; folders that hold none, or one of an unknown family, are skipped.
pub fn list(models: &Path) -> Result<Vec<Model>, EngineError> {
    let failed = |source| EngineError::ReadFile { path: models.to_owned(), source };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(models).map_err(failed)? {
        let folder = entry.map_err(failed)?.path();
        let Some(name) = folder.file_name().and_then(|name| name.to_str()).map(str::to_owned) else { continue };
        match inspect(&folder) {
            Ok(Some(family)) => found.push(Model::on_disc(name, family, &folder)),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "model folder skipped"),
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// All safetensors of a folder and the folders in it.
fn weights_bytes(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let size = |path: &Path| match path.extension() {
        _ if path.is_dir() => weights_bytes(path),
        Some(ending) if ending == "safetensors" => path.metadata().map_or(0, |file| file.len()),
        _ => 0,
    };
    entries.map(|entry| size(&entry.path())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_weights_are_counted_wherever_they_lie() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("unet")).unwrap();
        std::fs::write(folder.path().join("unet/a.safetensors"), [0; 10]).unwrap();
        std::fs::write(folder.path().join("b.safetensors"), [0; 5]).unwrap();
        std::fs::write(folder.path().join("tokenizer.json"), [0; 99]).unwrap();
        assert_eq!(weights_bytes(folder.path()), 15);
    }

    #[test]
    fn folders_are_told_apart_by_their_layout() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("b-dreams/model_index.json", r#"{"_class_name":"StableDiffusionPipeline"}"#);
        write("a-tales/config.json", r#"{"model_type":"llama"}"#);
        write("flux/model_index.json", r#"{"_class_name":"FluxPipeline"}"#);
        write("notes/readme.txt", "nothing");
        let names: Vec<_> = list(root.path()).unwrap().into_iter().map(|m| (m.name, m.family)).collect();
        assert_eq!(names, [("a-tales".to_owned(), Family::Scribe), ("b-dreams".to_owned(), Family::Dreamer)]);
        let error = inspect(&root.path().join("flux")).unwrap_err().to_string();
        assert!(error.ends_with("pipeline `FluxPipeline` is not supported"), "{error}");
    }
}
