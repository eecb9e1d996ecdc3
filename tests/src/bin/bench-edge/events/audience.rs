//! The audience: all watchers of a round, each in a task of its own, and who has heard what and when.

use super::watcher::{Channel, Watcher};
use crate::stage::Stage;
use crate::state::State;
use anyhow::Result;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::timeout_at;

/// Who has not heard of a change after this long does not hear of it any more.
const PATIENCE: Duration = Duration::from_secs(10);

/// A watcher heard something.
struct Word {
    watcher: usize,
    state: State,
    at: Instant,
}

/// All watchers.
pub(crate) struct Audience {
    watching: JoinSet<Result<()>>,
    seats: usize,
    tell: UnboundedSender<Word>,
    told: UnboundedReceiver<Word>,
}

impl Default for Audience {
    fn default() -> Self {
        let (tell, told) = unbounded_channel();
        Audience { watching: JoinSet::new(), seats: 0, tell, told }
    }
}

impl Audience {
    /// Seats one more, who watches this request.
    pub(crate) async fn seat(&mut self, stage: &Stage, channel: Channel, request: &str) -> Result<()> {
        let watcher = Watcher::sit_down(stage, channel, request).await?;
        self.watching.spawn(watch(watcher, self.seats, self.tell.clone()));
        self.seats += 1;
        Ok(())
    }

    /// Waits until each of them has heard that its request stands so, and tells when they did; nothing of those who did
    /// not hear it in time. An error if somebody cannot watch any more.
    pub(crate) async fn until(&mut self, state: State) -> Result<Vec<Option<Instant>>> {
        let until = tokio::time::Instant::now() + PATIENCE;
        let mut heard = vec![None; self.seats];
        while heard.contains(&None) {
            let Ok(Some(word)) = timeout_at(until, self.told.recv()).await else { break };
            if word.state == state {
                heard[word.watcher].get_or_insert(word.at);
            }
        }
        while let Some(gone) = self.watching.try_join_next() {
            gone??;
        }
        Ok(heard)
    }

    /// Ends the round: nobody watches any more.
    pub(crate) async fn leave(mut self) {
        self.watching.shutdown().await;
    }
}

async fn watch(mut watcher: Watcher, seat: usize, tell: UnboundedSender<Word>) -> Result<()> {
    while let Some(state) = watcher.hear().await? {
        let word = Word { watcher: seat, state, at: Instant::now() };
        // Who heard all there is to hear goes; so does everybody when nobody listens to them any more.
        if tell.send(word).is_err() || state == State::Done {
            break;
        }
    }
    Ok(())
}
