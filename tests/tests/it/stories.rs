//! Stories over HTTP, each on a house of its own whose books are audited at the end.

mod fleet;
mod image;
mod kudos;
mod operations;
mod refusals;
mod teams;
mod text;
mod wire;
mod workers;
