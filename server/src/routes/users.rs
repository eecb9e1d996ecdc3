//! Users, for whoever looks.

pub mod edit;
pub mod find;
pub mod leave;
pub mod list;
pub mod show;
mod view;

pub(super) use view::alias;
