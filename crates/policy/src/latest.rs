//! What is known of one request: the newest of all that was told, or that the server answered to somebody who looked,
//! and what is said of it to whoever polls or watches. Tellings come at least once and in any order; the one with the
//! highest number holds. Pure: the edge keeps it in the request's own object, and gives the time.

use serde::{Deserialize, Serialize};
use throng_api::alchemy::State;

use crate::event;
use crate::push::{Change, Told};
use crate::verdict::Answer;

/// For how long an answer about an unfinished request is repeated, in milliseconds. Whatever changes is told, and what
/// was lost on its way is told again by whoever leads next; so for this long a place in the queue may lag, which moves
/// without its request being changed. Whoever asks more often costs the server nothing: a thousand requesters who look
/// every second are forty looks a second at most.
pub const OPEN_MILLIS_MAX: i64 = 25_000;

/// For how long the server's answer about a finished request is repeated, in seconds: unlike a telling it does not say
/// when the server forgets the request.
pub const LEARNT_SECONDS_MAX: i64 = 60;

/// What is known of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latest {
    /// The highest number that was taken in.
    sequence: u64,
    /// The number under which what holds was first told: equal news have one number.
    since: u64,
    known: Option<Known>,
    /// When it was last told.
    at_millis: i64,
}

/// How it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    check: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    done: bool,
    gone_at: i64,
}

/// What became of a telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is not newer than what is known.
    Old,
    /// It says what is known.
    Same,
    /// It says something new: whoever watches is told.
    News,
    /// What was known does not hold any more: whoever looks next makes the server be asked.
    Forgotten,
}

/// What is said to somebody who watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Say {
    /// Nothing is known: the server has to be asked.
    Ask,
    /// They know it.
    Nothing,
    /// This.
    This(String),
    /// This, and then no more.
    Last(String),
    /// They know it, and there will be no more.
    Over,
}

impl Latest {
    /// Takes a telling in.
    pub fn take(&mut self, change: Change, now_millis: i64) -> Taken {
        if change.sequence <= self.sequence {
            return Taken::Old;
        }
        if let Some(told) = change.told {
            return self.hold(change.sequence, told.into(), now_millis);
        }
        *self = Self { sequence: change.sequence, at_millis: now_millis, ..Self::default() };
        Taken::Forgotten
    }

    /// Takes in what the server answered to somebody who looked, with the number of the look. A stream is no answer:
    /// nothing is learnt from [`Answer::Events`].
    pub fn learn(&mut self, sequence: u64, answer: Answer, body: String, now_millis: i64) -> Taken {
        if sequence <= self.sequence || answer == Answer::Events {
            return Taken::Old;
        }
        let done = is_done(&body);
        let guess = if done {
            now_millis.div_euclid(1000) + LEARNT_SECONDS_MAX
        } else {
            (now_millis + OPEN_MILLIS_MAX).div_euclid(1000) + 1
        };
        // The life of a request only ever grows.
        let gone_at = self.gone_at().map_or(guess, |told| told.max(guess));
        let (check, status) = if answer == Answer::Check { (Some(body), None) } else { (None, Some(body)) };
        self.hold(sequence, Known { check, status, done, gone_at }, now_millis)
    }

    fn hold(&mut self, sequence: u64, known: Known, now_millis: i64) -> Taken {
        let is_news = self.known.as_ref().is_none_or(|before| !before.says_the_same(&known));
        if is_news {
            self.since = sequence;
        }
        (self.sequence, self.at_millis, self.known) = (sequence, now_millis, Some(known));
        if is_news { Taken::News } else { Taken::Same }
    }

    /// The number of the newest look that is known of.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// What somebody is answered who looks now; nothing if the server has to be asked.
    pub fn poll(&self, answer: Answer, now_millis: i64) -> Option<&str> {
        let known = self.known.as_ref().filter(|known| now_millis < known.gone_at.saturating_mul(1000))?;
        let age = now_millis.saturating_sub(self.at_millis);
        if !known.done && !(0..OPEN_MILLIS_MAX).contains(&age) {
            return None;
        }
        match answer {
            Answer::Check => known.check.as_deref(),
            Answer::Status => known.status.as_deref(),
            Answer::Events => known.body(),
        }
    }

    /// What somebody is told over Server-Sent Events who has seen the event of this number last.
    pub fn event(&self, seen: Option<u64>) -> Say {
        self.say(seen, |body, _| event::told(self.since, body))
    }

