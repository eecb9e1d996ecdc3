//! The signatures of all acts and reads while their files are being written.
#![expect(unused_variables, clippy::unimplemented, clippy::needless_pass_by_ref_mut, reason = "bodies arrive file by file")]

use super::answer::{
    Ask, Asked, Lease, ModelLoad, Performance, Popped, Progress, Register, Status, Submitted, Ticked,
    Transferred, UserView, WorkerView,
};
use super::events::Event;
use super::restore::{KeyHash, Records};
use super::{Desk, Settings};
use crate::id::{GenerationId, Ids, RequestId, UserId, WorkerId};
use crate::kind::Kind;
use crate::kudos::Kudos;
use crate::offer::{Offer, Product};
use crate::refusal::{
    AskRefusal, PopRefusal, RegisterRefusal, RequestRefusal, SubmitRefusal, TransferRefusal,
};
use crate::request::Request;
use crate::time::Timestamp;

impl Desk {
    /// Makes an empty desk, which knows only the anonymous user (number 0, key hash as given) once [`Desk::open`] has run.
    pub fn new(settings: Settings) -> Self {
        unimplemented!()
    }
    /// Adds the anonymous user if there is none. Run once after `new` or `restore`; its events are journalled like any.
    pub fn open(&mut self, anonymous_key: KeyHash, now: Timestamp, out: &mut Vec<Event>) {
        unimplemented!()
    }
    /// Builds a desk from its records, as `rebuild.rs` reads them.
    pub fn restore(settings: Settings, records: Records) -> Self {
        unimplemented!()
    }
    /// Builds a desk from all its events.
    pub fn replay(settings: Settings, events: impl IntoIterator<Item = Event>) -> Self {
        unimplemented!()
    }
    /// Applies one event.
    pub fn apply(&mut self, event: &Event) {
        unimplemented!()
    }
    /// Writes the whole state out, sorted; two desks are equal if their records are.
    pub fn records(&self) -> Records {
        unimplemented!()
    }
    /// Checks the books, the leases and the queue.
    pub fn audit(&self) -> Result<(), Vec<String>> {
        unimplemented!()
    }

    /// Registers a user with the next free number.
    pub fn register(&mut self, register: &Register, now: Timestamp, out: &mut Vec<Event>) -> Result<UserId, RegisterRefusal> {
        unimplemented!()
    }
    /// Tells what a request would cost in all (the dry run).
    pub fn quote(&self, request: &Request) -> Kudos {
        unimplemented!()
    }
    /// Admits a request.
    pub fn ask(&mut self, ask: &Ask, now: Timestamp, ids: &mut dyn Ids, out: &mut Vec<Event>) -> Result<Asked, AskRefusal> {
        unimplemented!()
    }
    /// Gives a worker what fits it best: pictures or texts, by its ability. Registers it at its first pop. A refusal for maintenance
    /// may come after a check-in: its events in `out` are journalled all the same.
    pub fn pop(&mut self, offer: &Offer, now: Timestamp, ids: &mut dyn Ids, out: &mut Vec<Event>) -> Result<Popped, PopRefusal> {
        unimplemented!()
    }
    /// Takes a result in and settles it. `caller` is the user whose key came with it.
    pub fn submit(&mut self, caller: UserId, generation: GenerationId, product: &Product, now: Timestamp, ids: &mut dyn Ids, out: &mut Vec<Event>) -> Result<Submitted, SubmitRefusal> {
        unimplemented!()
    }
    /// Takes notice that a worker gave up.
    pub fn fault(&mut self, caller: UserId, generation: GenerationId, kind: Kind, now: Timestamp, out: &mut Vec<Event>) -> Result<RequestId, SubmitRefusal> {
        unimplemented!()
    }
    /// Cancels what is not begun, and tells the status after it.
    pub fn cancel(&mut self, request: RequestId, kind: Kind, now: Timestamp, out: &mut Vec<Event>) -> Result<Status, RequestRefusal> {
        unimplemented!()
    }
    /// Moves kudos from user to user.
    pub fn transfer(&mut self, from: UserId, to: UserId, amount: Kudos, now: Timestamp, ids: &mut dyn Ids, out: &mut Vec<Event>) -> Result<Transferred, TransferRefusal> {
        unimplemented!()
    }
    /// Grants kudos from the treasury; false if there is no such user or the amount is not positive.
    pub fn grant(&mut self, to: UserId, amount: Kudos, now: Timestamp, ids: &mut dyn Ids, out: &mut Vec<Event>) -> bool {
        unimplemented!()
    }
    /// Moves the clock: ends leases and lives that ran out. Due every second.
    pub fn tick(&mut self, now: Timestamp, out: &mut Vec<Event>) -> Ticked {
        unimplemented!()
    }

    /// Tells how far a request is.
    pub fn check(&self, request: RequestId, kind: Kind, now: Timestamp) -> Result<Progress, RequestRefusal> {
        unimplemented!()
    }
    /// Tells how far a request is and what has come of it.
    pub fn status(&self, request: RequestId, kind: Kind, now: Timestamp) -> Result<Status, RequestRefusal> {
        unimplemented!()
    }
    /// Tells what is known of a lease, live or over.
    pub fn lease(&self, generation: GenerationId) -> Option<Lease> {
        unimplemented!()
    }
    /// Finds whose key it is.
    pub fn user_by_key(&self, key: &KeyHash) -> Option<UserId> {
        unimplemented!()
    }
    /// Tells about a user.
    pub fn user(&self, user: UserId) -> Option<UserView> {
        unimplemented!()
    }
    /// Lists one page of users, richest first or oldest first.
    pub fn users(&self, by_age: bool, skip: usize, take: usize) -> Vec<UserView> {
        unimplemented!()
    }
    /// Tells about a worker.
    pub fn worker(&self, worker: WorkerId, now: Timestamp) -> Option<WorkerView> {
        unimplemented!()
    }
    /// Tells about the worker of this exact name.
    pub fn worker_by_name(&self, name: &str, now: Timestamp) -> Option<WorkerView> {
        unimplemented!()
    }
    /// Lists the workers online, of one kind or all.
    pub fn workers(&self, kind: Option<Kind>, now: Timestamp) -> Vec<WorkerView> {
        unimplemented!()
    }
    /// Lists all workers of a user.
    pub fn workers_of(&self, user: UserId, now: Timestamp) -> Vec<WorkerView> {
        unimplemented!()
    }
    /// Tells how each model of a kind is doing: those served, and known ones that are asked for.
    pub fn models(&self, kind: Kind, now: Timestamp) -> Vec<ModelLoad> {
        unimplemented!()
    }
    /// Tells how the house is doing.
    pub fn performance(&self, now: Timestamp) -> Performance {
        unimplemented!()
    }
}
