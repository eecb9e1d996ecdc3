//! The desk: all that is hot, in memory, owned by one task. Each act decides, emits events, and changes nothing but by applying them; so
//! the events of a desk rebuild it. No act can wait, fail halfway, or see the database.
//!
//! One act, one file: `desk/register.rs`, `ask.rs`, `pop.rs` (with `check_in.rs`), `submit.rs`, `fault.rs`, `cancel.rs`, `transfer.rs`,
//! `edit_user.rs`, `leave.rs`, `monthly.rs`, `shared_key.rs`, `rate.rs`, `worker.rs`, `team.rs`, `message.rs`, `suspect.rs`, `tick.rs`. Reads are in
//! `desk/read.rs`. What the acts take and give is in `desk/answer.rs`.

pub mod answer;
mod ask;
pub mod audit;
mod cancel;
mod check_in;
pub mod chronicle;
mod edit_user;
pub mod events;
mod fault;
mod index;
mod leave;
mod message;
pub mod moderation;
pub mod modes;
mod monthly;
mod pay;
mod pop;
mod queue;
mod rate;
mod read;
mod record;
mod register;
pub mod restore;
mod shared_key;
mod submit;
mod suspect;
mod team;
mod tick;
mod traffic;
mod transfer;
mod upfront;
mod worker;

use std::sync::Arc;

use crate::desk::index::State;
use crate::kudos::Kudos;
use crate::model::ModelReference;

/// What an operator sets. None of it may change while the desk lives, except by making a new desk from its records, and what is known of
/// models by [`Desk::know_models`]; what else may is in `desk/modes.rs`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// What is known of models.
    pub models: Arc<ModelReference>,
    /// Escrow beyond which an owner of a week's age is trusted; none means never.
    pub trust_threshold: Option<Kudos>,
    /// Naming workers needs kudos upfront.
    pub upfront_on_worker_list: bool,
    /// Requests that name workers are served only by workers that prefer the requester.
    pub matched_targeting: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            models: Arc::new(ModelReference::built_in()),
            trust_threshold: None,
            upfront_on_worker_list: false,
            matched_targeting: false,
        }
    }
}

/// The hot state and the acts on it.
#[derive(Debug)]
pub struct Desk {
    settings: Settings,
    state: State,
}
