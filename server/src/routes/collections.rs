//! Collections of styles, for whoever looks and makes them. Drawing a style from one is in `styles/apply.rs`.

pub mod change;
pub mod create;
pub mod list;
mod members;
pub mod remove;
pub mod show;
pub mod show_by_name;
mod view;
