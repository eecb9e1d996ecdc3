//! Stories over HTTP, each on a house of its own whose books are audited at the end.

mod image;
mod kudos;
mod people;
mod refusals;
mod sharedkeys;
mod text;
mod transfers;
mod wire;
mod workers;
