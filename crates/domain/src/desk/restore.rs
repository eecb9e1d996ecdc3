//! The records: one plain struct for each hot table, so that a desk can be built from rows and written out as rows. `Records` is the
//! whole state of a desk; two desks are equal if their records are. Building the desk's indexes from them is in `desk/index.rs`.

mod fleet;
mod people;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::desk::modes::Modes;
use crate::id::{AccountId, GenerationId, JobId, RequestId, TeamId, UserId, WorkerId};
use crate::kudos::Kudos;
use crate::ledger::HoldState;
use crate::offer::{Ability, Product};
use crate::request::{Name, Request};
use crate::standing::{Identity, Roles};
use crate::suspicion::Suspicions;
use crate::time::Timestamp;

pub use self::fleet::{MessageRecord, TeamCounts, TeamRecord};
pub use self::people::{Passkey, SharedKeyRecord, UserProfile};

/// Everything the desk must not forget, each list sorted by id.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Records {
    /// Table `user`.
    pub users: Vec<UserRecord>,
    /// Table `worker`.
    pub workers: Vec<WorkerRecord>,
    /// Table `request`: those not yet gone.
    pub requests: Vec<RequestRecord>,
    /// Table `job`: those of the requests above.
    pub jobs: Vec<JobRecord>,
    /// Table `generation`: those of the requests above.
    pub generations: Vec<GenerationRecord>,
    /// Table `hold`: only the pending ones.
    pub holds: Vec<HoldRecord>,
    /// Table `account`: those ever touched.
    pub accounts: Vec<AccountRecord>,
    /// Table `shared_key`.
    #[serde(default)]
    pub shared_keys: Vec<SharedKeyRecord>,
    /// Table `team`.
    #[serde(default)]
    pub teams: Vec<TeamRecord>,
    /// Table `worker_message`.
    #[serde(default)]
    pub messages: Vec<MessageRecord>,
    /// Row `modes` of table `setting`.
    #[serde(default)]
    pub modes: Modes,
}

/// Proves who holds an API key without keeping it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyHash(pub [u8; 32]);

/// A user. Balance and escrow are accounts.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct UserRecord {
    /// The number after the `#`.
    pub id: UserId,
    /// The name before the `#`.
    pub name: Name,
    /// How much is known of who it is.
    pub identity: Identity,
    /// What the API key hashes to.
    pub key: KeyHash,
    /// When it registered.
    pub created: Timestamp,
    /// Its roles.
    pub roles: Roles,
    /// How many results it may await at once, for images and for texts each.
    pub concurrency: u32,
    /// How many workers a moderator invited it to bring.
    pub worker_invited: u32,
    /// Its workers' owner is shown.
    pub public_workers: bool,
    /// What it and moderators say about it.
    #[serde(default)]
    pub profile: UserProfile,
    /// What it has done; see [`UserCounts`].
    pub counts: UserCounts,
}

/// What a user has done, in running totals. All are absolute, so writing them twice changes nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct UserCounts {
    /// Kudos from generating, less those spent.
    pub accumulated: Kudos,
    /// Kudos given to others (negative).
    pub gifted: Kudos,
    /// Kudos got from others.
    pub received: Kudos,
    /// Kudos granted by the house, less those it took.
    pub admin: Kudos,
    /// Kudos given to schools (negative).
    pub donated: Kudos,
    /// Kudos awarded.
    pub awarded: Kudos,
    /// Kudos granted every month.
    pub recurring: Kudos,
    /// What was asked for: pixelsteps.
    pub usage_pixelsteps: u64,
    /// What was asked for: tokens.
    pub usage_tokens: u64,
    /// What its workers made: pixelsteps.
    pub contribution_pixelsteps: u64,
    /// What its workers made: tokens.
    pub contribution_tokens: u64,
    /// Image requests: one for each admission and one for each result.
    pub requests_image: u64,
    /// Text requests, counted alike.
    pub requests_text: u64,
    /// Pictures its workers made.
    pub fulfilments_image: u64,
    /// Texts its workers made.
    pub fulfilments_text: u64,
    /// The odd things it and its workers did.
    #[serde(default)]
    pub suspicions: Suspicions,
    /// Forms that were made for it.
    #[serde(default)]
    pub requests_alchemy: u64,
    /// Forms its workers made.
    #[serde(default)]
    pub fulfilments_alchemy: u64,
    /// Kudos from tips for its styles.
    #[serde(default)]
    pub styled: Kudos,
    /// Image requests of others that used its styles.
    #[serde(default)]
    pub styles_image: u64,
    /// Text requests of others that used its styles.
    #[serde(default)]
    pub styles_text: u64,
    /// Kudos of its own that went for pictures it shared; what was forgiven is not among them.
    #[serde(default)]
    pub paid_shared: Kudos,
    /// Kudos for rating such pictures: never more than it paid for them.
    #[serde(default)]
    pub rated: Kudos,
}

/// A worker.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct WorkerRecord {
    /// Its id, made at its first pop.
    pub id: WorkerId,
    /// Its owner, who alone may use its name.
    pub owner: UserId,
    /// Its name, unique among all workers.
    pub name: Name,
    /// When it first came.
    pub created: Timestamp,
    /// What the owner says about it.
    pub info: Option<Arc<str>>,
    /// It gets no job, because the house does not trust its work.
    pub paused: bool,
    /// It serves only its owner; the text says why.
    pub maintenance: Option<Arc<str>>,
    /// The team it works for.
    #[serde(default)]
    pub team: Option<TeamId>,
    /// What it said at its last check-in.
    pub profile: WorkerProfile,
    /// What it has done; see [`WorkerCounts`].
    pub counts: WorkerCounts,
}

