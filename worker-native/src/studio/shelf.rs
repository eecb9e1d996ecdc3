//! Loaded models: loaded when first needed, and the least recently used one put away when memory runs short.

use std::path::Path;
use std::time::Instant;

use throng_engine::dreamer::Dreamer;
use throng_engine::registry::{Family, Model};
use throng_engine::scribe::Scribe;
use throng_engine::{Device, EngineError};

/// Weights are kept in 32-bit numbers, and most folders hold them in 16.
const GROWTH: u64 = 2;
const MIB: u64 = 1024 * 1024;

/// A loaded model.
pub(super) enum Loaded {
    Dreamer(Box<Dreamer>),
    Scribe(Box<Scribe>),
}

/// The models that may be asked for, and those that are loaded.
pub(super) struct Shelf {
    models: Vec<Model>,
    device: Device,
    memory_mib: u64,
    /// The most recently used last.
    loaded: Vec<Kept>,
}

struct Kept {
    name: String,
    mib: u64,
    model: Loaded,
}

impl Shelf {
    pub(super) fn new(models: Vec<Model>, device: Device, memory_mib: u64) -> Self {
        Self { models, device, memory_mib, loaded: Vec::new() }
    }

    /// A loaded model, loaded now if it was not.
    pub(super) fn take(&mut self, name: &str) -> Result<&Loaded, EngineError> {
        let kept = match self.loaded.iter().position(|kept| kept.name == name) {
            Some(at) => self.loaded.remove(at),
            None => self.load(name)?,
        };
        // Pushed to the end: it was used last.
        Ok(&self.loaded.push_mut(kept).model)
    }

    /// Puts everything away.
    pub(super) fn clear(&mut self) {
        self.loaded.clear();
    }

    fn load(&mut self, name: &str) -> Result<Kept, EngineError> {
        let Some(model) = self.models.iter().find(|model| model.name == name).cloned() else {
            return Err(EngineError::BadRequest(format!("the model {name} was never offered")));
        };
        let mib = weights_bytes(&model.folder) * GROWTH / MIB;
        self.make_room(mib);
        let begun = Instant::now();
        let loaded = match model.family {
            Family::Dreamer => Loaded::Dreamer(Box::new(Dreamer::load(&model.folder, &self.device)?)),
            Family::Scribe => Loaded::Scribe(Box::new(Scribe::load(&model.folder, &self.device)?)),
        };
        tracing::info!("{name} loaded in {:.1} s, about {mib} MiB", begun.elapsed().as_secs_f64());
        Ok(Kept { name: name.to_owned(), mib, model: loaded })
    }

    /// Puts away what was not used for longest until `mib` more fit. A model larger than all the memory still gets its try:
    /// the bound is an estimate, and the device knows better.
    fn make_room(&mut self, mib: u64) {
        let mut used: u64 = self.loaded.iter().map(|kept| kept.mib).sum();
        while used + mib > self.memory_mib && !self.loaded.is_empty() {
            let gone = self.loaded.remove(0);
            used -= gone.mib;
            tracing::info!("{} put away to make room", gone.name);
        }
        if mib > self.memory_mib {
            tracing::warn!("a model of about {mib} MiB is loaded although only {} MiB were allowed", self.memory_mib);
        }
    }
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
    fn a_model_that_was_never_offered_is_refused() {
        let mut shelf = Shelf::new(Vec::new(), Device::cpu(), 1);
        let error = shelf.take("x").map(|_| ()).unwrap_err();
        assert!(matches!(error, EngineError::BadRequest(_)), "{error}");
    }
}
