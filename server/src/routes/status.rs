//! How the network is, for whoever looks.

pub mod heartbeat;
pub mod model;
pub mod models;
pub mod modes;
pub mod news;
pub mod performance;
