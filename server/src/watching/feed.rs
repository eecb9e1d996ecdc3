//! The one task that looks at a watched request, whenever it was changed, and tells all its watchers. It ends when
//! there is nothing more to tell, or when nobody has watched for a while.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::seen::Seen;
use super::{News, Watched, Watching, Which, Word};
use crate::app::App;
use crate::desk::Unavailable;

/// How often a request is looked at that was not changed: its place in the queue and its wait move by themselves.
/// Clients of the AI Horde look every four seconds.
const LOOK_PAUSE: Duration = Duration::from_secs(4);

/// How long a request is remembered when nobody watches it any more: whoever lost a stream, or does not know yet that
/// it is over, comes back within seconds and is not told everything again.
const REMEMBERED: Duration = Duration::from_secs(30);

/// Forgets the request when the task ends, however it ends.
struct Leaving {
    watching: Watching,
    which: Which,
    watched: Arc<Watched>,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.watching.forget(self.which, &self.watched);
    }
}

/// Looks, tells, and waits for the next change.
pub(super) async fn run(app: App, which: Which, watched: Arc<Watched>) {
    let _leaving = Leaving { watching: app.watching.clone(), which, watched: Arc::clone(&watched) };
    let mut last: Option<Seen> = None;
    loop {
        let (sequence, seen) = match look(&app, which).await {
            Ok(found) => found,
            // That the desk is busy for a moment is no news to whoever watches.
            Err(Word::Lost(Unavailable::Busy)) if last.is_some() => {
                tokio::select! {
                    () = sleep(LOOK_PAUSE) => continue,
                    () = app.stopping.cancelled() => return,
                }
            }
            Err(word) => return watched.say(word),
        };
        let done = seen.is_done();
        if last.as_ref() != Some(&seen) {
            match seen.body(&app).await {
                Ok(body) => watched.say(Word::News(Arc::new(News { sequence, body, done }))),
                Err(error) => {
                    tracing::error!(%error, "a watched request cannot be told");
                    return watched.say(Word::Lost(Unavailable::Unknown));
                }
            }
            last = Some(seen);
        }
        if done {
            tokio::select! {
                () = sleep(REMEMBERED) => {}
                () = app.stopping.cancelled() => {}
            }
            return;
        }
        if !watched.is_wanted(&app.stopping).await {
            return;
        }
    }
}

async fn look(app: &App, (id, kind): Which) -> Result<(u64, Seen), Word> {
    match app.desk.read_numbered(move |desk, now| Seen::of(desk, kind, id, now)).await {
        Ok((sequence, Some(seen))) => Ok((sequence, seen)),
        Ok((_, None)) => Err(Word::Gone),
        Err(why) => Err(Word::Lost(why)),
    }
}

impl Watched {
    fn say(&self, word: Word) {
        self.said.send_replace(word);
    }

    /// Waits until somebody should look again; false if nobody wants to know.
    async fn is_wanted(&self, stopping: &CancellationToken) -> bool {
        let mut alone = Duration::ZERO;
        while alone < REMEMBERED {
            tokio::select! {
                () = self.changed.notified() => return true,
                () = sleep(LOOK_PAUSE) => {
                    if self.said.receiver_count() > 0 {
                        return true;
                    }
                    alone += LOOK_PAUSE;
                }
                () = stopping.cancelled() => return false,
            }
        }
        false
    }
}
