//! Stories over HTTP, each on a house of its own whose books are audited at the end.

mod alchemy;
mod collections;
mod documents;
mod edge;
mod filters;
mod fleet;
mod image;
mod interface;
mod kudos;
mod moderation;
mod modes;
mod operations;
mod people;
mod ratings;
mod refusals;
mod sharedkeys;
mod statistics;
mod styles;
mod teams;
mod text;
mod transfers;
mod wakes;
mod watching;
mod webhooks;
mod weights;
mod workers;
