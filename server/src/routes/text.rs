//! Texts, for those who ask for them.

pub mod ask;
pub mod cancel;
pub(super) mod parse;
pub mod status;
