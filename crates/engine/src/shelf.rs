//! Loaded models: loaded when first needed, and the least recently used one put away when memory runs short.

use crate::device::Device;
use crate::dreamer::Dreamer;
use crate::error::EngineError;
use crate::registry::{Family, Model};
use crate::scribe::Scribe;

/// Weights are kept in 32-bit numbers, and most folders hold them in 16.
const GROWTH: u64 = 2;
const MIB: u64 = 1024 * 1024;

/// A loaded model.
pub enum Loaded {
    /// It makes pictures.
    Dreamer(Box<Dreamer>),
    /// It writes.
    Scribe(Box<Scribe>),
}

/// The models that may be asked for, and those that are loaded.
pub struct Shelf {
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
    /// A shelf with nothing loaded yet, for models that may take this much memory together.
    pub fn new(models: Vec<Model>, device: Device, memory_mib: u64) -> Self {
        Self { models, device, memory_mib, loaded: Vec::new() }
    }

    /// A loaded model, loaded now if it was not.
    pub fn take(&mut self, name: &str) -> Result<&Loaded, EngineError> {
        let kept = match self.loaded.iter().position(|kept| kept.name == name) {
            Some(at) => self.loaded.remove(at),
            None => self.load(name)?,
        };
        // Pushed to the end: it was used last.
        Ok(&self.loaded.push_mut(kept).model)
    }

    /// Puts everything away.
    pub fn clear(&mut self) {
        self.loaded.clear();
    }

    fn load(&mut self, name: &str) -> Result<Kept, EngineError> {
        let Some(model) = self.models.iter().find(|model| model.name == name).cloned() else {
            return Err(EngineError::BadRequest(format!("the model {name} was never offered")));
        };
        let mib = model.bytes * GROWTH / MIB;
        self.make_room(mib);
        let loaded = match model.family {
            Family::Dreamer => Loaded::Dreamer(Box::new(Dreamer::load(&model.folder, &self.device)?)),
            Family::Scribe => Loaded::Scribe(Box::new(Scribe::load(&model.folder, &self.device)?)),
        };
        tracing::info!("{name} loaded, about {mib} MiB");
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_that_was_never_offered_is_refused() {
        let mut shelf = Shelf::new(Vec::new(), Device::cpu(), 1);
        let error = shelf.take("x").map(|_| ()).unwrap_err();
        assert!(matches!(error, EngineError::BadRequest(_)), "{error}");
    }
}
