//! One request from Create to result: sends it, is told how far it is (`run/told.rs`) or looks, fetches what was made, or cancels it.
//! What each answer means is decided in `stage.rs`, whether to look in `watching.rs`, how often in `pace.rs`.

mod told;

use std::ops::ControlFlow;

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::de::DeserializeOwned;
use throng_api::endpoint::Endpoint;
use throng_api::image::{self, Accepted, DeleteImageStatus, GetImageCheck, GetImageStatus, PostImageAsk, Progress};
use throng_api::text::{self, DeleteTextStatus, GetTextStatus, PostTextAsk};
use throng_api::watch::{GetImageWatch, GetTextWatch};

use crate::browser::{self, sight};
use crate::client::{self, Call};
use crate::form::{Ask, Unreadable};
use crate::habits::Craft;
use crate::network;
use crate::pace::Pace;
use crate::piece::{self, Made, Picture, Piece, Settings, Story};
use crate::stage::{Look, Stage};
use crate::state::Page;
use crate::trouble::Trouble;

/// How often the clock under a waiting request moves.
const TICK_MS: u32 = 500;

/// One request under way. Once the page has moved on to another, nothing it hears counts any more.
#[derive(Clone, Copy)]
struct Run {
    page: Page,
    number: u32,
    began_ms: f64,
}

/// What says, among other things, how far a request is.
trait Tells {
    fn progress(&self) -> &Progress;
}

impl Tells for Progress {
    fn progress(&self) -> &Progress {
        self
    }
}

impl Tells for text::Status {
    fn progress(&self) -> &Progress {
        &self.progress
    }
}

/// Sends what the form says.
pub fn create(page: Page) {
    if page.stage.with_untracked(Stage::is_live) {
        return;
    }
    let model = untrack(|| page.model());
    let read = page.form.with_untracked(|form| form.ask(model.as_deref()));
    start(page, read, None);
}

/// Asks for more of a story that is on the page.
pub fn go_on(page: Page, piece: &Piece) {
    let Made::Story(story) = &piece.made else { return };
    if page.stage.with_untracked(Stage::is_live) {
        return;
    }
    let so_far = piece::so_far(&piece.prompt, story);
    let read = page.form.with_untracked(|form| form.story(&so_far, Some(&story.model)));
    start(page, read.map(|ask| Ask::Story(Box::new(ask))), Some(piece.clone()));
}

fn start(page: Page, read: Result<Ask, Unreadable>, onto: Option<Piece>) {
    let ask = match read {
        Ok(ask) => ask,
        Err(unreadable) => {
            page.complaint.set(Some(unreadable));
            return;
        }
    };
    page.complaint.set(None);
    page.run.update(|run| *run += 1);
    let run = Run { page, number: page.run.get_untracked(), began_ms: browser::now_ms() };
    page.elapsed_ms.set(0);
    page.stage.set(Stage::Sending);
    let prompt = page.form.with_untracked(|form| form.prompt().trim().to_owned());
    match ask {
        Ask::Picture(ask) => {
            page.asked_for.set(Craft::Picture);
            spawn_local(run.picture(prompt, *ask));
        }
        Ask::Story(ask) => {
            page.asked_for.set(Craft::Story);
            spawn_local(run.story(prompt, *ask, onto));
        }
    }
    spawn_local(run.tick());
}

/// Stops the request under way. The run itself tells the server, as only it knows the request's id.
pub fn cancel(page: Page) {
    page.stage.update(|stage| *stage = std::mem::take(stage).cancelled());
}

impl Run {
    fn is_current(self) -> bool {
        self.page.run.get_untracked() == self.number
    }

    /// Still wanted: the newest request, and not cancelled.
    fn is_wanted(self) -> bool {
        self.is_current() && self.page.stage.with_untracked(Stage::is_live)
    }

    fn step(self, change: impl FnOnce(Stage) -> Stage) {
        if self.is_current() {
            let before = self.page.stage.get_untracked();
            let after = change(before.clone());
            if after != before {
                self.page.stage.set(after);
            }
        }
    }

    fn took_ms(self) -> u32 {
        (browser::now_ms() - self.began_ms).max(0.0) as u32
    }

    async fn tick(self) {
        while self.is_wanted() {
            self.page.elapsed_ms.set(self.took_ms());
            TimeoutFuture::new(TICK_MS).await;
        }
    }

    /// Waits while the request is wanted, and no longer when somebody comes back to the page meanwhile: they want to see how it is.
    async fn rest(self, time_ms: u32) {
        let returns = sight::returns();
        // By the clock, because a machine that slept has waited; and by what was waited, because clocks are set.
        let (until_ms, mut left_ms) = (browser::now_ms() + f64::from(time_ms), time_ms);
        while self.is_wanted() && sight::returns() == returns && left_ms > 0 && browser::now_ms() < until_ms {
            let tick_ms = left_ms.min(TICK_MS);
            TimeoutFuture::new(tick_ms).await;
            left_ms -= tick_ms;
        }
    }

    /// Follows a request until nothing more will come: is told of every change where the server tells, else looks.
    async fn follow<W, E, T>(self, id: &str, pace: Pace) -> Option<T>
    where
        W: Endpoint<Request = (), Response = T>,
        E: Endpoint<Request = (), Response = T>,
        T: DeserializeOwned + Tells,
    {
        if let ControlFlow::Break(found) = self.told::<W, T>(id).await {
            return found;
        }
        self.patiently(pace, async || {
            let found = Call::to(&[id]).get::<E>().await.map_err(forgotten)?;
            self.step(|stage| stage.seen(&look(found.progress())));
            let done = found.progress().done;
            Ok(done.then_some(found))
        })
        .await
    }

