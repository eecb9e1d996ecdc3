//! Where a request stands, as the page shows it: Sending, Waiting, Making, then Done, Failed or Cancelled.
//! Pure: looks come in, stages come out. Who looks, and how often, is in `run.rs` and `pace.rs`.

use crate::trouble::Trouble;
use crate::words;

/// What one look at a request saw; the part of the wire's progress the page needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Jobs done.
    pub finished: u32,
    /// Jobs in workers' hands.
    pub processing: u32,
    /// Jobs still queued.
    pub waiting: u32,
    /// Nothing more will come.
    pub done: bool,
    /// The request failed as a whole.
    pub faulted: bool,
    /// The server's guess in seconds.
    pub wait_seconds: u32,
    /// Place in the queue; 0 when it has none.
    pub place: u32,
    /// Some worker online could take it.
    pub possible: bool,
}

/// Where a request stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Nothing has been asked yet.
    #[default]
    Idle,
    /// The request is on its way to the server.
    Sending,
    /// The server has it; no worker has.
    Waiting {
        /// Place in the queue; 0 when unknown.
        place: u32,
        /// The server's guess in seconds.
        wait_seconds: u32,
        /// Some worker online could take it.
        possible: bool,
    },
    /// At least one worker is making it.
    Making {
        /// Jobs done.
        finished: u32,
        /// Jobs asked for.
        total: u32,
        /// The server's guess in seconds.
        wait_seconds: u32,
    },
    /// Everything has been made; the results are being fetched.
    Fetching,
    /// The results are on the page.
    Done,
    /// It stopped, and why.
    Failed(Trouble),
    /// The person stopped it.
    Cancelled,
}

