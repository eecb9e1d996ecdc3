//! The acts and the common reads, one method each, mirroring `throng_domain::Desk`. Each answer leaves when it is durable.
//! Reads that are not here go through [`DeskHandle::read`].

mod fleet;
mod people;

use std::sync::Arc;

use serde_json::Value;
use throng_domain::desk::answer::{
    AlchemyStatus, Ask, Asked, Lease, Performance, Popped, Progress, Register, Status, Submitted, Ticked, UserView,
    WorkerView,
};
use throng_domain::desk::moderation::Act;
use throng_domain::desk::modes::{Modes, ModesChange};
use throng_domain::model::ModelReference;
use throng_domain::offer::{Offer, Product};
use throng_domain::rating::Opinion;
use throng_domain::refusal::{AskRefusal, PopRefusal, RatingRefusal, RegisterRefusal, RequestRefusal, SubmitRefusal};
use throng_domain::standing::Roles;
use throng_domain::{GenerationId, Kind, Kudos, RequestId, UserId, WorkerId};

use super::{DeskError, DeskHandle, Turn, Unavailable};

/// What an act gives: its outcome, a refusal, or no desk.
pub type Acted<T, R> = Result<T, DeskError<R>>;

impl DeskHandle {
    async fn act<T, R>(&self, act: impl FnOnce(&mut Turn<'_>) -> Result<T, R> + Send + 'static) -> Acted<T, R>
    where
        T: Send + 'static,
        R: Send + 'static,
    {
        self.turn(act).await?.map_err(DeskError::Refused)
    }

    /// Registers a user with the next free number.
    pub async fn register(&self, register: Register) -> Acted<UserId, RegisterRefusal> {
        self.act(move |turn| turn.desk.register(&register, turn.now, turn.events)).await
    }

    /// Tells what a request would cost in all, or why it would not be admitted: the dry run.
    pub async fn try_ask(&self, ask: Ask) -> Acted<Kudos, AskRefusal> {
        self.act(move |turn| turn.desk.try_ask(&ask, turn.now)).await
    }

    /// Admits a request.
    pub async fn ask(&self, ask: Ask) -> Acted<Asked, AskRefusal> {
        self.act(move |turn| turn.desk.ask(&ask, turn.now, &mut turn.ids, turn.events)).await
    }

    /// Gives a worker what fits it best.
    pub async fn pop(&self, offer: Offer) -> Acted<Popped, PopRefusal> {
        self.act(move |turn| turn.desk.pop(&offer, turn.now, &mut turn.ids, turn.events)).await
    }

    /// Takes a result in and settles it. `caller` is the user whose key came with it.
    pub async fn submit(
        &self,
        caller: UserId,
        generation: GenerationId,
        product: Product,
    ) -> Acted<Submitted, SubmitRefusal> {
        self.act(move |turn| turn.desk.submit(caller, generation, &product, turn.now, &mut turn.ids, turn.events)).await
    }

    /// Takes notice that a worker gave up.
    pub async fn fault(&self, caller: UserId, generation: GenerationId, kind: Kind) -> Acted<RequestId, SubmitRefusal> {
        self.act(move |turn| turn.desk.fault(caller, generation, kind, turn.now, turn.events)).await
    }

    /// Cancels what is not begun, and tells the status after it.
    pub async fn cancel(&self, request: RequestId, kind: Kind) -> Acted<Status, RequestRefusal> {
        self.act(move |turn| turn.desk.cancel(request, kind, turn.now, turn.events)).await
    }

    /// Tells where each form of an alchemy request stands.
    pub async fn forms(&self, request: RequestId) -> Acted<AlchemyStatus, RequestRefusal> {
        self.act(move |turn| turn.desk.forms(request)).await
    }

    /// Cancels all forms that are not in yet, and tells where each stands after it.
    pub async fn cancel_forms(&self, request: RequestId) -> Acted<AlchemyStatus, RequestRefusal> {
        self.act(move |turn| turn.desk.cancel_forms(request, turn.now, &mut turn.ids, turn.events)).await
    }

    /// Grants kudos from the treasury; false if there is no such user or the amount is not positive.
    pub async fn grant(&self, to: UserId, amount: Kudos) -> Result<bool, Unavailable> {
        self.turn(move |turn| turn.desk.grant(to, amount, turn.now, &mut turn.ids, turn.events)).await
    }

    /// Changes a user's roles; false if there is no such user or it is the anonymous one.
    pub async fn set_roles(&self, user: UserId, roles: Roles) -> Result<bool, Unavailable> {
        self.turn(move |turn| turn.desk.set_roles(user, roles, turn.events)).await
    }

    /// Switches modes of the house, and writes it down; tells which are on then.
    pub async fn set_modes(&self, by: UserId, change: ModesChange, details: Value) -> Result<Modes, Unavailable> {
        self.turn(move |turn| {
            let modes = turn.desk.set_modes(change, turn.now, turn.events);
            turn.note(by, Act::Modes, "network", None, details);
            modes
        })
        .await
    }

    /// Takes in what somebody thinks of the pictures of a request; tells the reward.
    pub async fn rate(&self, request: RequestId, opinion: Opinion) -> Acted<Kudos, RatingRefusal> {
        self.act(move |turn| turn.desk.rate(request, &opinion, turn.now, &mut turn.ids, turn.events)).await
    }

    /// Goes by another reference of models from now on.
    pub async fn know_models(&self, models: Arc<ModelReference>) -> Result<(), Unavailable> {
        self.turn(move |turn| turn.desk.know_models(models)).await
    }

    /// Moves the clock: ends leases and lives that ran out.
    pub async fn tick(&self) -> Result<Ticked, Unavailable> {
        self.turn(|turn| turn.desk.tick(turn.now, turn.events)).await
    }

    /// Tells how far a request is.
    pub async fn check(&self, request: RequestId, kind: Kind) -> Acted<Progress, RequestRefusal> {
        self.act(move |turn| turn.desk.check(request, kind, turn.now)).await
    }

    /// Tells how far a request is and what has come of it.
    pub async fn status(&self, request: RequestId, kind: Kind) -> Acted<Status, RequestRefusal> {
        self.act(move |turn| turn.desk.status(request, kind, turn.now)).await
    }

    /// Tells what is known of a lease, live or over.
    pub async fn lease(&self, generation: GenerationId) -> Result<Option<Lease>, Unavailable> {
        self.read(move |desk| desk.lease(generation)).await
    }

    /// Tells about a user.
    pub async fn user(&self, user: UserId) -> Result<Option<UserView>, Unavailable> {
        self.read(move |desk| desk.user(user)).await
    }

    /// Tells about a worker.
    pub async fn worker(&self, worker: WorkerId) -> Result<Option<WorkerView>, Unavailable> {
        self.turn(move |turn| turn.desk.worker(worker, turn.now)).await
    }

    /// Tells about the worker of this exact name.
    pub async fn worker_by_name(&self, name: String) -> Result<Option<WorkerView>, Unavailable> {
        self.turn(move |turn| turn.desk.worker_by_name(&name, turn.now)).await
    }

    /// Lists the workers online, of one kind or all.
    pub async fn workers(&self, kind: Option<Kind>) -> Result<Vec<WorkerView>, Unavailable> {
        self.turn(move |turn| turn.desk.workers(kind, turn.now)).await
    }

    /// Tells how the house is doing.
    pub async fn performance(&self) -> Result<Performance, Unavailable> {
        self.turn(|turn| turn.desk.performance(turn.now)).await
    }
}
