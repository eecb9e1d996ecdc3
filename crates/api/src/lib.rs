//! The wire: the JSON, headers, paths and return codes of the AI Horde API v2, as types for both directions.
//!
//! **The promise.** A client or worker written for the AI Horde finds here the same paths, members, effective defaults, bounds and
//! `rc` strings. What is printed as a default in the published document and what a server really does when a member is absent
//! differ; the defaults here are the effective ones, because those are what clients experience.
//!
//! **Quirks kept.** A seed is a string for images and a number for text. Some answers carry `null` members, most leave them out:
//! each type says which. Image pops speak of `ddim_steps` and `n_iter`, never of `steps` and `n`.
//!
//! **Leniency.** Reading ignores unknown members, and answers are read with `null` where a list or a number was promised, so that the
//! same types serve a worker of Throng and a worker of an AI Horde. Strictness belongs to the server, which validates before it parses.
//!
//! Not here: rules (they are in `throng-domain`), transport, validation. Ids are strings here: only the server gives them meaning.

mod lenient;

pub mod alchemy;
pub mod auth;
pub mod collections;
pub mod documents;
pub mod endpoint;
pub mod error;
pub mod events;
pub mod filters;
pub mod image;
pub mod kudos;
pub mod messages;
pub mod operations;
pub mod pop;
pub mod ratings;
pub mod reference;
pub mod register;
pub mod return_code;
pub mod shared_keys;
pub mod stats;
pub mod status;
pub mod styles;
pub mod submit;
pub mod teams;
pub mod text;
pub mod users;
pub mod watch;
pub mod webhooks;
pub mod weights;
pub mod workers;

pub use auth::{ApiKey, ClientAgent};
pub use endpoint::{Endpoint, Method};
pub use error::ErrorBody;
pub use return_code::ReturnCode;

/// The version of the wire this crate speaks, as servers announce it.
pub const API_VERSION: &str = "2.5";

/// What every path of an [`Endpoint`] is relative to.
pub const BASE_PATH: &str = "/api/v2";
