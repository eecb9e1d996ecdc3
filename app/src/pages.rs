//! The pages. There is one so far: the one on which things are made.

pub mod create;
