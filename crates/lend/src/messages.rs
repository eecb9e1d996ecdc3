//! What the page and the browser worker tell each other: two closed enums, sent as JSON.
//!
//! The page begins: it starts the worker's program and waits for [`Report::Ready`] before it sends [`Order::Start`]. A worker that is
//! to stop at once is terminated by the page; there is no order for it, because a busy worker could not hear one in time.

use serde::{Deserialize, Serialize};

/// Counts up with every change of a message, so that a page and a worker of different ages notice.
pub const PROTOCOL: u32 = 1;

/// What makes the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Processor {
    /// The graphics card, through WebGPU.
    Gpu,
    /// The central processor, in WebAssembly.
    Cpu,
}

/// What a job makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Craft {
    /// Pictures.
    Pictures,
    /// Stories.
    Stories,
}

/// From the page to the worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Order {
    /// Begin; comes once, first.
    Start(Box<Start>),
    /// Finish the job at hand and ask for no more until [`Order::Resume`].
    Pause,
    /// Ask for jobs again.
    Resume,
    /// Rest between two steps while this holds: the person needs the machine for a moment.
    Hold(bool),
    /// The share of the time that may be spent computing, in percent.
    Duty(u8),
    /// How many more bytes may travel; none means as many as it takes.
    Allowance(Option<u64>),
    /// Finish the job at hand, then end.
    Drain,
}

/// Everything a worker must know to begin.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// [`PROTOCOL`] of the page.
    pub protocol: u32,
    /// The server's address, without a slash at its end.
    pub server: String,
    /// The key of whoever earns.
    pub key: String,
    /// The name for pictures.
    pub name: String,
    /// The name for stories; the wire refuses one name for two kinds.
    pub story_name: String,
    /// What to compute on.
    pub processor: Processor,
    /// What the owner is willing to make.
    pub crafts: Vec<Craft>,
    /// Whether requests marked as not safe for work are welcome.
    pub nsfw: bool,
    /// The share of the time that may be spent computing, in percent.
    pub duty: u8,
    /// How many bytes may travel; none means as many as it takes.
    pub allowance: Option<u64>,
}

impl std::fmt::Debug for Start {
    /// Leaves the key out.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Start").field("server", &self.server).field("name", &self.name).finish_non_exhaustive()
    }
}

/// From the worker to the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Report {
    /// The program runs and waits for [`Order::Start`].
    Ready {
        /// [`PROTOCOL`] of the worker.
        protocol: u32,
    },
    /// What is being prepared.
    Preparing(Preparation),
    /// The device was opened.
    Device {
        /// What it is, for people.
        words: String,
        /// Whether it is a software renderer that only poses as a graphics card.
        software: bool,
    },
    /// What the self-test said of one kernel family.
    Tested(Verdict),
    /// What became of one model.
    Model {
        /// Its name.
        name: String,
        /// What it makes.
        craft: Craft,
        /// How large its files are, in bytes.
        bytes: u64,
        /// How fast it was, in words; or why it is not offered.
        fate: Result<String, String>,
    },
    /// The loop has begun: the worker asks for jobs.
    Working,
    /// A job was popped and begins.
    Began {
        /// What it makes.
        craft: Craft,
        /// Its model.
        model: String,
        /// The work in a few words.
        summary: String,
        /// The generations owed: whoever outlives the worker reports these as faulted.
        generations: Vec<String>,
    },
    /// How far it is.
    Progress {
        /// Steps or tokens done.
        step: u32,
        /// Steps or tokens there will be at most.
        of: u32,
    },
    /// A generation was settled.
    Delivered {
        /// What it made.
        craft: Craft,
        /// The generation.
        generation: String,
        /// What became of it.
        pay: Pay,
        /// From pop to settlement, in milliseconds.
        took_ms: u64,
    },
    /// A generation failed.
    Faulted {
        /// The generation.
        generation: String,
        /// Why.
        why: String,
        /// Whether the server knows.
        told: bool,
    },
    /// Everything popped was settled; the lane is free.
    Free,
    /// There was nothing to do; these reasons kept waiting jobs from this worker.
    Nothing {
        /// What was asked for.
        craft: Craft,
        /// Reasons, by the wire's words.
        reasons: Vec<String>,
    },
    /// The operators, or the server, have something to say.
    Told(String),
    /// Something did not work and is tried again.
    Trouble {
        /// What was tried, and what happened.
        words: String,
        /// When it is tried again, in milliseconds.
        again_ms: u64,
    },
    /// The loop rests because the page asked for it.
    Paused,
    /// The loop goes on.
    Resumed,
    /// This many bytes travelled since the last such report.
    Moved(u64),
    /// The worker ends.
    Ended(Ending),
}

