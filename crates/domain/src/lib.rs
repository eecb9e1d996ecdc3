//! The rules of Throng, and the desk that applies them. Everything here is a pure function of what it is given: nothing may read a clock,
//! draw a random number, touch a file or a socket, or wait. That is what makes the books testable in a second and the desk rebuildable
//! from its events.
//!
//! Read `desk.rs` first, then `desk/pop.rs` and `eligibility.rs`.

// The crate's own tests share a kit with the simulation, which knows the crate by name.
#[cfg(test)]
extern crate self as throng_domain;

#[cfg(test)]
#[path = "../tests/simulate/kit.rs"]
mod kit;

pub mod alchemy;
pub mod bridge;
pub mod desk;
pub mod eligibility;
pub mod id;
pub mod kind;
pub mod kudos;
pub mod ledger;
pub mod limits;
pub mod model;
pub mod offer;
pub mod price;
pub mod priority;
pub mod rating;
pub mod refusal;
pub mod request;
pub mod standing;
pub mod style;
pub mod suspicion;
pub mod time;

pub use desk::Desk;
pub use desk::events::Event;
pub use id::{AccountId, GenerationId, Ids, JobId, MessageId, RequestId, SharedKeyId, TeamId, UserId, WorkerId};
pub use kind::Kind;
pub use kudos::Kudos;
pub use time::{Span, Timestamp};
