//! Being told how far a request is, or looking: what it means when a stream does not begin or comes to its end, when to come back, and
//! when to look now and then instead. Pure. Who listens is in `run/told.rs`, how often to look in `pace.rs`.

use throng_api::ReturnCode;
use throng_api::watch::Opening;

/// How long a stream may take to begin, and then to say its first word, which comes at once. Something in between may keep it back to
/// send it whole: then looking is quicker.
pub const FIRST_WORD_MS: u32 = 4_000;
/// How long a stream may be silent: the server says every fifteen seconds that it is there.
pub const SILENCE_MS_MAX: u32 = 50_000;
/// The same for somebody who has just come back to the page and waits for news: a little more than those fifteen seconds.
pub const SILENCE_SEEN_MS_MAX: u32 = 20_000;

/// How long to wait before coming back where the server does not say.
const PAUSE_MS: u32 = 3_000;
/// However the server wishes, the page comes back no sooner ...
const PAUSE_MS_MIN: u32 = 500;
/// ... and no later.
const PAUSE_MS_MAX: u32 = 15_000;
/// Streams that may fail in a row, without any news between them, before the page looks by itself: about ten seconds.
const FAILURES_MAX: u32 = 3;

/// How a stream came to its end before the request did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It broke off, or did not begin and may another time.
    Lost,
    /// Nothing came for longer than can be: the machine has slept, or the line is dead.
    Silent,
    /// This server does not tell, or not now, or not so that it arrives here and can be read.
    Untold,
    /// There is no such request, or not any more.
    Forgotten,
}

impl End {
    /// Reads the beginning of an answer: its status, what it says it is, and its return code. None when it is the stream.
    pub fn of_answer(status: u16, content_type: Option<&str>, rc: Option<&str>) -> Option<Self> {
        match Opening::of(status, content_type) {
            Opening::Stream => None,
            Opening::Absent if status == 404 && rc == Some(ReturnCode::RequestNotFound.as_str()) => {
                Some(Self::Forgotten)
            }
            Opening::Trouble if status >= 500 => Some(Self::Lost),
            // Too many streams (429), nothing more to be told (204), and all others: a look says more.
            Opening::Absent | Opening::Trouble => Some(Self::Untold),
        }
    }
}

/// What to do when a stream has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Come back after so many milliseconds.
    ComeBack(u32),
    /// Look now and then.
    Look,
    /// There is nothing to wait for.
    GiveUp,
}

/// One request that is watched, over all its streams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watching {
    last: Option<String>,
    failures: u32,
    pause_ms: u32,
}

impl Default for Watching {
    fn default() -> Self {
        Self { last: None, failures: 0, pause_ms: PAUSE_MS }
    }
}

impl Watching {
    /// The number of the last event, for the server to say only what came after it.
    pub fn last(&self) -> Option<&str> {
        self.last.as_deref()
    }

    /// The server says how long to wait before coming back.
    pub fn asked(&mut self, pause_ms: Option<u64>) {
        if let Some(pause_ms) = pause_ms {
            self.pause_ms = u32::try_from(pause_ms).unwrap_or(PAUSE_MS_MAX).clamp(PAUSE_MS_MIN, PAUSE_MS_MAX);
        }
    }

    /// An event came, of this number.
    pub fn told(&mut self, id: Option<String>) {
        self.failures = 0;
        if id.is_some() {
            self.last = id;
        }
    }

    /// A stream ended. Somebody who has just come back to the page does not wait once more for what was lost meanwhile.
    pub fn ended(&mut self, end: End, just_seen: bool) -> Next {
        match end {
            End::Untold => Next::Look,
            End::Forgotten => Next::GiveUp,
            End::Lost | End::Silent => {
                self.failures += 1;
                if self.failures >= FAILURES_MAX {
                    return Next::Look;
                }
                let at_once = end == End::Silent || just_seen && self.failures == 1;
                Next::ComeBack(if at_once { 0 } else { self.pause_ms })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: Option<&str> = Some("text/event-stream");
    const JSON: Option<&str> = Some("application/json");

    #[test]
    fn a_server_that_does_not_tell_is_looked_at() {
        assert_eq!(End::of_answer(200, STREAM, None), None);
        for (status, kind) in
            [(404, JSON), (404, None), (405, JSON), (501, JSON), (200, Some("text/html")), (429, JSON)]
        {
            assert_eq!(End::of_answer(status, kind, None), Some(End::Untold), "{status} {kind:?}");
        }
        assert_eq!(End::of_answer(404, JSON, Some("SomethingNew")), Some(End::Untold));
        assert_eq!(End::of_answer(204, None, None), Some(End::Untold), "a look brings what there is");
        assert_eq!(Watching::default().ended(End::Untold, false), Next::Look);
    }

    #[test]
    fn an_unknown_request_is_not_looked_for() {
        assert_eq!(End::of_answer(404, JSON, Some("RequestNotFound")), Some(End::Forgotten));
        assert_eq!(Watching::default().ended(End::Forgotten, false), Next::GiveUp);
    }

    #[test]
    fn an_outage_passes() {
        for status in [500, 502, 503] {
            assert_eq!(End::of_answer(status, JSON, None), Some(End::Lost), "{status}");
        }
    }

    #[test]
    fn a_broken_stream_is_taken_up_again_where_it_broke() {
        let mut watching = Watching::default();
        assert_eq!(watching.last(), None);
        watching.told(Some("7".to_owned()));
        watching.told(None);
        assert_eq!(watching.ended(End::Lost, false), Next::ComeBack(3_000));
        assert_eq!(watching.last(), Some("7"));
    }

    #[test]
    fn streams_that_fail_in_a_row_are_given_up_and_news_heal() {
        let mut watching = Watching::default();
        for _ in 0..5 {
            assert!(matches!(watching.ended(End::Lost, false), Next::ComeBack(_)));
            assert!(matches!(watching.ended(End::Silent, false), Next::ComeBack(_)));
            watching.told(None);
        }
        assert!(matches!(watching.ended(End::Lost, false), Next::ComeBack(_)));
        assert!(matches!(watching.ended(End::Lost, false), Next::ComeBack(_)));
        assert_eq!(watching.ended(End::Lost, false), Next::Look);
    }

    #[test]
    fn the_server_says_when_to_come_back_within_reason() {
        let mut watching = Watching::default();
        for (asked, kept) in
            [(None, 3_000), (Some(1_200), 1_200), (None, 1_200), (Some(0), 500), (Some(u64::MAX), 15_000)]
        {
            watching.asked(asked);
            watching.told(None);
            assert_eq!(watching.ended(End::Lost, false), Next::ComeBack(kept), "{asked:?}");
        }
    }

    #[test]
    fn whoever_comes_back_to_the_page_is_told_at_once_but_a_dead_server_is_not_hammered() {
        let mut watching = Watching::default();
        assert_eq!(watching.ended(End::Lost, true), Next::ComeBack(0));
        assert_eq!(watching.ended(End::Lost, true), Next::ComeBack(3_000));
        assert_eq!(Watching::default().ended(End::Silent, false), Next::ComeBack(0));
    }
}
