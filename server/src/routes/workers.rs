//! Workers, for whoever looks.

pub mod list;
pub mod show;
pub mod show_by_name;
mod view;