impl Stage {
    /// Under way: there is something to wait for and to cancel.
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Sending | Self::Waiting { .. } | Self::Making { .. } | Self::Fetching)
    }

    /// Has reached its end, well or badly.
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Done | Self::Failed(_) | Self::Cancelled)
    }

    /// The server took the request.
    #[must_use]
    pub fn accepted(self, possible: bool) -> Self {
        match self {
            Self::Sending => Self::Waiting { place: 0, wait_seconds: 0, possible },
            other => other,
        }
    }

    /// Moves by what a look saw. An ended request stays ended: a late answer cannot bring it back.
    #[must_use]
    pub fn seen(self, look: &Look) -> Self {
        if !self.is_live() {
            return self;
        }
        if look.faulted {
            return Self::Failed(Trouble::faulted());
        }
        if look.done {
            return Self::Fetching;
        }
        let total = look.finished + look.processing + look.waiting;
        if look.processing > 0 || look.finished > 0 {
            return Self::Making { finished: look.finished, total, wait_seconds: look.wait_seconds };
        }
        Self::Waiting { place: look.place, wait_seconds: look.wait_seconds, possible: look.possible }
    }

    /// The results have arrived: `count` of them. None at all is a failure, whatever the server called it.
    #[must_use]
    pub fn fetched(self, count: usize) -> Self {
        match (self, count) {
            (Self::Fetching, 0) => Self::Failed(Trouble::faulted()),
            (Self::Fetching, _) => Self::Done,
            (other, _) => other,
        }
    }

    /// Something went wrong for good.
    #[must_use]
    pub fn failed(self, trouble: Trouble) -> Self {
        if self.is_live() { Self::Failed(trouble) } else { self }
    }

    /// The person stopped it.
    #[must_use]
    pub fn cancelled(self) -> Self {
        if self.is_live() { Self::Cancelled } else { self }
    }

    /// One line that says it, for the eye and for screen readers.
    pub fn headline(&self) -> String {
        match self {
            Self::Idle => String::new(),
            Self::Sending => "Sending your request".to_owned(),
            Self::Waiting { possible: false, .. } => "No worker serves this model now".to_owned(),
            Self::Waiting { place: 0, .. } => "Waiting for a free worker".to_owned(),
            Self::Waiting { place: 1, .. } => "You are next in the queue".to_owned(),
            Self::Waiting { place, .. } => format!("You are {} in the queue", words::ordinal(*place)),
            Self::Making { finished, total, .. } if *total > 1 => {
                format!("Being made: {finished} of {total} done")
            }
            Self::Making { .. } => "A worker is making it".to_owned(),
            Self::Fetching => "Made: bringing it to you".to_owned(),
            Self::Done => "Done".to_owned(),
            Self::Failed(trouble) => trouble.sentence.clone(),
            Self::Cancelled => "Cancelled".to_owned(),
        }
    }

    /// A second line, where there is more to say.
    pub fn detail(&self) -> String {
        match self {
            Self::Waiting { possible: false, .. } => {
                "Your request stays in the queue for twenty minutes and starts as soon as one comes. \
                 You can also cancel and choose another model."
                    .to_owned()
            }
            Self::Waiting { wait_seconds, .. } | Self::Making { wait_seconds, .. } if *wait_seconds > 0 => {
                format!("about {} to go", words::span(*wait_seconds))
            }
            Self::Failed(trouble) => trouble.advice.unwrap_or_default().to_owned(),
            Self::Cancelled => "Nothing more will be made for it.".to_owned(),
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUEUED: Look = Look {
        finished: 0,
        processing: 0,
        waiting: 1,
        done: false,
        faulted: false,
        wait_seconds: 8,
        place: 3,
        possible: true,
    };

    #[test]
    fn a_request_walks_from_sending_to_done() {
        let stage = Stage::Sending.accepted(true);
        assert_eq!(stage.headline(), "Waiting for a free worker");
        let stage = stage.seen(&QUEUED);
        assert_eq!(stage.headline(), "You are third in the queue");
        assert_eq!(stage.detail(), "about 8 s to go");
        let stage = stage.seen(&Look { processing: 1, waiting: 0, place: 0, ..QUEUED });
        assert_eq!(stage.headline(), "A worker is making it");
        let stage = stage.seen(&Look { finished: 1, waiting: 0, done: true, ..QUEUED });
        assert_eq!(stage, Stage::Fetching);
        assert_eq!(stage.fetched(1), Stage::Done);
    }

    #[test]
    fn several_pictures_are_counted_while_they_are_made() {
        let look = Look { finished: 1, processing: 1, waiting: 2, ..QUEUED };
        assert_eq!(Stage::Sending.seen(&look).headline(), "Being made: 1 of 4 done");
    }

    #[test]
    fn a_request_nobody_can_serve_says_so_and_keeps_waiting() {
        let stage = Stage::Sending.accepted(false);
        assert_eq!(stage.headline(), "No worker serves this model now");
        assert!(stage.is_live());
        assert_eq!(stage.seen(&QUEUED).headline(), "You are third in the queue");
    }

    #[test]
    fn a_late_answer_cannot_bring_back_what_has_ended() {
        let late = Look { done: true, ..QUEUED };
        for ended in [Stage::Done, Stage::Cancelled, Stage::Failed(Trouble::faulted())] {
            assert_eq!(ended.clone().seen(&late), ended);
            assert_eq!(ended.clone().failed(Trouble::unreachable()), ended);
            assert_eq!(ended.clone().cancelled(), ended);
            assert_eq!(ended.clone().accepted(true), ended);
            assert!(ended.is_over());
        }
    }

    #[test]
    fn a_fault_and_an_empty_result_are_both_failures() {
        assert_eq!(
            Stage::Sending.seen(&Look { faulted: true, done: true, ..QUEUED }),
            Stage::Failed(Trouble::faulted())
        );
        assert_eq!(Stage::Fetching.fetched(0), Stage::Failed(Trouble::faulted()));
    }

    #[test]
    fn cancelling_works_from_every_live_stage() {
        for live in [Stage::Sending, Stage::Sending.accepted(true), Stage::Sending.seen(&QUEUED), Stage::Fetching] {
            assert!(live.is_live());
            assert_eq!(live.cancelled(), Stage::Cancelled);
        }
    }
}
