//! What the loop needs beside network and engine: the browser's time and chance, and a logbook that tells the page.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use throng_bridge::outcome::Settled;
use throng_bridge::{Chance, Clock, Kind, Logbook, Note, Watch};
use throng_lend::Report;
use throng_lend::messages::{Craft, Pay};

use crate::browser;
use crate::port::tell;

/// Often enough to look alive.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(200);

/// The shell of a worker in a tab.
#[derive(Debug, Default)]
pub(crate) struct Tab {
    /// Counts jobs, so that whoever follows one notices that it is over.
    job: Rc<Cell<u64>>,
}

impl Tab {
    fn follow(&self, watch: &Arc<Watch>) {
        let (job, watch) = (Rc::clone(&self.job), Arc::clone(watch));
        let followed = job.get();
        wasm_bindgen_futures::spawn_local(async move {
            let mut told = (0, 0);
            while job.get() == followed {
                let (step, of) = watch.read();
                if (step, of) != told {
                    told = (step, of);
                    tell(&Report::Progress { step, of });
                }
                browser::sleep(PROGRESS_INTERVAL).await;
            }
        });
    }
}

impl Clock for Tab {
    fn now(&self) -> Duration {
        browser::now()
    }

    async fn sleep(&self, time: Duration) {
        browser::sleep(time).await;
    }
}

impl Chance for Tab {
    fn fraction(&self) -> f64 {
        js_sys::Math::random()
    }
}

impl Logbook for Tab {
    fn note(&self, note: &Note<'_>) {
        match note {
            Note::Began { kind, model, summary, generations, watch, .. } => {
                tell(&Report::Began {
                    craft: craft(*kind),
                    model: (*model).to_owned(),
                    summary: (*summary).to_owned(),
                    generations: generations.to_vec(),
                });
                self.follow(watch);
            }
            Note::Ended { .. } => {
                self.job.set(self.job.get() + 1);
                tell(&Report::Free);
            }
            Note::Delivered { kind, generation, settled, time, .. } => tell(&Report::Delivered {
                craft: craft(*kind),
                generation: (*generation).to_owned(),
                pay: pay(settled),
                took_ms: u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
            }),
            Note::Faulted { generation, fault, told, .. } => {
                tell(&Report::Faulted { generation: (*generation).to_owned(), why: fault.to_string(), told: *told })
            }
            Note::Nothing { kind, skipped } => {
                let waiting = skipped.iter().filter(|(_, count)| **count > 0);
                let reasons = waiting.map(|(reason, _)| reason.clone()).collect();
                tell(&Report::Nothing { craft: craft(*kind), reasons });
            }
            Note::Message(words) => tell(&Report::Told((*words).to_owned())),
            Note::Trouble { doing, why, wait } => {
                let again_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                tell(&Report::Trouble { words: format!("{doing}: {why}"), again_ms });
            }
            Note::Maintenance { message, .. } => tell(&Report::Told(format!("In maintenance: {message}"))),
            Note::Resting { faults, wait } => {
                let again_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                tell(&Report::Trouble { words: format!("{faults} jobs in a row failed here"), again_ms });
            }
            Note::Paused => tell(&Report::Paused),
            Note::Resumed => tell(&Report::Resumed),
        }
    }
}

/// What a kind of job makes.
pub(crate) fn craft(kind: Kind) -> Craft {
    match kind {
        // No alchemy is ever popped.
        Kind::Image | Kind::Alchemy => Craft::Pictures,
        Kind::Text => Craft::Stories,
    }
}

fn pay(settled: &Settled) -> Pay {
    match settled {
        Settled::Paid(kudos) => Pay::Hundredths((kudos * 100.0).round() as i64),
        Settled::Already => Pay::Already,
        Settled::Stale => Pay::Stale,
    }
}