    /// Calls again and again at the given pace, until the call says what it waited for, or all hope is gone.
    async fn patiently<T>(
        self,
        mut pace: Pace,
        mut call: impl AsyncFnMut() -> Result<Option<T>, Trouble>,
    ) -> Option<T> {
        loop {
            self.rest(pace.pause_ms()).await;
            if !self.is_wanted() {
                return None;
            }
            match call().await {
                Ok(Some(found)) => return Some(found),
                Ok(None) => pace.answered(),
                Err(trouble) if trouble.passing && pace.failed() => {}
                Err(trouble) => {
                    self.step(|stage| stage.failed(trouble));
                    return None;
                }
            }
        }
    }

    fn accepted(self, accepted: Result<Accepted, Trouble>) -> Option<String> {
        match accepted {
            Ok(Accepted { id: Some(id), warnings, .. }) => {
                let none = |warning: &image::Warning| warning.code == "NoAvailableWorker";
                let possible = !warnings.unwrap_or_default().iter().any(none);
                self.step(|stage| stage.accepted(possible));
                Some(id)
            }
            Ok(_) => {
                self.step(|stage| stage.failed(Trouble::unreadable()));
                None
            }
            Err(trouble) => {
                self.step(|stage| stage.failed(trouble));
                None
            }
        }
    }

    fn finish(self, piece: Option<Piece>) {
        let count = usize::from(piece.is_some());
        self.step(|stage| stage.fetched(count));
        if let Some(piece) = piece {
            self.page.show(piece);
        }
        self.page.session.refresh();
        spawn_local(network::look(self.page));
    }

    async fn picture(self, prompt: String, ask: image::Ask) {
        let key = self.page.session.key.get_untracked();
        let accepted = Call::to(&[]).by(&key).post::<PostImageAsk>(&ask).await;
        let Some(id) = self.accepted(accepted) else { return };
        let values = [id.as_str()];
        let made = self.follow::<GetImageWatch, GetImageCheck, Progress>(&id, Pace::for_picture()).await;
        let status = if made.is_some() {
            self.patiently(Pace::at_once(), async || {
                Call::to(&values).get::<GetImageStatus>().await.map_err(forgotten).map(Some)
            })
            .await
        } else {
            // Cancelled, faulted or out of reach: nobody should go on working for it. What is there already is kept.
            Call::to(&values).get::<DeleteImageStatus>().await.ok()
        };
        let Some(status) = status else { return };
        if made.is_none() && (status.generations.is_empty() || !self.is_current()) {
            return;
        }
        let mut pictures = Vec::with_capacity(status.generations.len());
        for generation in status.generations {
            pictures.extend(picture(generation).await);
        }
        let negative = ask.prompt.split_once("###").map(|(_, negative)| negative.trim().to_owned());
        let settings = Settings {
            width: ask.params.width,
            height: ask.params.height,
            steps: ask.params.effective_steps(),
            sampler: ask.params.sampler_name,
            cfg_scale: ask.params.cfg_scale,
            negative: negative.unwrap_or_default(),
        };
        let piece = (!pictures.is_empty()).then(|| Piece {
            number: self.number,
            prompt,
            made: Made::Pictures { pictures, settings },
            kudos: status.progress.kudos,
            took_ms: self.took_ms(),
        });
        self.finish(piece);
    }

    async fn story(self, prompt: String, ask: text::Ask, onto: Option<Piece>) {
        let key = self.page.session.key.get_untracked();
        let accepted = Call::to(&[]).by(&key).post::<PostTextAsk>(&ask).await;
        let Some(id) = self.accepted(accepted) else { return };
        let values = [id.as_str()];
        let status = self.follow::<GetTextWatch, GetTextStatus, text::Status>(&id, Pace::for_story()).await;
        let Some(status) = status else {
            let _ = Call::to(&values).get::<DeleteTextStatus>().await;
            return;
        };
        let kudos = status.progress.kudos;
        let written = status.generations.into_iter().next().map(|generation| Story {
            parts: vec![generation.text],
            seed: generation.seed,
            model: generation.model,
            worker: generation.worker_name,
            ended: false,
        });
        let piece = written.map(|written| match onto {
            Some(mut piece) => {
                if let Made::Story(story) = &mut piece.made {
                    story.go_on(written);
                }
                piece.kudos += kudos;
                piece.took_ms = self.took_ms();
                piece
            }
            None => Piece { number: self.number, prompt, made: Made::Story(written), kudos, took_ms: self.took_ms() },
        });
        self.finish(piece);
    }
}

/// Brings a finished picture here, so that it outlives its link. Where that fails the link itself will do for now.
async fn picture(generation: image::Generation) -> Option<Picture> {
    let link = piece::source(&generation.img)?;
    let mut source = None;
    if link.starts_with("http")
        && let Ok(bytes) = client::bytes(&link).await
    {
        source = browser::address_of(&bytes, "image/webp");
    }
    Some(Picture {
        source: source.unwrap_or(link),
        seed: generation.seed.unwrap_or_default(),
        model: generation.model,
        worker: generation.worker_name,
        censored: generation.censored,
    })
}

fn look(progress: &Progress) -> Look {
    Look {
        finished: progress.finished,
        processing: progress.processing,
        waiting: progress.waiting,
        done: progress.done,
        faulted: progress.faulted,
        wait_seconds: u32::try_from(progress.wait_time).unwrap_or(u32::MAX),
        place: u32::try_from(progress.queue_position).unwrap_or(u32::MAX),
        possible: progress.is_possible,
    }
}

/// A request that was there a second ago and is unknown now has run out of time.
fn forgotten(trouble: Trouble) -> Trouble {
    if trouble.unknown { Trouble::forgotten() } else { trouble }
}
