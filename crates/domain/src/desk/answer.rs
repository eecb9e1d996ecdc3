//! What the desk is asked and what it answers: plain values that own all they hold, so that they can leave after the commit of the batch
//! they saw. How they look on the wire is not here.

mod alchemy;
mod fleet;
mod people;

use std::sync::Arc;

use uuid::Uuid;

pub use self::alchemy::{AlchemyState, AlchemyStatus, FormAssignment, FormState, FormStatus};
use crate::desk::restore::{Finished, KeyHash, MessageRecord, TeamRecord, UserRecord, WorkerRecord};
use crate::id::{GenerationId, RequestId, SharedKeyId, UserId, WorkerId};
use crate::kudos::Kudos;
use crate::request::{Name, Request};
use crate::standing::Identity;
use crate::time::Timestamp;

pub use self::fleet::{
    MessageFilter, NewMessage, NewTeam, Said, TeamChoice, TeamEdit, TeamEdited, TeamView, Validity, WorkerDeleted,
    WorkerEdit, WorkerEdited,
};
pub use self::people::{Authority, FoulText, Gift, Recipient, SharedKeyChange, SharedKeyView, UserEdit};

/// A new user.
#[derive(Clone, PartialEq, Debug)]
pub struct Register {
    /// The name, already sanitised.
    pub name: Name,
    /// How much is known of who it is; never anonymous.
    pub identity: Identity,
    /// What its API key hashes to.
    pub key: KeyHash,
}

/// A request to be admitted.
#[derive(Clone, PartialEq, Debug)]
pub struct Ask {
    /// What is wanted.
    pub request: Request,
    /// Rather shrink the request than refuse it for want of kudos.
    pub allow_downgrade: bool,
    /// The id it shall have, from a caller that may say the same twice: a request of this id that is there already answers for it.
    pub id: Option<RequestId>,
}

/// A request was admitted.
#[derive(Clone, PartialEq, Debug)]
pub struct Asked {
    /// Its id.
    pub request: RequestId,
    /// What one result earns a worker.
    pub price: Kudos,
    /// A worker that could serve it is online now.
    pub possible: bool,
    /// It was shrunk for want of kudos.
    pub downgraded: bool,
}

/// What a worker takes home from a pop.
#[derive(Clone, PartialEq, Debug)]
pub struct Popped {
    /// The worker, known from now on if it was new.
    pub worker: WorkerId,
    /// The work, if there was any that fits.
    pub assignment: Option<Assignment>,
    /// What an alchemist takes home instead: forms of any requests, each with a lease of its own.
    pub forms: Vec<FormAssignment>,
    /// Why there was none; all zero with work.
    pub skipped: Skipped,
    /// What the house has to say to the worker.
    pub messages: Vec<Message>,
}

impl Popped {
    /// Takes nothing home, and does not know why yet.
    pub fn nothing(worker: WorkerId, messages: Vec<Message>) -> Self {
        Self { worker, assignment: None, forms: Vec::new(), skipped: Skipped::default(), messages }
    }
}

/// One batch of generations of one request.
#[derive(Clone, PartialEq, Debug)]
pub struct Assignment {
    /// Whose request.
    pub request_id: RequestId,
    /// What is to be made.
    pub request: Arc<Request>,
    /// One lease for each result to be made; never empty.
    pub generations: Vec<GenerationId>,
    /// With which of the worker's models.
    pub model: Name,
    /// With which seed, for the whole batch.
    pub seed: u64,
    /// For how long the leases hold.
    pub lease_seconds: u64,
    /// The bridge understands source pictures by URL.
    pub takes_source_urls: bool,
    /// The bridge understands source pictures at all.
    pub takes_sources: bool,
}

/// A word from the house to a worker.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// Its id.
    pub id: Uuid,
    /// What it says.
    pub text: Arc<str>,
    /// Who says it.
    pub origin: Arc<str>,
    /// Until when it is repeated.
    pub expires: Timestamp,
}

/// How many waiting requests were not given, by reason. One request can count under several.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Skipped {
    /// Meant for other workers, or not for this one.
    pub worker_id: u32,
    /// Too much for a slow worker.
    pub performance: u32,
    /// Lewd.
    pub nsfw: u32,
    /// For trusted owners only.
    pub untrusted: u32,
    /// Naming other models.
    pub models: u32,
    /// Beyond what the bridge can do.
    pub bridge_version: u32,
    /// From an unsafe address.
    pub unsafe_ip: u32,
    /// From a source picture.
    pub img2img: u32,
    /// In- or outpainting.
    pub painting: u32,
    /// With post-processors.
    pub post_processing: u32,
    /// With LoRAs.
    pub lora: u32,
    /// With a ControlNet.
    pub controlnet: u32,
    /// Too large.
    pub max_pixels: u32,
    /// Not paid upfront.
    pub kudos: u32,
    /// Holding a blacklisted word.
    pub blacklist: u32,
    /// With too many steps.
    pub step_count: u32,
    /// Too long a text.
    pub max_length: u32,
    /// Too long a context.
    pub max_context_length: u32,
    /// With a soft prompt the worker lacks.
    pub matching_softprompt: u32,
}

