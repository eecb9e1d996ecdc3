//! Being told how far a request is, over a stream that stays open. What an end of it means is decided in `watching.rs`; where nothing is
//! told, `run.rs` looks.

use std::ops::ControlFlow;
use std::pin::pin;

use serde::de::DeserializeOwned;
use throng_api::endpoint::Endpoint;
use throng_api::watch::GONE_EVENT;

use super::{Run, TICK_MS, Tells, look};
use crate::browser::{self, sight};
use crate::client::stream::Stream;
use crate::trouble::Trouble;
use crate::watching::{End, FIRST_WORD_MS, Next, SILENCE_MS_MAX, SILENCE_SEEN_MS_MAX, Watching};

/// Who came back to the page within this time has just come back: a line that was cut meanwhile is noticed about now.
const JUST_SEEN_MS: f64 = 5_000.0;

impl Run {
    /// Is told of every change of a request until nothing more will come. Breaks with what was said last, or with nothing when the
    /// request is not wanted any more or cannot be had; goes on when it is to be looked at instead.
    pub(super) async fn told<W, T>(self, id: &str) -> ControlFlow<Option<T>>
    where
        W: Endpoint<Request = (), Response = T>,
        T: DeserializeOwned + Tells,
    {
        let address = W::path(&[id]);
        let mut watching = Watching::default();
        while self.is_wanted() {
            let end = match self.hear(&address, &mut watching).await {
                Ok(found) => return ControlFlow::Break(Some(found)),
                Err(end) => end,
            };
            match watching.ended(end, sight::returned_within(JUST_SEEN_MS)) {
                Next::ComeBack(pause_ms) => self.rest(pause_ms).await,
                Next::Look => return ControlFlow::Continue(()),
                Next::GiveUp => self.step(|stage| stage.failed(Trouble::forgotten())),
            }
        }
        ControlFlow::Break(None)
    }

    /// Listens to one stream until the request or the stream has ended.
    async fn hear<T: DeserializeOwned + Tells>(self, address: &str, watching: &mut Watching) -> Result<T, End> {
        let opened = self.within(FIRST_WORD_MS, Stream::open(address, watching.last())).await;
        let mut stream = opened.unwrap_or(Err(End::Untold))?;
        let (mut patience_ms, mut silence) = (FIRST_WORD_MS, End::Untold);
        while let Some(events) = self.within(patience_ms, stream.next()).await {
            let events = events.ok_or(End::Lost)?;
            (patience_ms, silence) = (SILENCE_MS_MAX, End::Silent);
            watching.asked(stream.retry_ms());
            for event in events {
                match event.name.as_str() {
                    "" => {}
                    GONE_EVENT => return Err(End::Forgotten),
                    // Of a later age.
                    _ => continue,
                }
                let found: T = serde_json::from_str(&event.data).map_err(|_| End::Untold)?;
                watching.told(event.id);
                self.step(|stage| stage.seen(&look(found.progress())));
                if found.progress().done {
                    return Ok(found);
                }
            }
        }
        Err(silence)
    }

    /// Waits for something while the request is wanted, but no longer than this, and not so long when somebody comes back to the page
    /// meanwhile. By the clock, because a machine that slept has waited, too, and by what was
    /// waited, because clocks are set.
    async fn within<T>(self, time_ms: u32, wanted: impl Future<Output = T>) -> Option<T> {
        let mut wanted = pin!(wanted);
        let (returns, began_ms, mut waited_ms) = (sight::returns(), browser::now_ms(), 0);
        loop {
            if let Some(found) = browser::within(TICK_MS, wanted.as_mut()).await {
                return Some(found);
            }
            waited_ms += TICK_MS;
            let patience_ms = if sight::returns() == returns { time_ms } else { time_ms.min(SILENCE_SEEN_MS_MAX) };
            let is_late = waited_ms >= patience_ms || browser::now_ms() - began_ms >= f64::from(patience_ms);
            if !self.is_wanted() || is_late {
                return None;
            }
        }
    }
}
