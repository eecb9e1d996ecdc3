//! Stories over HTTP, each on a house of its own whose books are audited at the end.

mod alchemy;
mod image;
mod kudos;
mod refusals;
mod text;
mod wire;
mod workers;
