//! Lending a tab: what the page and its browser worker say to each other, and the rules that both keep to.
//!
//! The page (`app`) holds the buttons and watches the person; the worker (`worker-web`) holds the engine. [`messages`] is all that
//! passes between them. When to work is in [`manners`], how hard in [`duty`], what may travel in [`allowance`], which models suit a
//! device in [`fit`], and what it all earned in [`earnings`].
//!
//! Everything here is plain: no browser, no clock, no engine, so that every rule is tested natively.

pub mod allowance;
pub mod duty;
pub mod earnings;
pub mod fit;
pub mod manners;
pub mod messages;

pub use messages::{Order, Report};
