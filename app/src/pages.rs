//! The pages, and the frame they share: the one on which things are made, and the one on which the tab is lent.

pub mod create;
pub mod frame;
pub mod lend;
