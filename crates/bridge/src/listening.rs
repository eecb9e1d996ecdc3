//! Listening for work: one call that stays open and says when there may be some. Here is what is the same wherever somebody listens:
//! what an answer means, when the call is made again, and what was heard. A server that has nothing of the kind (an AI Horde) is asked
//! again seldom, and the loop goes on asking for jobs by itself. Not here: the call itself (`worker-native`, `worker-web`), and how a
//! stream is read (`wire/bell.rs`).

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use event_listener::Event;
use throng_api::watch::{GetWake, Opening};

use crate::offer::Offer;

/// How long a stream may be silent: the server says every fifteen seconds that it is there.
pub const SILENCE_MAX: Duration = Duration::from_secs(50);
/// How long the server may take to begin.
pub const ANSWER_WAIT: Duration = Duration::from_secs(30);
/// The pause after a stream that ended as streams do.
const PAUSE: Duration = Duration::from_secs(3);
/// The first pause after trouble; each further one is twice as long ...
const TROUBLE_PAUSE_FIRST: Duration = Duration::from_secs(5);
/// ... up to this.
const TROUBLE_PAUSE_LONGEST: Duration = Duration::from_mins(2);
/// The pause before a server that knows no such thing is asked again: it may have become a newer one.
const ABSENT_PAUSE: Duration = Duration::from_hours(1);

/// How a call came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// After it had begun.
    Closed,
    /// It did not begin, and may another time.
    Trouble(String),
    /// There is no such thing here.
    Absent,
}

/// Writes the query of the call: what these offers could take.
pub fn query(offers: &[Offer]) -> String {
    let each =
        offers.iter().flat_map(|offer| offer.models.iter().map(move |model| (offer.kind.as_str(), model.as_str())));
    GetWake::query(each)
}

/// Reads the beginning of an answer: whether it is a stream, or how the call ended.
pub fn opened(status: u16, content_type: Option<&str>) -> Result<(), End> {
    match Opening::of(status, content_type) {
        Opening::Stream => Ok(()),
        Opening::Absent => Err(End::Absent),
        Opening::Trouble => Err(End::Trouble(format!("the server answered {status}"))),
    }
}

/// When the call is made again.
#[derive(Debug)]
pub struct Pauses {
    trouble: Duration,
}

impl Default for Pauses {
    fn default() -> Self {
        Self { trouble: TROUBLE_PAUSE_FIRST }
    }
}

impl Pauses {
    /// How long to wait after a call that ended like this.
    pub fn after(&mut self, end: &End) -> Duration {
        match end {
            End::Closed => {
                self.trouble = TROUBLE_PAUSE_FIRST;
                PAUSE
            }
            End::Trouble(_) => {
                let pause = self.trouble;
                self.trouble = (pause * 2).min(TROUBLE_PAUSE_LONGEST);
                pause
            }
            End::Absent => ABSENT_PAUSE,
        }
    }
}

/// What was heard. One listens, one waits.
#[derive(Debug, Default)]
pub struct Heard {
    rung: AtomicBool,
    listening: AtomicBool,
    changed: Event,
}

impl Heard {
    /// A stream began: from now on the server says when there may be work.
    pub fn began(&self) {
        self.listening.store(true, Ordering::SeqCst);
    }

    /// The server says that there may be work.
    pub fn ring(&self) {
        self.rung.store(true, Ordering::SeqCst);
        self.changed.notify(usize::MAX);
    }

    /// The call ended, if there was one.
    pub fn ended(&self) {
        if self.listening.swap(false, Ordering::SeqCst) {
            // Whoever sleeps in the belief that it would be woken has to ask by itself again.
            self.ring();
        }
    }

    /// Whether the server would be heard now.
    pub fn is_listening(&self) -> bool {
        self.listening.load(Ordering::SeqCst)
    }

    /// Waits until the server says that there may be work. What it said while nobody waited is not forgotten.
    pub async fn rung(&self) {
        while !self.rung.swap(false, Ordering::SeqCst) {
            let change = self.changed.listen();
            // Looked at again: it may have rung between the test and the listening.
            if self.rung.swap(false, Ordering::SeqCst) {
                return;
            }
            change.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use throng_domain::kind::Kind;

    use super::*;
    use crate::offer::Ability;
    use crate::parrot::terms;

    #[test]
    fn the_server_is_told_every_model_with_its_kind() {
        let ability = |model: &str, kind| Ability { model: model.into(), kind, img2img: false, inpainting: false };
        let abilities = [ability("a b", Kind::Image), ability("c", Kind::Image), ability("d", Kind::Text)];
        let offers: Vec<Offer> =
            Kind::ALL.into_iter().filter_map(|kind| Offer::of(kind, &abilities, &terms())).collect();
        assert_eq!(query(&offers), "image=a%20b&image=c&text=d");
    }

    #[test]
    fn an_answer_is_a_stream_or_says_why_not() {
        assert_eq!(opened(200, Some("text/event-stream")), Ok(()));
        assert_eq!(opened(404, Some("application/json")), Err(End::Absent));
        assert!(matches!(opened(429, None), Err(End::Trouble(why)) if why.contains("429")));
    }

    #[test]
    fn trouble_doubles_the_pause_up_to_a_limit_and_a_stream_heals_it() {
        let mut pauses = Pauses::default();
        let trouble = End::Trouble("down".to_owned());
        let seconds: Vec<u64> = (0..7).map(|_| pauses.after(&trouble).as_secs()).collect();
        assert_eq!(seconds, [5, 10, 20, 40, 80, 120, 120]);
        assert_eq!(pauses.after(&End::Absent), Duration::from_hours(1));
        assert_eq!(pauses.after(&trouble).as_secs(), 120, "that there is nothing of the kind heals nothing");
        assert_eq!(pauses.after(&End::Closed).as_secs(), 3);
        assert_eq!(pauses.after(&trouble).as_secs(), 5);
    }

    #[test]
    fn what_was_said_while_nobody_waited_is_heard_once() {
        let heard = Heard::default();
        heard.ring();
        heard.ring();
        assert!(heard.rung().now_or_never().is_some());
        assert!(heard.rung().now_or_never().is_none());
    }

    #[test]
    fn whoever_waits_is_woken_and_one_that_was_given_up_takes_nothing_away() {
        let heard = Heard::default();
        assert!(heard.rung().now_or_never().is_none());
        futures::executor::block_on(futures::future::join(heard.rung(), async { heard.ring() }));
        assert!(heard.rung().now_or_never().is_none());
    }

    #[test]
    fn the_end_of_a_stream_wakes_whoever_relied_on_it_and_the_end_of_a_mere_try_does_not() {
        let heard = Heard::default();
        heard.ended();
        assert!(heard.rung().now_or_never().is_none());
        heard.began();
        assert!(heard.is_listening());
        heard.ended();
        assert!(!heard.is_listening());
        assert!(heard.rung().now_or_never().is_some());
    }
}
