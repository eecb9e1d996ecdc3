//! What is answered about alchemy, where each form stands by itself.

use std::sync::Arc;

use serde_json::Value;

use crate::id::GenerationId;
use crate::request::{Name, Request};

/// One form that an alchemist takes home.
#[derive(Clone, PartialEq, Debug)]
pub struct FormAssignment {
    /// The request it is of; always alchemy.
    pub request: Arc<Request>,
    /// Which of the request's forms.
    pub slot: u16,
    /// The lease.
    pub generation: GenerationId,
}

/// How far an alchemy request is.
#[derive(Clone, PartialEq, Debug)]
pub struct AlchemyStatus {
    /// All its forms taken together.
    pub state: AlchemyState,
    /// Each form, in the order they were asked for.
    pub forms: Vec<FormStatus>,
}

/// How far one form is.
#[derive(Clone, PartialEq, Debug)]
pub struct FormStatus {
    /// Its wire name.
    pub name: Name,
    /// Where it stands.
    pub state: FormState,
}

/// Where one form stands.
#[derive(Clone, PartialEq, Debug)]
pub enum FormState {
    /// Nobody is at it.
    Waiting,
    /// A worker is at it.
    Processing,
    /// It is in.
    Done {
        /// The generation it came from, which names its picture if it made one.
        generation: GenerationId,
        /// The worker's object.
        result: Arc<Value>,
    },
    /// Its requester wants it no more.
    Cancelled,
    /// It failed too often.
    Faulted,
}

/// Where all forms stand together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AlchemyState {
    /// Nobody is at any, and some wait.
    Waiting,
    /// A worker is at one.
    Processing,
    /// All are in.
    Done,
    /// All failed, or none was asked for.
    Faulted,
    /// Some are in, and no more will come.
    Partial,
}

impl AlchemyState {
    /// Sums forms up; what comes first here counts before what comes later.
    pub fn of(forms: &[FormStatus]) -> Self {
        let any = |wanted: fn(&FormState) -> bool| forms.iter().any(|form| wanted(&form.state));
        if forms.iter().all(|form| form.state == FormState::Faulted) {
            Self::Faulted
        } else if forms.iter().all(|form| matches!(form.state, FormState::Done { .. })) {
            Self::Done
        } else if any(|state| *state == FormState::Processing) {
            Self::Processing
        } else if any(|state| *state == FormState::Waiting) {
            Self::Waiting
        } else {
            Self::Partial
        }
    }
}