/// A result was accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Submitted {
    /// What the worker is told it earned.
    pub reward: Kudos,
    /// The request it was for.
    pub request: RequestId,
    /// This very result was in already; nothing moved.
    pub repeated: bool,
}

/// A gift was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Transferred {
    /// How much moved.
    pub amount: Kudos,
}

/// How far a request is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Results that are in.
    pub finished: u32,
    /// Results being made.
    pub processing: u32,
    /// Attempts that failed.
    pub restarted: u32,
    /// Results nobody is at yet.
    pub waiting: u32,
    /// Nothing more will come.
    pub done: bool,
    /// It was given up.
    pub faulted: bool,
    /// Estimated seconds until all is in.
    pub wait_seconds: u64,
    /// Its place in the queue from 1; 0 when nothing of it waits.
    pub queue_position: u32,
    /// What the requester has paid for results so far.
    pub consumed: Kudos,
    /// A worker that could serve it is online, or one is at it.
    pub possible: bool,
}

/// How far a request is, and what has come of it.
#[derive(Clone, PartialEq, Debug)]
pub struct Status {
    /// How far it is.
    pub progress: Progress,
    /// What was asked for.
    pub request: Arc<Request>,
    /// What is in, in the order it came in.
    pub results: Vec<Outcome>,
}

/// One result as its requester sees it.
#[derive(Clone, PartialEq, Debug)]
pub struct Outcome {
    /// The generation it came from.
    pub generation: GenerationId,
    /// Who made it.
    pub worker: WorkerId,
    /// The worker's name; empty if it was deleted since.
    pub worker_name: Name,
    /// With which model.
    pub model: Name,
    /// The result itself.
    pub finished: Finished,
}

/// What is known of a lease; what routes need before they take a result in.
#[derive(Clone, PartialEq, Debug)]
pub struct Lease {
    /// The request.
    pub request_id: RequestId,
    /// What was asked for.
    pub request: Arc<Request>,
    /// Who is at it.
    pub worker: WorkerId,
    /// Who owns that worker.
    pub owner: UserId,
    /// It still runs.
    pub live: bool,
}

/// A user with what is hot about it.
#[derive(Clone, PartialEq, Debug)]
pub struct UserView {
    /// The user.
    pub record: Arc<UserRecord>,
    /// What it could spend if nothing were reserved; may lie below the floor until the first debit.
    pub balance: Kudos,
    /// What awaits its being trusted.
    pub escrow: Kudos,
    /// What is reserved of the balance.
    pub held: Kudos,
    /// Its workers.
    pub workers: Vec<WorkerId>,
    /// Requests not yet forgotten, pictures.
    pub active_images: Vec<RequestId>,
    /// Requests not yet forgotten, texts.
    pub active_texts: Vec<RequestId>,
    /// The keys it shares.
    pub shared_keys: Vec<SharedKeyId>,
    /// Requests not yet forgotten, alchemy.
    pub active_alchemy: Vec<RequestId>,
    /// How many of its workers are alchemists.
    pub alchemists: usize,
}

/// A worker with what follows from its record.
#[derive(Clone, PartialEq, Debug)]
pub struct WorkerView {
    /// The worker.
    pub record: Arc<WorkerRecord>,
    /// Its owner.
    pub owner: Arc<UserRecord>,
    /// It was here lately.
    pub online: bool,
    /// Mean of its last speeds in thousandths of a thing per second, if it has done anything; of an alchemist, the mean milliseconds a
    /// form took.
    pub speed_milli: Option<u64>,
    /// The team it works for.
    pub team: Option<Arc<TeamRecord>>,
    /// What it is told alone, not what all are told.
    pub messages: Vec<Arc<MessageRecord>>,
    /// Its bridge can start from a picture, and it wants to.
    pub img2img: bool,
    /// Its bridge can paint, and it wants to.
    pub painting: bool,
}

/// How a model is doing.
#[derive(Clone, PartialEq, Debug)]
pub struct ModelLoad {
    /// Its name.
    pub name: Name,
    /// Threads of the workers that serve it.
    pub threads: u32,
    /// Mean speed of the last hour in thousandths of a thing per second; 0 if none.
    pub speed_milli: u64,
    /// Things of waiting requests that name it.
    pub queued_things: u64,
    /// Results waiting or being made for requests that name it.
    pub jobs: u32,
    /// Seconds until the queue is empty; 10 000 if nobody serves it.
    pub eta_seconds: u64,
}

/// How a kind is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct KindLoad {
    /// Results waiting or being made, of requests with something waiting.
    pub queued_requests: u64,
    /// Things of waiting requests.
    pub queued_things: u64,
    /// Things delivered in the past minute.
    pub past_minute_things: u64,
    /// Workers online.
    pub workers: u32,
    /// Their threads.
    pub threads: u32,
}

/// How the house is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Performance {
    /// Pictures; things are pixelsteps.
    pub image: KindLoad,
    /// Texts; things are tokens.
    pub text: KindLoad,
    /// Alchemy; requests and things are forms.
    pub alchemy: KindLoad,
}

/// What the clock's tick did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Ticked {
    /// Leases that ran out.
    pub rescued: u32,
    /// Requests forgotten.
    pub forgotten: u32,
    /// More is due than one tick may do.
    pub more: bool,
}
