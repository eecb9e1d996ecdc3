//! An engine with no model, for tests alone: it answers at once, or fails, hangs or is slow on request. No worker that a
//! user runs contains it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use throng_domain::kind::Kind;

use crate::clock::Clock;
use crate::engine::{Engine, EngineFailure, Made, Piece, Watch};
use crate::offer::{Ability, Terms};
use crate::task::{Task, Work};

/// A blue square of 64 by 64 pixels, as lossless WebP.
pub const PICTURE: [u8; 44] = [
    0x52, 0x49, 0x46, 0x46, 0x24, 0x00, 0x00, 0x00, 0x57, 0x45, 0x42, 0x50, 0x56, 0x50, 0x38, 0x4c, 0x17, 0x00, 0x00,
    0x00, 0x2f, 0x3f, 0xc0, 0x0f, 0x00, 0x07, 0x50, 0xbc, 0xa2, 0x14, 0xb9, 0xff, 0x01, 0x20, 0x21, 0xfc, 0x7f, 0xaf,
    0x45, 0xf4, 0x3f, 0xf5, 0x03, 0x00,
];

/// What the parrot does with a task; without a word it answers at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Answers at once.
    Answer,
    /// Answers one piece fewer than was asked for.
    AnswerTooFew,
    /// Answers after a while.
    Slow(Duration),
    /// Never answers.
    Hang,
    /// Fails with these words.
    Fault(String),
    /// Cannot load its model.
    FailToLoad(String),
}

/// An engine with no model.
#[derive(Debug)]
pub struct Parrot<C> {
    clock: C,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    abilities: Vec<Ability>,
    acts: VecDeque<Act>,
    tasks: Vec<Task>,
    watch: Option<Arc<Watch>>,
}

impl<C: Clock> Parrot<C> {
    /// A parrot that paints and talks, and acts as told, one act for each task.
    pub fn new(clock: C, acts: impl IntoIterator<Item = Act>) -> Self {
        let ability = |model: &str, kind| Ability { model: model.to_owned(), kind, img2img: true, inpainting: false };
        let abilities = vec![ability("parrot-paint", Kind::Image), ability("parrot-talk", Kind::Text)];
        let acts = acts.into_iter().collect();
        Self { clock, state: Mutex::new(State { abilities, acts, tasks: Vec::new(), watch: None }) }
    }

    /// Forgets abilities.
    pub fn keep(&self, wanted: impl FnMut(&Ability) -> bool) {
        self.state().abilities.retain(wanted);
    }

    /// The tasks it was given.
    pub fn tasks(&self) -> Vec<Task> {
        self.state().tasks.clone()
    }

    /// The watch of its last task.
    pub fn last_watch(&self) -> Option<Arc<Watch>> {
        self.state().watch.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C: Clock> Engine for Parrot<C> {
    fn abilities(&self) -> Vec<Ability> {
        self.state().abilities.clone()
    }

    async fn load(&self, _: &str) -> Result<(), EngineFailure> {
        let mut state = self.state();
        if let Some(Act::FailToLoad(why)) = state.acts.front().cloned() {
            state.acts.pop_front();
            return Err(EngineFailure::Failed(why));
        }
        Ok(())
    }

    async fn run(&self, task: &Task, watch: &Arc<Watch>) -> Result<Made, EngineFailure> {
        let act = {
            let mut state = self.state();
            state.tasks.push(task.clone());
            state.watch = Some(Arc::clone(watch));
            state.acts.pop_front().unwrap_or(Act::Answer)
        };
        let mut made = answer(&task.work);
        match act {
            Act::Answer => {}
            Act::AnswerTooFew => drop(made.pieces.pop()),
            Act::Slow(time) => self.clock.sleep(time).await,
            Act::Hang => std::future::pending().await,
            Act::Fault(why) | Act::FailToLoad(why) => return Err(EngineFailure::Failed(why)),
        }
        watch.progress(1, 1);
        Ok(made)
    }
}

fn answer(work: &Work) -> Made {
    let pieces = match work {
        Work::Image(image) => {
            let picture = |seed| Piece::Picture { webp: PICTURE.to_vec(), seed };
            (0..u64::from(image.count)).map(|number| picture(image.seed.wrapping_add(number))).collect()
        }
        Work::Text(text) => vec![Piece::Text { text: format!("{} said the parrot", text.prompt), tokens: 3, seed: 0 }],
    };
    Made { pieces }
}

/// The terms of a parrot's owner.
pub fn terms() -> Terms {
    Terms {
        name: "polly".to_owned(),
        text_name: "polly the scribe".to_owned(),
        agent: "Throng Worker:0.1.0:unknown".to_owned(),
        threads: 1,
        nsfw: false,
        pixels_max: 512 * 512,
        length_max: 512,
        context_length_max: 2048,
        priority_usernames: Vec::new(),
        blacklist: Vec::new(),
        upfront_kudos_required: false,
        unsafe_addresses: true,
    }
}
