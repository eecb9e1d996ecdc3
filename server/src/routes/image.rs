//! Images, for those who ask for them.

pub mod ask;
pub mod cancel;
pub mod check;
mod parse;
pub mod rate;
pub(super) mod rules;
pub mod status;
pub(super) mod warnings;
