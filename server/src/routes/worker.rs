//! Work, for those who do it.

mod offer;
pub mod pop_alchemy;
pub mod pop_image;
pub mod pop_text;
pub mod submit_alchemy;
pub mod submit_image;
pub mod submit_text;
