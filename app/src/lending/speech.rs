//! How lending is said: one word for programs, a sentence for people, and reasons in plain words. The small words are in
//! `lending/speech/plain.rs`; what is said before and about the kudos is in `lending/speech/deal.rs`.

mod deal;
mod plain;

use throng_lend::manners::{Manner, Reason};
use throng_lend::messages::{Craft, Ending, Preparation, Processor};

use super::{Lending, Over, Phase, Step};
pub use deal::{Download, ledger, pitch};
pub use plain::{nothing, things};

/// The state, twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// In one word, for tests and style sheets.
    pub state: &'static str,
    /// In a sentence that changes only when something else happens, so that it can be read aloud.
    pub sentence: String,
}

fn shown(state: &'static str, sentence: impl Into<String>) -> Shown {
    Shown { state, sentence: sentence.into() }
}

impl Lending {
    /// Says the state.
    pub fn shown(&self) -> Shown {
        match &self.phase {
            Phase::Idle => shown("idle", "This tab is not lent"),
            Phase::Opening => shown("preparing", "Asking the server who earns"),
            Phase::Running(Step::Starting) => shown("preparing", "Loading the program that does the work"),
            Phase::Running(Step::Preparing(Preparation::Waiting)) => {
                shown("waiting", "Another tab of this browser is lending already; this one takes over when it stops")
            }
            Phase::Running(Step::Preparing(preparation)) => {
                shown("preparing", plain::preparation(preparation, self.terms.processor))
            }
            Phase::Running(Step::Working) => self.shown_at_work(),
            Phase::Restarting { .. } => shown("restarting", "Something failed; trying again"),
            Phase::Ended(_) => shown("ended", "This tab is not lent any more"),
        }
    }

    fn shown_at_work(&self) -> Shown {
        if let Some(job) = &self.seen.job {
            let making = plain::making(job.craft);
            return shown("busy", format!("{making}{}", self.afterwards()));
        }
        if self.draining {
            return shown("working", "Stopping");
        }
        match (self.seen.rests, self.manner) {
            (true, Manner::Pause(reason)) => shown("paused", format!("Paused {}", plain::because(reason))),
            (true, _) => shown("paused", "About to go on"),
            (false, Manner::Pause(reason)) => shown("working", format!("Pausing {}", plain::because(reason))),
            (false, Manner::Hold) => shown("working", "Making way while you use this page"),
            (false, Manner::Work) => shown("working", "Ready: waiting for somebody to ask for something"),
        }
    }

    /// What follows the job at hand, or holds it up.
    fn afterwards(&self) -> &'static str {
        match self.manner {
            _ if self.draining => ", then stopping",
            Manner::Hold => ", making way while you use this page",
            Manner::Pause(Reason::Owner) => ", then pausing",
            Manner::Pause(Reason::Battery) => ", then pausing to spare the battery",
            Manner::Pause(Reason::Offline) => ", without a network at the moment",
            Manner::Work => "",
        }
    }

    /// Says why it is over; nothing while it is not.
    pub fn why(&self) -> Option<String> {
        match &self.phase {
            Phase::Ended(over) => Some(over_in_words(over)),
            _ => None,
        }
    }

    /// What the button that starts it says.
    pub fn invitation(&self) -> &'static str {
        match &self.phase {
            Phase::Ended(Over::Stopped | Over::Left | Over::Ended(Ending::Drained | Ending::Spent)) | Phase::Idle => {
                "Lend this tab"
            }
            _ => "Try again",
        }
    }

    /// Crafts that are not offered because a part of the self-test failed.
    pub fn withheld(&self) -> Vec<Craft> {
        let failed = self.seen.verdicts.iter().filter(|verdict| verdict.fault.is_some());
        let crafts: Vec<Craft> = failed.flat_map(|verdict| verdict.crafts.iter().copied()).collect();
        [Craft::Pictures, Craft::Stories].into_iter().filter(|craft| crafts.contains(craft)).collect()
    }
}

fn over_in_words(over: &Over) -> String {
    match over {
        Over::Stopped => "You stopped it. This device is free again.".to_owned(),
        Over::Left => "You left the page, and lending ends with that. It never starts by itself.".to_owned(),
        Over::NoAccount(words) => sentence(&format!("No account could be made to earn for: {words}")),
        Over::NoGpu { secure } => no_gpu(*secure).to_owned(),
        Over::Ended(Ending::Drained) => "The last job is finished, and lending has stopped.".to_owned(),
        Over::Ended(Ending::Outdated) => {
            "This page and the program behind it are of different ages. Load the page anew, then lend again.".to_owned()
        }
        Over::Ended(Ending::Spent) => {
            "Today's limit for data is used up. Raise it in the settings, or lend again tomorrow.".to_owned()
        }
        Over::Ended(other) => sentence(&ending(other)),
        Over::GaveUp(why) => {
            sentence(&format!("It failed five times in a row without finishing a job. The last time, {why}"))
        }
    }
}

/// Why the page sees no graphics card.
pub fn no_gpu(secure: bool) -> &'static str {
    if secure {
        return "This browser does not let pages use the graphics card (it has no WebGPU).";
    }
    "To use the graphics card, this page must be opened over https or on this machine itself; browsers keep it from all others."
}

