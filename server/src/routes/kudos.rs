//! Kudos between users, and what moved.

pub mod award;
pub mod statement;
pub mod transfer;
