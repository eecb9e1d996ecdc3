//! What moderators do about addresses: `/operations/ipaddr` and `/operations/block_worker_ipaddr`.

use serde::{Deserialize, Serialize};

use crate::endpoint::endpoint;

endpoint!(
    /// Lists the ranges of addresses that are in a timeout.
    GetTimeouts, Get, "/operations/ipaddr", () => Vec<IpTimeout>);
endpoint!(
    /// Puts an address or a range into a timeout.
    PostTimeout, Post, "/operations/ipaddr", NewIpTimeout => Done);
endpoint!(
    /// Ends the timeout of an address or a range.
    DeleteTimeout, Delete, "/operations/ipaddr", OldIpTimeout => Done);
endpoint!(
    /// Shows what holds for an address.
    GetTimeout, Get, "/operations/ipaddr/{ipaddr}", () => Vec<IpTimeout>);
endpoint!(
    /// Puts a worker's address into a timeout.
    PutWorkerTimeout, Put, "/operations/block_worker_ipaddr/{worker_id}", WorkerTimeout => Done);
endpoint!(
    /// Ends the timeout of a worker's address.
    DeleteWorkerTimeout, Delete, "/operations/block_worker_ipaddr/{worker_id}", () => Done);

/// It was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// `OK`.
    pub message: String,
}

impl Default for Done {
    fn default() -> Self {
        Self { message: "OK".to_owned() }
    }
}

/// An address or a range that is in a timeout.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IpTimeout {
    /// The address, or the range as address/prefix.
    pub ipaddr: String,
    /// For how many seconds more.
    pub seconds: i64,
}

/// A timeout to be set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewIpTimeout {
    /// The address, or the range as address/prefix.
    pub ipaddr: String,
    /// For how many hours.
    pub hours: u32,
}

/// A timeout to be ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OldIpTimeout {
    /// The address, or the range as address/prefix.
    pub ipaddr: String,
}

/// For how long a worker's address shall be in a timeout.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkerTimeout {
    /// In days.
    pub days: u32,
}
