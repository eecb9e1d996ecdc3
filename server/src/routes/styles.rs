//! Styles, for whoever looks, makes and uses them. Both kinds go through the same files: their paths differ, their rules hardly.

pub(super) mod apply;
pub mod change;
pub mod create;
pub mod examples;
pub(super) mod find;
pub mod list;
pub(super) mod of_users;
pub mod remove;
mod rules;
pub mod show;
pub mod show_by_name;
mod view;

pub(super) use rules::{decent, may_make, owner_or_moderator};

/// Styles of one user, and collections: far more than anybody can keep in order.
pub(super) const OWNED_MAX: i64 = 1000;
