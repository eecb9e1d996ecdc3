//! The engine behind the loop's seam, in a tab: models on one device, run step by step with the rests that good manners ask for.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures::lock::Mutex;
use throng_bridge::task::Task;
use throng_bridge::{Ability, Engine, EngineFailure, Made, Watch};
use throng_engine::device::WebGpu;
use throng_engine::registry::Model;
use throng_engine::{Device, Rest, Shelf, work};
use throng_lend::duty::rest_after;

use crate::browser;

/// Work is measured in stretches of at least this length: a browser's timer cannot rest for less than some milliseconds.
const STRETCH: Duration = Duration::from_millis(40);
/// How often somebody who is held back looks whether they still are.
const HOLD_LOOK: Duration = Duration::from_millis(50);
/// A device that answered this recently is taken to be well.
const WELL_FOR: Duration = Duration::from_secs(10);
/// Weights may take what the browser gives; it is the device that says no.
const MEMORY_MIB: u64 = 1 << 20;

/// The engine of a tab.
pub(crate) struct Studio {
    shelf: Mutex<Shelf>,
    abilities: RefCell<Vec<Ability>>,
    /// How large each model's files are, by name.
    bytes: HashMap<String, u64>,
    /// The graphics card; none when the processor computes.
    card: Option<WebGpu>,
    pacer: Rc<Pacer>,
    well_at: Cell<Duration>,
    lost: RefCell<Option<String>>,
}

/// How hard to work.
struct Pacer {
    duty: Cell<u8>,
    held: Cell<bool>,
    /// When the present stretch of work began.
    since: Cell<Duration>,
}

impl Studio {
    /// A studio on a device, with models that may be loaded.
    pub(crate) fn new(device: Device, card: Option<WebGpu>, models: Vec<Model>, duty: u8) -> Self {
        let abilities = RefCell::new(models.iter().map(Model::ability).collect());
        let bytes = models.iter().map(|model| (model.name.clone(), model.bytes)).collect();
        let now = browser::now();
        Self {
            shelf: Mutex::new(Shelf::new(models, device, MEMORY_MIB)),
            abilities,
            bytes,
            card,
            pacer: Rc::new(Pacer { duty: Cell::new(duty), held: Cell::new(false), since: Cell::new(now) }),
            well_at: Cell::new(now),
            lost: RefCell::new(None),
        }
    }

    /// Changes the share of the time that may be spent computing, in percent.
    pub(crate) fn set_duty(&self, duty: u8) {
        self.pacer.duty.set(duty);
    }

    /// Holds work back between two steps, or lets it go on.
    pub(crate) fn hold(&self, held: bool) {
        self.pacer.held.set(held);
    }

    /// Whether work is held back.
    pub(crate) fn is_held(&self) -> bool {
        self.pacer.held.get()
    }

    /// Offers a model no longer.
    pub(crate) fn withdraw(&self, model: &str) {
        self.abilities.borrow_mut().retain(|ability| ability.model != model);
    }

    /// How large a model's files are, in bytes.
    pub(crate) fn bytes(&self, model: &str) -> u64 {
        self.bytes.get(model).copied().unwrap_or(0)
    }

    /// Why the device was lost, if it was.
    pub(crate) fn lost(&self) -> Option<String> {
        self.lost.borrow().clone()
    }

    /// Whether the device still answers; asked now and then, since a lost one says nothing by itself.
    pub(crate) async fn is_well(&self) -> bool {
        if self.lost.borrow().is_some() {
            return false;
        }
        browser::now().saturating_sub(self.well_at.get()) < WELL_FOR || self.probe().await
    }

    async fn probe(&self) -> bool {
        let Some(card) = &self.card else { return true };
        match card.probe().await {
            Ok(()) => {
                self.well_at.set(browser::now());
                true
            }
            Err(error) => {
                self.lost.borrow_mut().get_or_insert(error.to_string());
                false
            }
        }
    }
}

impl Pacer {
    /// What to rest for now; none to go on at once.
    fn rest(self: &Rc<Self>) -> Option<Rest> {
        let worked = browser::now().saturating_sub(self.since.get());
        if worked < STRETCH && !self.held.get() {
            return None;
        }
        let rest = rest_after(worked, self.duty.get());
        let pacer = Rc::clone(self);
        Some(Box::pin(async move {
            // Also for no time at all: orders of the page come in only while nothing computes.
            browser::sleep(rest).await;
            while pacer.held.get() {
                browser::sleep(HOLD_LOOK).await;
            }
            pacer.since.set(browser::now());
        }))
    }
}

impl Engine for Studio {
    fn abilities(&self) -> Vec<Ability> {
        self.abilities.borrow().clone()
    }

    async fn load(&self, model: &str) -> Result<(), EngineFailure> {
        self.shelf.lock().await.take(model).map(drop).map_err(work::failure)
    }

    async fn run(&self, task: &Task, watch: &Arc<Watch>) -> Result<Made, EngineFailure> {
        let mut shelf = self.shelf.lock().await;
        let model = shelf.take(&task.model).map_err(work::failure)?;
        self.pacer.since.set(browser::now());
        let pacer = Rc::clone(&self.pacer);
        let made = work::run(model, &task.work, watch, &|| pacer.rest()).await;
        match made {
            Ok(made) => {
                self.well_at.set(browser::now());
                Ok(made)
            }
            Err(error) => {
                let failure = work::failure(error);
                // It may have been the device: then the page starts a new worker.
                if let EngineFailure::Failed(_) = failure {
                    self.probe().await;
                }
                Err(failure)
            }
        }
    }
}
