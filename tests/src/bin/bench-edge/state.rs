//! How a request stands, as far as these measurements tell requests apart. Not here: who looks.

use anyhow::{Result, bail};
use serde_json::Value;

/// How a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Nobody has begun.
    Waiting,
    /// Some of it is being made, or is finished already.
    Served,
    /// All of it is finished.
    Done,
}

impl State {
    /// All states, in the order a request goes through them; the place of each is its number.
    pub(crate) const ALL: [State; 3] = [State::Waiting, State::Served, State::Done];

    /// What it is called in a table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Served => "being served",
            State::Done => "done",
        }
    }

    /// Reads what a check or an event says.
    pub(crate) fn of(progress: &Value) -> Result<State> {
        let number = |member: &str| progress[member].as_u64();
        match (progress["done"].as_bool(), number("processing"), number("finished")) {
            (Some(true), _, _) => Ok(State::Done),
            (Some(false), Some(0), Some(0)) => Ok(State::Waiting),
            (Some(false), Some(_), Some(_)) => Ok(State::Served),
            _ => bail!("this does not say how a request stands: {progress}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_request_waits_is_served_and_is_done() {
        for (progress, state) in [
            (json!({"done": false, "processing": 0, "finished": 0}), State::Waiting),
            (json!({"done": false, "processing": 1, "finished": 0}), State::Served),
            (json!({"done": false, "processing": 0, "finished": 1}), State::Served),
            (json!({"done": true, "processing": 0, "finished": 2}), State::Done),
        ] {
            assert_eq!(State::of(&progress).unwrap(), state);
            assert_eq!(State::ALL[state as usize], state);
        }
        assert!(State::of(&json!({"message": "no"})).is_err());
    }
}