/// What a worker said at its last check-in.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct WorkerProfile {
    /// When that was.
    pub last_check_in: Timestamp,
    /// The program, as `name:version:url`.
    pub bridge_agent: Name,
    /// The address it spoke from.
    pub address: Name,
    /// The address is known to be safe.
    pub safe_address: bool,
    /// The models it serves; the forms of an alchemist.
    pub models: Vec<Name>,
    /// It accepts lewd work.
    pub nsfw: bool,
    /// Words that no prompt given to it may hold, in lower case.
    pub blacklist: Vec<Name>,
    /// How many jobs it works on at once.
    pub threads: u16,
    /// It serves only who could pay at once.
    pub require_upfront_kudos: bool,
    /// It warns that it is extra slow.
    pub extra_slow: bool,
    /// It serves requests from unsafe addresses.
    pub allow_unsafe_address: bool,
    /// What its role adds.
    pub ability: Ability,
}

/// What a worker has done, in running totals. All are absolute, so writing them twice changes nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct WorkerCounts {
    /// Results delivered.
    pub fulfilments: u64,
    /// Generations it faulted or let run out, ever.
    pub uncompleted: u64,
    /// Those of the current hour's window.
    pub aborted: u32,
    /// When that window began.
    pub aborted_since: Timestamp,
    /// Things delivered: pixelsteps, tokens or forms.
    pub contributions: u64,
    /// Kudos for results.
    pub generated: Kudos,
    /// Kudos for uptime.
    pub uptime_kudos: Kudos,
    /// Seconds it was there.
    pub uptime_seconds: u64,
    /// The uptime up to which it has been rewarded.
    pub rewarded_seconds: u64,
    /// The last twenty speeds, oldest first, in thousandths of a thing per second; of an alchemist, the milliseconds its forms took.
    pub speeds_milli: Vec<u64>,
    /// The odd things it did.
    #[serde(default)]
    pub suspicions: Suspicions,
}

/// A request with what has become of it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RequestRecord {
    /// Its id.
    pub id: RequestId,
    /// What was asked for. This never changes.
    pub request: Arc<Request>,
    /// When it was admitted.
    pub created: Timestamp,
    /// Its place in the queue at admission: whole kudos, before ageing.
    pub priority: i64,
    /// What one result earns a worker; nothing for alchemy, where each form has a price of its own.
    pub price: Kudos,
    /// At admission the requester was trusted.
    pub requester_trusted: bool,
    /// At admission the requester was trusted or could have paid for it all.
    pub covered: bool,
    /// What has become of it.
    pub progress: RequestProgress,
}

/// The part of a request that changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RequestProgress {
    /// When it is forgotten.
    pub expires: Timestamp,
    /// It was given up after too many faults. Never for alchemy, where each form is given up by itself.
    pub faulted: bool,
    /// The requester wants no more results.
    pub cancelled: bool,
    /// What the requester has paid so far.
    pub consumed: Kudos,
    /// How many attempts have failed.
    pub faults: u16,
    /// Its pictures were rated.
    #[serde(default)]
    pub rated: bool,
}

/// One wanted result.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct JobRecord {
    /// Its request and slot.
    pub id: JobId,
    /// How many attempts were begun.
    pub attempts: u16,
    /// Where it stands.
    pub state: JobState,
}

/// Where a job stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    /// In the queue.
    Waiting,
    /// A worker is at it, by this lease.
    Leased(GenerationId),
    /// Done, by this generation.
    Done(GenerationId),
    /// Nobody wants it any more.
    Cancelled,
    /// Given up with its request.
    Faulted,
}

impl JobState {
    /// Tells whether a result may still come.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Leased(_))
    }
}

/// One worker's attempt at one job.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct GenerationRecord {
    /// Its id: the lease.
    pub id: GenerationId,
    /// The job.
    pub job: JobId,
    /// The how-manieth attempt at it, from 1. (request, slot, attempt) is unique.
    pub attempt: u16,
    /// Who is at it.
    pub worker: WorkerId,
    /// With which model; for alchemy, which form.
    pub model: Name,
    /// With which seed, as told to the worker.
    pub seed: u64,
    /// Since when.
    pub leased: Timestamp,
    /// When the lease runs out.
    pub lease_ends: Timestamp,
    /// Where it stands.
    pub state: GenerationState,
}

/// Where a generation stands. It moves once, from leased to one of the others.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GenerationState {
    /// The worker is at it.
    Leased,
    /// The result is in and paid.
    Done(Finished),
    /// The worker gave up.
    Faulted {
        /// When.
        at: Timestamp,
    },
    /// The lease ran out.
    Expired {
        /// When that was noticed.
        at: Timestamp,
    },
}

/// A finished generation.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Finished {
    /// When.
    pub at: Timestamp,
    /// What came of it.
    pub product: Product,
    /// What the worker was told it earned.
    pub reward: Kudos,
}

/// Kudos reserved for one job.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HoldRecord {
    /// The job it is for, which is also its name.
    pub job: JobId,
    /// Whose kudos.
    pub account: AccountId,
    /// How many.
    pub amount: Kudos,
    /// Whether it still holds, or how it ended.
    pub state: HoldState,
    /// How much of it was paid out, once posted.
    pub posted: Kudos,
    /// When it was placed.
    pub placed: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
}

/// An account's balance: the sum of its transfers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AccountRecord {
    /// Which account.
    pub id: AccountId,
    /// What is on it.
    pub balance: Kudos,
}