/// What is being prepared before the first job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Preparation {
    /// Opens the device.
    Opening,
    /// Waits for another tab of this browser to stop.
    Waiting,
    /// Checks the device against known answers.
    Testing,
    /// Asks the server which models there are.
    Listing,
    /// Brings a model's weights.
    Fetching {
        /// Its name.
        model: String,
        /// Bytes that are here.
        done: u64,
        /// Bytes it has in all.
        of: u64,
    },
    /// Puts a model on the device.
    Loading(String),
    /// Measures a model's speed.
    Measuring(String),
}

/// What the self-test said of a kernel family.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The family: `matrix product`, `convolution` ...
    pub family: String,
    /// What uses it.
    pub crafts: Vec<Craft>,
    /// Nothing, or what was wrong.
    pub fault: Option<String>,
}

/// What became of a submit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pay {
    /// It was taken, for this many hundredths of a kudos.
    Hundredths(i64),
    /// It had been taken before: an earlier try got through and only its answer was lost.
    Already,
    /// The server no longer waits for it.
    Stale,
}

/// Why a worker ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// It was asked to.
    Drained,
    /// Page and worker are of different ages; loading the page anew cures it.
    Outdated,
    /// There is no graphics card to be had here, in words; the processor is still there.
    NoGpu(String),
    /// The self-test left nothing to offer, or no model suits this device; in words.
    Unfit(String),
    /// The server refuses this worker for a reason that waiting does not cure.
    Refused(String),
    /// The device was lost; a new worker may find it again.
    DeviceLost(String),
    /// The allowance is used up.
    Spent,
    /// It only failed lately; in words.
    Broken(String),
}

impl Ending {
    /// Whether a new worker may fare better, so that the page starts one by itself.
    pub fn heals(&self) -> bool {
        match self {
            Self::DeviceLost(_) | Self::Broken(_) => true,
            Self::Drained | Self::Outdated | Self::NoGpu(_) | Self::Unfit(_) | Self::Refused(_) | Self::Spent => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_survive_the_way() {
        let start = Start {
            protocol: PROTOCOL,
            server: "https://throng.example".to_owned(),
            key: "secret".to_owned(),
            name: "tab".to_owned(),
            story_name: "tab (stories)".to_owned(),
            processor: Processor::Gpu,
            crafts: vec![Craft::Pictures],
            nsfw: false,
            duty: 80,
            allowance: Some(7),
        };
        let order = Order::Start(Box::new(start));
        assert!(!format!("{order:?}").contains("secret"), "a key belongs into no log");
        let sent = serde_json::to_string(&order).unwrap();
        assert_eq!(serde_json::from_str::<Order>(&sent).unwrap(), order);
        let report = Report::Model { name: "m".into(), craft: Craft::Stories, bytes: 3, fate: Err("too large".into()) };
        let sent = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&sent).unwrap(), report);
    }

    #[test]
    fn only_what_a_fresh_start_may_cure_is_started_afresh() {
        assert!(Ending::DeviceLost(String::new()).heals());
        assert!(!Ending::Refused(String::new()).heals());
        assert!(!Ending::Spent.heals());
    }
}
