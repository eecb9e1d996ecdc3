//! Texts, for those who ask for them.

pub mod ask;
pub mod cancel;
mod parse;
pub mod status;
