//! The rule: SQL lives here, in `journal.rs`, in `rebuild.rs` and in `migrations/`, nowhere else. Here are the cold things:
//! ordinary queries and short transactions. Not here: hot tables (requests, jobs, generations, holds, transfers, accounts,
//! workers), which the journal alone writes.

pub mod collections;
pub mod idempotency;
pub mod outbox;
pub mod settings;
pub mod setup;
pub mod styles;