    /// What somebody is told over a WebSocket: the number as text, because scripts count no further than 2⁵³.
    pub fn message(&self, seen: Option<u64>) -> Say {
        let since = self.since;
        self.say(seen, |body, done| format!(r#"{{"sequence":"{since}","done":{done},"news":{body}}}"#))
    }

    fn say(&self, seen: Option<u64>, write: impl FnOnce(&str, bool) -> String) -> Say {
        let Some((known, body)) = self.known.as_ref().and_then(|known| Some((known, known.body()?))) else {
            return Say::Ask;
        };
        match (seen == Some(self.since), known.done) {
            (true, true) => Say::Over,
            (true, false) => Say::Nothing,
            (false, true) => Say::Last(write(body, true)),
            (false, false) => Say::This(write(body, false)),
        }
    }

    /// When all of this may be forgotten, in seconds since 1970; nothing is known, nothing to wait for.
    pub fn gone_at(&self) -> Option<i64> {
        self.known.as_ref().map(|known| known.gone_at)
    }
}

impl Known {
    /// What a watcher is told.
    fn body(&self) -> Option<&str> {
        self.check.as_deref().or(self.status.as_deref())
    }

    /// Whether a watcher would not see the difference.
    fn says_the_same(&self, other: &Self) -> bool {
        self.done == other.done && self.body() == other.body()
    }
}

impl From<Told> for Known {
    fn from(told: Told) -> Self {
        Self { check: told.check, status: told.status, done: told.done, gone_at: told.gone_at }
    }
}

/// Whether the server's answer to a check or a status says that nothing more will come.
pub fn is_done(body: &str) -> bool {
    #[derive(Deserialize)]
    struct Said {
        done: Option<bool>,
        state: Option<State>,
    }
    let said: Option<Said> = serde_json::from_str(body).ok();
    said.is_some_and(|said| {
        said.done == Some(true) || matches!(said.state, Some(State::Done | State::Faulted | State::Partial))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::push::Kind;

    const GONE_AT: i64 = 1_000;

    fn change(sequence: u64, check: &str, done: bool) -> Change {
        let told = Told { kind: Kind::Image, check: Some(check.to_owned()), status: None, done, gone_at: GONE_AT };
        Change { request: "r".to_owned(), sequence, told: Some(told) }
    }

    #[test]
    fn replays_and_latecomers_change_nothing() {
        let mut latest = Latest::default();
        assert_eq!(latest.take(change(5, "b", false), 0), Taken::News);
        let known = latest.clone();
        assert_eq!(latest.take(change(5, "b", false), 1), Taken::Old, "a replay");
        assert_eq!(latest.take(change(4, "a", true), 1), Taken::Old, "an older one that came late");
        assert_eq!(latest.take(Change::forget("r".to_owned(), 3), 1), Taken::Old);
        assert_eq!(latest, known);
    }

    #[test]
    fn every_order_of_tellings_ends_in_the_same_state() {
        let changes = [change(1, "a", false), change(2, "b", false), change(3, "b", false), change(4, "c", true)];
        let orders = [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1], [0, 3, 3, 1]];
        for order in orders {
            let mut latest = Latest::default();
            for at in order {
                latest.take(changes[at].clone(), 0);
            }
            assert_eq!(latest.poll(Answer::Check, 0), Some("c"), "{order:?}");
            assert_eq!(latest.event(None), Say::Last("id: 4\ndata: c\n\n".to_owned()), "{order:?}");
        }
    }

    #[test]
    fn an_unfinished_request_is_asked_after_again_and_a_finished_one_is_not() {
        let mut latest = Latest::default();
        assert_eq!(latest.poll(Answer::Check, 0), None, "nothing is known");
        latest.take(change(1, "a", false), 0);
        assert_eq!(latest.poll(Answer::Check, OPEN_MILLIS_MAX - 1), Some("a"));
        assert_eq!(latest.poll(Answer::Check, OPEN_MILLIS_MAX), None);
        assert_eq!(latest.poll(Answer::Status, 0), None, "what was not told is asked for");
        latest.take(change(2, "b", true), 0);
        assert_eq!(latest.poll(Answer::Check, GONE_AT * 1000 - 1), Some("b"));
        assert_eq!(latest.poll(Answer::Check, GONE_AT * 1000), None, "the server has forgotten it");
        assert_eq!(latest.gone_at(), Some(GONE_AT));
    }

    #[test]
    fn the_same_told_again_is_younger_but_no_news() {
        let mut latest = Latest::default();
        latest.take(change(1, "a", false), 0);
        assert_eq!(latest.take(change(9, "a", false), OPEN_MILLIS_MAX), Taken::Same);
        assert_eq!(latest.poll(Answer::Check, OPEN_MILLIS_MAX), Some("a"));
        assert_eq!(latest.event(Some(1)), Say::Nothing);
    }

    #[test]
    fn watchers_are_told_what_they_do_not_know_and_when_it_is_over() {
        let mut latest = Latest::default();
        assert_eq!(latest.event(None), Say::Ask);
        latest.take(change(1, "{}", false), 0);
        assert_eq!(latest.event(None), Say::This("id: 1\ndata: {}\n\n".to_owned()));
        assert_eq!(latest.event(Some(1)), Say::Nothing);
        latest.take(change(2, "[]", true), 0);
        assert_eq!(latest.message(Some(1)), Say::Last(r#"{"sequence":"2","done":true,"news":[]}"#.to_owned()));
        assert_eq!(latest.event(Some(2)), Say::Over);
        assert_eq!(latest.take(Change::forget("r".to_owned(), 3), 0), Taken::Forgotten);
        assert_eq!((latest.event(Some(2)), latest.gone_at()), (Say::Ask, None));
    }

    const WAITS: &str = r#"{"waiting":1,"done":false}"#;
    const IS_DONE: &str = r#"{"waiting":0,"done":true}"#;

    #[test]
    fn what_the_server_answered_is_known_in_the_order_of_the_looks() {
        let mut latest = Latest::default();
        assert_eq!(latest.learn(5, Answer::Check, WAITS.to_owned(), 0), Taken::News);
        assert_eq!((latest.poll(Answer::Check, 0), latest.poll(Answer::Status, 0)), (Some(WAITS), None));
        assert_eq!(latest.sequence(), 5);
        assert_eq!(latest.take(change(4, "late", true), 0), Taken::Old);
        assert_eq!(latest.take(change(6, WAITS, false), 0), Taken::Same, "watchers are not told twice");
        assert_eq!(latest.event(Some(5)), Say::Nothing);
        assert_eq!(latest.learn(6, Answer::Check, IS_DONE.to_owned(), 0), Taken::Old);
        assert_eq!(latest.learn(7, Answer::Events, IS_DONE.to_owned(), 0), Taken::Old);
        assert_eq!(latest.learn(8, Answer::Check, IS_DONE.to_owned(), 0), Taken::News);
        assert_eq!(latest.event(Some(5)), Say::Last(event::told(8, IS_DONE)));
        assert_eq!(latest.gone_at(), Some(GONE_AT), "as it was told");
    }

    #[test]
    fn what_the_server_answered_holds_no_longer_than_is_known() {
        let mut latest = Latest::default();
        latest.learn(1, Answer::Status, WAITS.to_owned(), 500);
        assert_eq!(latest.poll(Answer::Status, 499 + OPEN_MILLIS_MAX), Some(WAITS));
        assert_eq!(latest.poll(Answer::Status, 500 + OPEN_MILLIS_MAX), None);
        latest.learn(2, Answer::Status, IS_DONE.to_owned(), 30_500);
        assert_eq!(latest.poll(Answer::Status, 89_999), Some(IS_DONE));
        assert_eq!(latest.poll(Answer::Status, 90_000), None, "the server may have forgotten it");
        assert_eq!(latest.take(change(3, "x", true), 90_000), Taken::News);
        assert_eq!(latest.gone_at(), Some(GONE_AT));
    }

    #[test]
    fn every_answer_says_whether_more_will_come() {
        for done in [IS_DONE, r#"{"state":"done","forms":[]}"#, r#"{"state":"partial"}"#, r#"{"state":"faulted"}"#] {
            assert!(is_done(done), "{done}");
        }
        for open in [WAITS, r#"{"state":"waiting"}"#, r#"{"state":"processing"}"#, r#"{"state":"dreaming"}"#, "{}", "x"]
        {
            assert!(!is_done(open), "{open}");
        }
    }

    #[test]
    fn what_is_known_survives_being_stored() {
        let mut latest = Latest::default();
        latest.take(change(u64::MAX, "{}", false), 7);
        let stored = serde_json::to_vec(&latest).unwrap();
        assert_eq!(serde_json::from_slice::<Latest>(&stored).unwrap(), latest);
    }
}
