//! Users, for whoever looks.

pub mod find;
pub mod list;
pub mod show;
mod view;

pub(super) use view::alias;
