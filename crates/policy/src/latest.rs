//! What is known of one request: the newest of all that was told, and what is said of it to whoever polls or watches.
//! Tellings come at least once and in any order; the one with the highest number holds. Pure: the edge keeps it in the
//! request's own object, and gives the time.

use serde::{Deserialize, Serialize};

use crate::event;
use crate::push::{Change, Told};
use crate::verdict::Answer;

/// For how long an answer about an unfinished request is repeated, in milliseconds: its place in the queue and its wait
/// move without its being changed, and should a telling be lost, this is how long nobody notices. Clients of the AI
/// Horde look every four seconds.
pub const OPEN_MILLIS_MAX: i64 = 5_000;

/// What is known of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latest {
    /// The highest number that was taken in.
    sequence: u64,
    /// The number under which what holds was first told: equal news have one number.
    since: u64,
    told: Option<Told>,
    /// When it was last told.
    at_millis: i64,
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
        self.sequence = change.sequence;
        self.at_millis = now_millis;
        match change.told {
            None => {
                self.told = None;
                Taken::Forgotten
            }
            told if told == self.told => Taken::Same,
            told => {
                self.since = change.sequence;
                self.told = told;
                Taken::News
            }
        }
    }

    /// What somebody is answered who looks now; nothing if the server has to be asked.
    pub fn poll(&self, answer: Answer, now_millis: i64) -> Option<&str> {
        let told = self.told.as_ref().filter(|told| now_millis < told.gone_at.saturating_mul(1000))?;
        let age = now_millis.saturating_sub(self.at_millis);
        if !told.done && !(0..OPEN_MILLIS_MAX).contains(&age) {
            return None;
        }
        match answer {
            Answer::Check => told.check.as_deref(),
            Answer::Status => told.status.as_deref(),
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
        let Some((told, body)) = self.told.as_ref().and_then(|told| Some((told, told.body()?))) else {
            return Say::Ask;
        };
        match (seen == Some(self.since), told.done) {
            (true, true) => Say::Over,
            (true, false) => Say::Nothing,
            (false, true) => Say::Last(write(body, true)),
            (false, false) => Say::This(write(body, false)),
        }
    }

    /// When all of this may be forgotten, in seconds since 1970; nothing is known, nothing to wait for.
    pub fn gone_at(&self) -> Option<i64> {
        self.told.as_ref().map(|told| told.gone_at)
    }
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

    #[test]
    fn what_is_known_survives_being_stored() {
        let mut latest = Latest::default();
        latest.take(change(u64::MAX, "{}", false), 7);
        let stored = serde_json::to_vec(&latest).unwrap();
        assert_eq!(serde_json::from_slice::<Latest>(&stored).unwrap(), latest);
    }
}
