//! The contract of the wire, walked: each of its operations by every role, each answer held against its schema; and hostile
//! payloads for all of them. What real clients rely on beyond the contract is in `clients`.

mod contract;
mod differences;
mod hostile;
mod payload;
mod scene;
mod table;
mod walk;
