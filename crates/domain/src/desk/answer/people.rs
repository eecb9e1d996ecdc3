//! What the desk is asked about people: gifts, changes to users, shared keys.

use std::sync::Arc;

use uuid::Uuid;

use crate::desk::restore::{Passkey, SharedKeyRecord, UserRecord};
use crate::id::{SharedKeyId, UserId};
use crate::kudos::Kudos;
use crate::request::Name;
use crate::time::Span;

/// Kudos from user to user.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gift {
    /// Who gives.
    pub from: UserId,
    /// Who gets.
    pub to: Recipient,
    /// How much.
    pub amount: Kudos,
    /// What names the transfer, from a caller that may say the same twice; it looks whether the transfer is there before it asks again.
    pub cause: Option<Uuid>,
}

impl Gift {
    /// A gift that is given once.
    pub fn new(from: UserId, to: UserId, amount: Kudos) -> Self {
        Self { from, to: Recipient::User(to), amount, cause: None }
    }
}

/// Who gets kudos.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Recipient {
    /// A user.
    User(UserId),
    /// The owner of a shared key, whose allowance grows with it.
    Key(SharedKeyId),
}

/// In whose name a user is changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Authority {
    /// Who asks for it.
    pub caller: UserId,
    /// The operator named the caller as an administrator.
    pub admin: bool,
}

/// What shall be changed about a user; what is none stays as it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UserEdit {
    /// Added to the balance, or taken from it. Administrators.
    pub kudos: Option<Kudos>,
    /// Added to the monthly grant. Administrators.
    pub monthly: Option<Kudos>,
    /// How much of its use is recorded, in hundredths. Administrators.
    pub usage_hundredths: Option<u32>,
    /// The role. Administrators.
    pub moderator: Option<bool>,
    /// Results it may await. Moderators, as all that follows until said otherwise.
    pub concurrency: Option<u32>,
    /// Workers it was invited to bring.
    pub worker_invited: Option<u32>,
    /// The role.
    pub trusted: Option<bool>,
    /// The role.
    pub flagged: Option<bool>,
    /// The role.
    pub customizer: Option<bool>,
    /// The role.
    pub vpn: Option<bool>,
    /// The role.
    pub service: Option<bool>,
    /// The role.
    pub special: Option<bool>,
    /// The role, with a concurrency of its own.
    pub education: Option<bool>,
    /// It is beyond suspicion again.
    pub reset_suspicion: bool,
    /// What moderators note.
    pub admin_comment: Option<Arc<str>>,
    /// Its workers' owner is shown. The user itself, as all that follows.
    pub public_workers: Option<bool>,
    /// The name before the `#`.
    pub name: Option<Name>,
    /// Where to reach it.
    pub contact: Option<Arc<str>>,
    /// A new passkey, for a service account.
    pub passkey: Option<Passkey>,
    /// It wants to stay after all.
    pub undelete: bool,
    /// The first of these texts that is foul, if any is; whoever asks here has looked.
    pub foul: Option<FoulText>,
}

/// A text about a user that others read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FoulText {
    /// Its name.
    Name,
    /// Where to reach it.
    Contact,
    /// What moderators note.
    Comment,
}

/// What shall be changed about a shared key, or be otherwise than usual about a new one; what is none stays as it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SharedKeyChange {
    /// What its owner calls it.
    pub name: Option<Name>,
    /// How long it lives on from now; for ever.
    pub life: Option<Option<Span>>,
    /// What may be spent with it from now on; all its owner has.
    pub allowance: Option<Option<Kudos>>,
    /// Pixels of a picture; any.
    pub max_image_pixels: Option<Option<u64>>,
    /// Steps of a picture; any.
    pub max_image_steps: Option<Option<u32>>,
    /// Tokens of a text; any.
    pub max_text_tokens: Option<Option<u32>>,
}

/// A shared key with its owner.
#[derive(Clone, PartialEq, Debug)]
pub struct SharedKeyView {
    /// The key.
    pub record: Arc<SharedKeyRecord>,
    /// Who pays.
    pub owner: Arc<UserRecord>,
}
