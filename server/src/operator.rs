//! What an operator does from the command line while no server leads: users and grants. It takes the lead for a moment, so it can
//! never run beside a working server. Not here: the same over HTTP (`routes`).

pub mod acts;
pub mod keeping;
pub mod ratings;

use std::sync::Arc;

use sqlx::postgres::PgConnectOptions;
use throng_domain::desk::Settings;
use throng_domain::desk::answer::{Authority, Register, UserEdit, UserView};
use throng_domain::desk::restore::KeyHash;
use throng_domain::refusal::{EditRefusal, RegisterRefusal};
use throng_domain::standing::Identity;
use throng_domain::{Desk, Event, Kudos, Timestamp, UserId};

use crate::app::{ANONYMOUS_KEY, StartError};
use crate::clock::{Clock, Ids};
use crate::desk::Chance;
use crate::journal::{Journal, JournalError};
use crate::leader::Lead;
use crate::rebuild::{self, RebuildError};
use crate::secret::{self, Secret};

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// A server is running.
    #[error("a server is running on this database: stop it first, or use its page")]
    Leading,
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The tables could not be read back.
    #[error(transparent)]
    Rebuild(#[from] RebuildError),
    /// The change could not be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// There is no usable secret.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The rules said no.
    #[error(transparent)]
    Register(#[from] RegisterRefusal),
    /// There is no such user, or nothing to grant.
    #[error("there is no user {0}, or the amount is not above zero")]
    NoGrant(UserId),
    /// There is no such user.
    #[error("there is no user {0}")]
    NoUser(UserId),
    /// There is no such role.
    #[error("there is no role {0}")]
    NoRole(String),
    /// The rules said no.
    #[error(transparent)]
    Edit(#[from] EditRefusal),
}

/// The means of an operator.
#[derive(Debug)]
pub struct Operator {
    /// Where the database is.
    pub options: PgConnectOptions,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub ids: Arc<Ids>,
    /// Hashes keys.
    pub secret: Secret,
}

impl Operator {
    /// Registers a user; returns its number and its key, which is shown this once.
    pub async fn create_user(&self, name: &str) -> Result<(UserId, String), OperatorError> {
        let key = secret::draw_key(&self.ids);
        let register =
            Register { name: name.into(), identity: Identity::Pseudonymous, key: KeyHash(self.secret.key_hash(&key)) };
        let user = self.at_the_desk(|desk, now, _, events| desk.register(&register, now, events)).await??;
        Ok((user, key))
    }

    /// Gives a user who lost its key another one, which is shown this once; the old one opens nothing any more.
    pub async fn new_key(&self, user: UserId) -> Result<String, OperatorError> {
        let key = secret::draw_key(&self.ids);
        let hash = KeyHash(self.secret.key_hash(&key));
        let changed = self.at_the_desk(|desk, _, _, events| desk.change_key(user, hash, events)).await?;
        if changed { Ok(key) } else { Err(OperatorError::NoUser(user)) }
    }

    /// Lists the users whose name holds a text, oldest first.
    pub async fn list(&self, name: &str) -> Result<Vec<UserView>, OperatorError> {
        let name = name.to_lowercase();
        let mut users = self.at_the_desk(|desk, _, _, _| desk.users(true, 0, usize::MAX)).await?;
        users.retain(|user| user.record.name.to_lowercase().contains(&name));
        Ok(users)
    }

    /// Grants kudos from the treasury.
    pub async fn grant(&self, user: UserId, amount: Kudos) -> Result<(), OperatorError> {
        let granted = self.at_the_desk(|desk, now, ids, events| desk.grant(user, amount, now, ids, events)).await?;
        if granted { Ok(()) } else { Err(OperatorError::NoGrant(user)) }
    }

    /// Gives a user a role, or takes it: so the first moderator comes to be.
    pub async fn set_role(&self, user: UserId, role: &str, on: bool) -> Result<(), OperatorError> {
        let mut edit = UserEdit::default();
        let wish = match role {
            "moderator" => &mut edit.moderator,
            "trusted" => &mut edit.trusted,
            "flagged" => &mut edit.flagged,
            "customizer" => &mut edit.customizer,
            "vpn" => &mut edit.vpn,
            "service" => &mut edit.service,
            "education" => &mut edit.education,
            "special" => &mut edit.special,
            _ => return Err(OperatorError::NoRole(role.to_owned())),
        };
        *wish = Some(on);
        let by = Authority { caller: user, admin: true };
        self.at_the_desk(|desk, now, ids, events| desk.edit_user(by, user, &edit, None, now, ids, events)).await??;
        Ok(())
    }

    /// Shows a user.
    pub async fn show(&self, user: UserId) -> Result<UserView, OperatorError> {
        self.at_the_desk(|desk, _, _, _| desk.user(user)).await?.ok_or(OperatorError::NoUser(user))
    }

    async fn at_the_desk<T>(
        &self,
        act: impl FnOnce(&mut Desk, Timestamp, &mut Chance<'_>, &mut Vec<Event>) -> T,
    ) -> Result<T, OperatorError> {
        let now = self.clock.now();
        let lead = Lead::try_take(&self.options, "an operator", now).await?;
        let mut lead = lead.ok_or(OperatorError::Leading)?;
        let mut desk = Desk::restore(Settings::default(), rebuild::records(&mut lead.connection).await?);
        let (now, mut events) = (Timestamp(now.timestamp_micros()), Vec::new());
        desk.open(KeyHash(self.secret.key_hash(ANONYMOUS_KEY)), now, &mut events);
        let outcome = act(&mut desk, now, &mut Chance(&self.ids), &mut events);
        let mut journal = Journal::new(lead, self.options.clone());
        journal.write(&events, now).await?;
        journal.close().await?;
        Ok(outcome)
    }
}
