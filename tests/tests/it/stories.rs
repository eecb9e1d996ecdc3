//! Stories over HTTP, each on a house of its own whose books are audited at the end.

mod documents;
mod filters;
mod image;
mod interface;
mod kudos;
mod modes;
mod refusals;
mod statistics;
mod text;
mod webhooks;
mod wire;
mod workers;
