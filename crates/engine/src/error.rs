//! Everything that can go wrong in the engine, in sentences that name the file and the thing.

use std::path::PathBuf;

/// Why a model could not be loaded or a result could not be made.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A file of the model folder is not there.
    #[error("{} is missing", path.display())]
    MissingFile {
        /// The file that was looked for.
        path: PathBuf,
    },
    /// A file is there but could not be read.
    #[error("{} could not be read: {source}", path.display())]
    ReadFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file was read but its content makes no sense.
    #[error("{file} is not valid: {why}")]
    BadFile {
        /// The file, or the name bytes were given under.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// The weights do not hold a tensor the model needs.
    #[error("tensor `{name}` is missing in {file}")]
    MissingTensor {
        /// The tensor's name.
        name: String,
        /// The file or folder it was looked for in.
        file: String,
    },
    /// A tensor has another shape than the configuration says.
    #[error("tensor `{name}` in {file} has shape {found:?}, expected {expected:?}")]
    WrongShape {
        /// The tensor's name.
        name: String,
        /// The file it was found in.
        file: String,
        /// The shape in the file.
        found: Vec<usize>,
        /// The shape the configuration asks for.
        expected: Vec<usize>,
    },
    /// A tensor's element type is none of f32, f16, bf16.
    #[error("tensor `{name}` in {file} is stored as {stored}; the engine reads F32, F16 and BF16")]
    UnsupportedType {
        /// The tensor's name.
        name: String,
        /// The file it was found in.
        file: String,
        /// The element type in the file.
        stored: String,
    },
    /// The model asks for something this engine does not do.
    #[error("{file}: {what} is not supported")]
    Unsupported {
        /// The configuration file that asks for it.
        file: String,
        /// What it asks for.
        what: String,
    },
    /// The request itself cannot be fulfilled.
    #[error("the request cannot be fulfilled: {0}")]
    BadRequest(String),
    /// The device is not there, or failed while computing.
    #[error("{processor}: {why}")]
    Device {
        /// Which kind of device.
        processor: String,
        /// What happened.
        why: String,
    },
    /// The caller's progress callback asked to stop.
    #[error("stopped on request")]
    Stopped,
}

impl EngineError {
    /// A file whose content makes no sense.
    #[expect(clippy::needless_pass_by_value, reason = "a text or an error, made on the spot")]
    pub(crate) fn bad_file(file: impl Into<String>, why: impl ToString) -> Self {
        Self::BadFile { file: file.into(), why: why.to_string() }
    }

    /// A configuration that asks for what this engine does not do.
    pub(crate) fn unsupported(file: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Unsupported { file: file.into(), what: what.into() }
    }
}
