//! Stories over HTTP, each on a house of its own whose books are audited at the end.

mod collections;
mod image;
mod kudos;
mod refusals;
mod styles;
mod text;
mod wire;
mod workers;
