//! Becoming a user: `/register`. A form for people without scripts, JSON for our page; the AI Horde has only the form.

use serde::{Deserialize, Serialize};

use crate::endpoint::{Endpoint, Method};

/// Registers a pseudonymous user.
#[derive(Debug)]
pub struct PostRegister;

impl Endpoint for PostRegister {
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/register";
    type Request = Register;
    type Response = Registered;
}

/// What a new user says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register {
    /// The name to be known by; the server adds `#number`.
    pub username: String,
}

/// What a new user gets. The key is shown this once: only its keyed hash is stored.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// `name#number`.
    pub username: String,
    /// The key.
    pub api_key: String,
}

impl std::fmt::Debug for Registered {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Registered").field("username", &self.username).finish_non_exhaustive()
    }
}
