//! The authority of the network: HTTP in front, the desk in the middle, PostgreSQL below.
//!
//! Start reading at `routes.rs` (what can be asked) or `desk.rs` (who decides). The rules themselves are in `throng-domain`,
//! the wire in `throng-api`; not here.

pub mod addresses;
pub mod app;
pub mod audit;
pub mod auth;
pub mod backup;
pub mod board;
pub mod calls;
pub mod clock;
pub mod cluster;
pub mod config;
pub mod countermeasures;
pub mod desk;
pub mod documents;
pub mod error;
pub mod filters;
pub mod front;
pub mod idempotency;
pub mod images;
pub mod interface;
pub mod journal;
pub mod keys;
pub mod leader;
pub mod mask;
pub mod metrics;
pub mod models;
pub mod operator;
pub mod outward;
pub mod page;
pub mod rate_limit;
pub mod rebuild;
pub mod refusal;
pub mod routes;
pub mod secret;
pub mod serve;
pub mod statistics;
pub mod store;
pub mod tasks;
pub mod telemetry;
pub mod texts;
pub mod times;
pub mod twin;
pub mod validation;
pub mod watching;
pub mod webhooks;
pub mod weights;
pub mod wire;
