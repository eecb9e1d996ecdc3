//! The rule: SQL lives here, in `journal.rs`, in `rebuild.rs` and in `migrations/`, nowhere else. Here are the cold things:
//! ordinary queries and short transactions. Not here: hot tables (requests, jobs, generations, holds, transfers, accounts,
//! workers), which the journal alone writes.

pub mod collections;
pub mod filters;
pub mod idempotency;
pub mod models;
pub mod moderator_acts;
pub mod news;
pub mod outbox;
pub mod problems;
pub mod ratings;
pub mod restoring;
pub mod settings;
pub mod setup;
pub mod statement;
pub mod statistics;
pub mod styles;
pub mod timeouts;