/// Why a worker ended, as a clause.
pub fn ending(ending: &Ending) -> String {
    match ending {
        Ending::Drained => "it was finished".to_owned(),
        Ending::Outdated => "the page was too old".to_owned(),
        Ending::NoGpu(words) => format!("there was no graphics card to be had: {words}"),
        Ending::Unfit(words) => format!("this device turned out not to suit: {words}"),
        Ending::Refused(words) => format!("the server refused this tab: {words}"),
        Ending::DeviceLost(words) => format!("the graphics card was lost: {words}"),
        Ending::Spent => "the limit for data was used up".to_owned(),
        Ending::Broken(words) => format!("it could not go on: {words}"),
    }
}

/// A clause as a sentence: a capital in front, one full stop behind.
fn sentence(clause: &str) -> String {
    let clause = clause.trim_end_matches(['.', ' ', ':']);
    let mut letters = clause.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// What does the work, as the pitch says it.
pub fn processor(processor: Processor) -> &'static str {
    match processor {
        Processor::Gpu => "graphics card",
        Processor::Cpu => "processor",
    }
}

#[cfg(test)]
mod tests {
    use throng_lend::Report;

    use super::super::scene::{LOOK, NOW_MS, busy, started, working};
    use super::super::{Act, Look};
    use super::*;

    fn said(lending: &Lending) -> (&'static str, String) {
        let shown = lending.shown();
        (shown.state, shown.sentence)
    }

    #[test]
    fn every_state_has_a_word_and_a_sentence() {
        assert_eq!(Lending::default().shown().state, "idle");
        assert_eq!(started().shown().state, "preparing");
        assert_eq!(said(&working()), ("working", "Ready: waiting for somebody to ask for something".to_owned()));
        assert_eq!(said(&busy(&["a"])), ("busy", "Making a picture".to_owned()));
        let mut lending = started();
        lending.hear(NOW_MS, Report::Preparing(Preparation::Waiting));
        assert_eq!(lending.shown().state, "waiting");
        lending.crashed(NOW_MS, "x".into());
        assert_eq!(lending.shown().state, "restarting");
        lending.stop(NOW_MS, Over::Stopped);
        assert_eq!(lending.shown().state, "ended");
    }

    #[test]
    fn a_pause_is_a_pause_only_when_the_worker_says_so() {
        let mut lending = working();
        lending.pause(true);
        lending.look(NOW_MS, LOOK);
        assert_eq!(said(&lending), ("working", "Pausing because you said so".to_owned()));
        lending.hear(NOW_MS, Report::Paused);
        assert_eq!(said(&lending), ("paused", "Paused because you said so".to_owned()));
        lending.pause(false);
        lending.look(NOW_MS, LOOK);
        assert_eq!(lending.shown().state, "paused");
        lending.hear(NOW_MS, Report::Resumed);
        assert_eq!(lending.shown().state, "working");
    }

    #[test]
    fn a_job_tells_what_follows_it() {
        let mut lending = busy(&["a"]);
        lending.look(NOW_MS, Look { on_battery: Some(true), ..LOOK });
        assert_eq!(lending.shown().sentence, "Making a picture, then pausing to spare the battery");
        assert!(matches!(lending.drain(NOW_MS)[0], Act::Send(_)));
        assert_eq!(lending.shown().sentence, "Making a picture, then stopping");
    }

    #[test]
    fn every_end_has_a_reason_that_is_a_sentence() {
        let words = || "no adapter.".to_owned();
        let ends = [
            Over::Stopped,
            Over::Left,
            Over::NoAccount(words()),
            Over::NoGpu { secure: true },
            Over::NoGpu { secure: false },
            Over::Ended(Ending::Drained),
            Over::Ended(Ending::Outdated),
            Over::Ended(Ending::NoGpu(words())),
            Over::Ended(Ending::Unfit(words())),
            Over::Ended(Ending::Refused(words())),
            Over::Ended(Ending::Spent),
            Over::GaveUp(ending(&Ending::DeviceLost(words()))),
        ];
        for over in ends {
            let lending = Lending { phase: Phase::Ended(over.clone()), ..Lending::default() };
            let why = lending.why().unwrap();
            assert!(why.ends_with('.') && !why.ends_with(".."), "{why}");
            assert!(why.starts_with(char::is_uppercase), "{why}");
        }
        assert_eq!(Lending::default().why(), None);
        assert_eq!(sentence("the server refused this tab: é."), "The server refused this tab: é.");
    }

    #[test]
    fn what_a_failed_test_takes_away_is_named_once() {
        let mut lending = working();
        let verdict = |family: &str, crafts: &[Craft], fault: Option<&str>| {
            let (family, crafts) = (family.to_owned(), crafts.to_vec());
            Report::Tested(throng_lend::messages::Verdict { family, crafts, fault: fault.map(str::to_owned) })
        };
        lending.hear(NOW_MS, verdict("matrix product", &[Craft::Pictures, Craft::Stories], None));
        assert_eq!(lending.withheld(), []);
        lending.hear(NOW_MS, verdict("convolution", &[Craft::Pictures], Some("off")));
        lending.hear(NOW_MS, verdict("resize", &[Craft::Pictures], Some("off")));
        assert_eq!(lending.withheld(), [Craft::Pictures]);
    }
}
