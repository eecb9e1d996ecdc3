//! Shared keys: made, shown, changed, deleted.

pub mod change;
pub mod delete;
pub mod make;
pub mod show;
mod view;

pub(super) use view::shown;
