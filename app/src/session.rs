//! The API key and whom it belongs to: anonymous until the person says otherwise, kept from visit to visit in this browser only.

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Deserialize;
use throng_api::ApiKey;
use throng_api::register::{PostRegister, Register};
use throng_api::users::GetFindUser;

use crate::browser;
use crate::client::Call;
use crate::trouble::Trouble;

/// Who the page acts for.
#[derive(Clone, Copy)]
pub struct Session {
    /// The key; anonymous by default.
    pub key: RwSignal<ApiKey>,
    /// Whom it belongs to, as far as known.
    pub who: RwSignal<Who>,
    /// A key that was just made, to be shown this once.
    pub fresh_key: RwSignal<Option<String>>,
}

/// Whom the key belongs to.
#[derive(Clone, Debug, PartialEq)]
pub enum Who {
    /// Not asked yet, or the answer is on its way.
    Unknown,
    /// This user, with these kudos.
    Known {
        /// `name#number`.
        name: String,
        /// The balance.
        kudos: f64,
        /// Earned, but held back until the network trusts its owner.
        escrow: f64,
    },
    /// The server said no, or nothing.
    Refused(Trouble),
}

/// The three of a user's thirty members that the page shows.
#[derive(Deserialize)]
struct Brief {
    username: String,
    kudos: f64,
    evaluating_kudos: Option<f64>,
}

impl Session {
    /// Begins with the key of the last visit.
    pub fn begin() -> Self {
        let key = browser::kept_key().map_or_else(ApiKey::anonymous, ApiKey::new);
        let session =
            Self { key: RwSignal::new(key), who: RwSignal::new(Who::Unknown), fresh_key: RwSignal::new(None) };
        session.refresh();
        session
    }

    /// Uses another key from now on; an empty one means anonymous.
    pub fn use_key(self, typed: &str) {
        let typed = typed.trim();
        let key = if typed.is_empty() { ApiKey::anonymous() } else { ApiKey::new(typed) };
        browser::keep_key((!key.is_anonymous()).then_some(key.reveal()));
        self.key.set(key);
        self.who.set(Who::Unknown);
        self.refresh();
    }

    /// Asks the server again whom the key belongs to: kudos move with every picture.
    pub fn refresh(self) {
        spawn_local(self.look());
    }

    /// Asks the server whom the key belongs to, and comes back when it is known.
    pub async fn look(self) {
        let key = self.key.get_untracked();
        let answer = Call::to(&[]).by(&key).get_part::<GetFindUser, Brief>().await;
        // Another key may have been chosen meanwhile.
        if self.key.get_untracked() != key {
            return;
        }
        match answer {
            Ok(user) => self.who.set(Who::Known {
                name: user.username,
                kudos: user.kudos,
                escrow: user.evaluating_kudos.unwrap_or_default(),
            }),
            // A passing trouble must not hide a name that is already known.
            Err(trouble) if trouble.passing && matches!(self.who.get_untracked(), Who::Known { .. }) => {}
            Err(trouble) => self.who.set(Who::Refused(trouble)),
        }
    }

    /// Registers a pseudonymous user and uses its key.
    pub async fn register(self, name: &str) -> Result<(), Trouble> {
        let body = Register { username: name.trim().to_owned() };
        let made = Call::to(&[]).post::<PostRegister>(&body).await?;
        self.use_key(&made.api_key);
        self.fresh_key.set(Some(made.api_key));
        Ok(())
    }
}
