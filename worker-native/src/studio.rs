//! The engine behind the loop's seam: one thread of its own that loads models and runs tasks one after another, so that
//! the network never waits for arithmetic. Not here: which models stay loaded, how tasks become the engine's, and the networks
//! themselves; all that is in `throng-engine`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use futures::channel::oneshot;
use futures::executor::block_on;
use throng_bridge::task::Task;
use throng_bridge::{Ability, Engine, EngineFailure, Made, Watch};
use throng_engine::registry::Model;
use throng_engine::{Device, EngineError, Shelf, work};

use crate::config::Config;

/// The door to the engine's thread.
pub(crate) struct Studio {
    orders: Sender<Order>,
    abilities: Vec<Ability>,
    device: String,
}

enum Order {
    Load { model: String, answer: oneshot::Sender<Result<(), EngineFailure>> },
    Run { task: Box<Task>, watch: Arc<Watch>, answer: oneshot::Sender<Result<Made, EngineFailure>> },
}

impl Studio {
    /// Opens the device and starts the thread; models are loaded when they are first needed.
    pub(crate) fn open(config: &Config) -> Result<Self, EngineError> {
        if let Some(threads) = config.cpu_threads {
            // Too late only if something computed before, and nothing did.
            throng_engine::device::limit_threads(threads);
        }
        let device = Device::open(config.processor)?;
        let words = device.describe().to_owned();
        let abilities = config.models.iter().map(Model::ability).collect();
        let (models, memory_mib) = (config.models.clone(), config.memory_mib);
        let (orders, queue) = channel();
        // The shelf is made on the thread and never leaves it: not every device's tensors may.
        let attend = move || attend(Shelf::new(models, device, memory_mib), &queue);
        std::thread::Builder::new().name("engine".to_owned()).spawn(attend).map_err(|source| EngineError::Device {
            processor: "cpu".to_owned(),
            why: format!("no thread could be started ({source})"),
        })?;
        Ok(Self { orders, abilities, device: words })
    }

    /// The device, for people.
    pub(crate) fn device(&self) -> &str {
        &self.device
    }

    /// Offers these models no longer.
    pub(crate) fn withdraw(&mut self, models: &[String]) {
        self.abilities.retain(|ability| !models.contains(&ability.model));
    }

    async fn ask<T>(
        &self,
        order: impl FnOnce(oneshot::Sender<Result<T, EngineFailure>>) -> Order,
    ) -> Result<T, EngineFailure> {
        let gone = || EngineFailure::Failed("the engine's thread has ended".to_owned());
        let (answer, reply) = oneshot::channel();
        self.orders.send(order(answer)).map_err(|_| gone())?;
        reply.await.map_err(|_| gone())?
    }
}

impl Engine for Studio {
    fn abilities(&self) -> Vec<Ability> {
        self.abilities.clone()
    }

    async fn load(&self, model: &str) -> Result<(), EngineFailure> {
        let model = model.to_owned();
        self.ask(|answer| Order::Load { model, answer }).await
    }

    async fn run(&self, task: &Task, watch: &Arc<Watch>) -> Result<Made, EngineFailure> {
        let (task, watch) = (Box::new(task.clone()), Arc::clone(watch));
        self.ask(|answer| Order::Run { task, watch, answer }).await
    }
}

/// The engine's thread: takes orders until the studio is gone.
fn attend(mut shelf: Shelf, queue: &Receiver<Order>) {
    for order in queue {
        // Nobody listens any more when the answer cannot be sent: the deadline was faster. Nothing is left to do then.
        match order {
            Order::Load { model, answer } => {
                let _ = answer.send(guarded(&mut shelf, |shelf| shelf.take(&model).map(|_| ())));
            }
            Order::Run { task, watch, answer } => {
                if !watch.is_cancelled() {
                    let made = guarded(&mut shelf, |shelf| {
                        block_on(work::run(shelf.take(&task.model)?, &task.work, &watch, &|| None))
                    });
                    let _ = answer.send(made);
                }
            }
        }
    }
}

/// A panic in the depths of a device library must cost one job, not the worker.
fn guarded<T>(shelf: &mut Shelf, act: impl FnOnce(&mut Shelf) -> Result<T, EngineError>) -> Result<T, EngineFailure> {
    match catch_unwind(AssertUnwindSafe(|| act(shelf))) {
        Ok(result) => result.map_err(work::failure),
        Err(panic) => {
            // What it left behind may be half done.
            shelf.clear();
            let words = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
            Err(EngineFailure::Failed(format!("it broke down: {}", words.unwrap_or("no reason given"))))
        }
    }
}
