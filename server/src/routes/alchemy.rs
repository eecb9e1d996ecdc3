//! Alchemy: asking for forms of a picture, looking, cancelling.

pub mod ask;
pub mod cancel;
pub mod status;
